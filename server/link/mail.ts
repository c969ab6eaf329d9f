/** What waits for an agent that can't be told: it asks, over HTTP. */
import type { Cancel, Frame, Offer } from '#specs/agent-link.ts'
import type { RunningAttempt } from '#specs/agents.ts'
import type { Transport } from './transport.ts'

export class Mail implements Transport {
  readonly #offers = new Map<string, { readonly offer: Offer; readonly at: number }>()
  readonly #cancels = new Map<string, { readonly cancel: Cancel; told: boolean }>()
  readonly #waiting = new Set<() => void>()

  offer(offer: Offer): void {
    this.#offers.set(offer.job, { offer, at: performance.now() })
    this.#wake()
  }
  cancel(cancel: Cancel): void {
    this.#offers.delete(cancel.job)
    this.#cancels.set(cancel.job, { cancel, told: false })
    this.#wake()
  }
  drain(): void {
    this.#wake()
  }
  dismissed(): void {
    this.close()
  }
  replay(): Promise<readonly Frame[]> {
    return Promise.reject(new Error('this agent has no socket and can not be asked'))
  }
  close(): void {
    this.#wake()
  }

  /** Resolves as soon as something is there, or when the time is over. */
  async news(waitMs: number, signal: AbortSignal): Promise<void> {
    if (this.#hasNews() || signal.aborted) return
    const { promise, resolve } = Promise.withResolvers<void>()
    const timer = setTimeout(resolve, waitMs)
    this.#waiting.add(resolve)
    signal.addEventListener('abort', () => resolve())
    await promise
    clearTimeout(timer)
    this.#waiting.delete(resolve)
  }

  /** The offers that can still be accepted; they are handed out once. */
  takeOffers(): Offer[] {
    const now = performance.now()
    const open = [...this.#offers.values()].filter(({ offer, at }) => now - at < offer.acceptMs)
    this.#offers.clear()
    return open.map(({ offer }) => offer)
  }
  /** Each is told once, and again for as long as the agent runs what it concerns. */
  cancelsFor(running: readonly RunningAttempt[]): Cancel[] {
    const runs = new Set(running.map(({ job }) => job))
    const due = [...this.#cancels].filter(([job, { told }]) => !told || runs.has(job))
    for (const [, entry] of due) entry.told = true
    for (const [job, { told }] of this.#cancels) if (told && !runs.has(job)) this.#cancels.delete(job)
    return due.map(([, { cancel }]) => cancel)
  }

  #hasNews() {
    return this.#offers.size > 0 || [...this.#cancels.values()].some(({ told }) => !told)
  }
  #wake() {
    for (const wake of this.#waiting) wake()
  }
}
