/** The reference ends the whole job here, so the compatibility mode does. */
export class ShuttersenseFailure extends Error {
  override readonly name = 'ShuttersenseFailure'
  readonly code: 'optional_group' | 'pairing_inputs' | 'no_tool_configuration'
  constructor(code: ShuttersenseFailure['code'], message: string) {
    super(message)
    this.code = code
  }
}

/** A pipeline has more ways through it than can be looked at. The reference goes on until the machine's memory is full. */
export class PipelineTooLarge extends Error {
  override readonly name = 'PipelineTooLarge'
  constructor(what: string) {
    super(
      `the pipeline has ${what}: take a method from a process, an edge out of a loop, or a branch from before a pairing`,
    )
  }
}
