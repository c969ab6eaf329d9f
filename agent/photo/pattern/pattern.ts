/** A pattern that can be trusted with any name: see the README beside this. */
import { parsePattern } from './parse.ts'
import { programOf } from './program.ts'
import { Runner } from './run.ts'

export interface Match {
  /** Where in the text it ends, in UTF-16 units. */
  readonly end: number
  /** What the groups hold, from the first on; null where one took no part. */
  readonly groups: readonly (string | null)[]
}

export interface Pattern {
  readonly groups: number
  /** Matches at the start of the text, not necessarily up to its end. */
  match(text: string): Match | undefined
}

export type CompilePattern = (pattern: string) => Pattern

/** Throws a PatternInvalid, or a PatternRefused. */
export const compilePattern: CompilePattern = (pattern) => {
  const { tree, groups } = parsePattern(pattern)
  const runner = new Runner(programOf(tree, groups))
  return {
    groups,
    match(text) {
      const slots = runner.run(text)
      if (slots === undefined) return undefined
      const taken: (string | null)[] = []
      for (let group = 1; group <= groups; group++) {
        const [from = -1, to = -1] = slots.subarray(2 * group, 2 * group + 2)
        taken.push(from < 0 || to < 0 ? null : text.slice(from, to))
      }
      return { end: slots[1] ?? 0, groups: taken }
    },
  }
}
