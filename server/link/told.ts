/** What an agent was told of its attempts: what comes twice, as news and from the tables, is told once. */
import type { RunningAttempt } from '#specs/agents.ts'

/** An agent has no more in hand by far; the oldest are forgotten. */
const keptMax = 1_000

export class Told {
  readonly #keys = new Set<string>()

  has(what: 'offer' | 'cancel', { job, attempt }: RunningAttempt): boolean {
    return this.#keys.has(`${what} ${job} ${attempt}`)
  }

  /** Remembers it; true where it was not told before. */
  add(what: 'offer' | 'cancel', { job, attempt }: RunningAttempt): boolean {
    const key = `${what} ${job} ${attempt}`
    if (this.#keys.has(key)) return false
    this.#keys.add(key)
    if (this.#keys.size > keptMax) this.#keys.delete(this.#keys.values().next().value ?? '')
    return true
  }
}
