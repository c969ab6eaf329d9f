/** A fault planted on purpose: the specs that claim to guard against it have to fail. */
export type Mutant = {
  readonly name: string
  readonly patches: readonly Patch[]
  /** What has to fail: a program of this project with its arguments. */
  readonly run: readonly [program: string, ...args: string[]]
}

/** The text `find` stands exactly once in the file. */
export type Patch = { readonly file: string; readonly find: string; readonly replace: string }

/** The run of one spec file, or of those of its specs whose title matches. */
export function spec(file: string, grep?: string): Mutant['run'] {
  return ['test/main.ts', file, ...(grep === undefined ? [] : ['--grep', grep])]
}
