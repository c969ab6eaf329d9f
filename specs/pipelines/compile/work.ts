/** What working out the sets has cost so far, and what is told when it costs too much. */
import { limits } from '../limits.ts'
import type { PipelineProblemCode } from '../problem.ts'

/** The pipeline asks for more than its limits allow. `node`: where that showed. */
export class TooMuch extends Error {
  readonly code: PipelineProblemCode
  readonly node: number | null

  constructor(code: PipelineProblemCode, node: number | null = null) {
    super(code)
    this.code = code
    this.node = node
  }
}

export class Work {
  #spent = 0

  get spent(): number {
    return this.#spent
  }

  spend(steps: number): void {
    this.#spent += steps
    if (this.#spent > limits.work) throw new TooMuch('too_complex')
  }
}
