/**
 * Whether an agent that answers also works. Its threads are what jobs run on: all of them busy, and nothing heard of any
 * for long, they hang. Tools say at least each second that they go on.
 */
import type * as z from 'zod'
import type { Probe } from '#specs/agent-link.ts'

/** A main thread that is late by so much between two checks hardly talks any more. */
const lagMaxMs = 1_000

export class Vitals {
  readonly #quietMaxMs: number
  readonly #now: () => number
  #workedAt: number

  constructor(quietMaxMs: number, now: () => number = () => performance.now()) {
    this.#quietMaxMs = quietMaxMs
    this.#now = now
    this.#workedAt = now()
  }

  /** Something came of its threads: an attempt has begun, told something, or ended. */
  worked(): void {
    this.#workedAt = this.#now()
  }

  /** What is wrong with it, by its own answer to a check; null where nothing is. */
  ailment({ loopLagMs, busyThreads, threads }: z.infer<typeof Probe>): string | null {
    if (loopLagMs > lagMaxMs) return `its main thread was ${Math.round(loopLagMs)} ms late`
    const quietMs = this.#now() - this.#workedAt
    if (threads === 0 || busyThreads < threads || quietMs <= this.#quietMaxMs) return null
    return `all its threads are busy (${threads}), and none has told anything for ${Math.round(quietMs)} ms`
  }
}
