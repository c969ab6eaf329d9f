/** Tells when an agent's load has changed so much that its actor has to know: placement goes by it, in coarse steps. */
import type { Load } from '#specs/agents.ts'

const stepPercent = 20
const betweenMs = 10_000

export class LoadGauge {
  readonly #now: () => number
  #told: Load | null = null
  #toldAt = Number.NEGATIVE_INFINITY
  latest: Load | null = null

  constructor(now: () => number = () => performance.now()) {
    this.#now = now
  }

  /** Takes the load and says whether it is to be told. */
  read(load: Load): boolean {
    this.latest = load
    const now = this.#now()
    if (this.#told && (now - this.#toldAt < betweenMs || !differs(this.#told, load))) return false
    this.#told = load
    this.#toldAt = now
    return true
  }
}

function differs(before: Load, after: Load): boolean {
  return (
    Math.abs(before.cpuPercent - after.cpuPercent) >= stepPercent ||
    Math.abs(before.memoryPercent - after.memoryPercent) >= stepPercent ||
    before.threads !== after.threads
  )
}
