/**
 * Counts calls per caller. A window slides: what was called in the last minute is estimated from the counts of this minute and the
 * one before. Each server counts by itself. What is refused is not counted, so waiting always helps.
 */
import type { Clock } from '#runtime/index.ts'
import { Refusal } from './refusal.ts'

export interface RateLimits {
  /** Per address, without proof of who calls. */
  readonly anonymousPerMinute: number
  readonly userPerMinute: number
  readonly agentPerMinute: number
}

export const rateDefaults: RateLimits = {
  anonymousPerMinute: 100,
  userPerMinute: 6_000,
  agentPerMinute: 6_000,
}

/** What the headers of an answer tell. */
export interface Taken {
  readonly limit: number
  readonly remaining: number
  readonly resetMs: number
  /** There were too many. */
  readonly refusal?: Refusal
}

const windowMs = 60_000
/** Callers that are counted one by one; beyond, all new ones share a count. */
const callersMax = 100_000

export class RateLimit {
  readonly #limit: number
  readonly #clock: Pick<Clock, 'now'>
  #before = new Map<string, number>()
  #counts = new Map<string, number>()
  #start = 0

  constructor(limit: number, clock: Pick<Clock, 'now'>) {
    this.#limit = limit
    this.#clock = clock
  }

  /** Counts a call. Where there were too many, the refusal says how long to wait. */
  take(caller: string): Taken {
    const now = this.#clock.now()
    this.#slide(now)
    const key = this.#counts.has(caller) || this.#counts.size < callersMax ? caller : ''
    const before = this.#before.get(key) ?? 0
    const count = this.#counts.get(key) ?? 0
    const share = 1 - (now - this.#start) / windowMs
    const used = before * share + count
    const limit = this.#limit
    const resetMs = this.#start + windowMs - now
    if (used + 1 > limit)
      return { limit, remaining: 0, resetMs, refusal: tooMany(limit, this.#waitMs(now, before, count)) }
    this.#counts.set(key, count + 1)
    return { limit, remaining: Math.floor(limit - used - 1), resetMs }
  }

  #slide(now: number): void {
    const passed = Math.floor((now - this.#start) / windowMs)
    if (passed === 0) return
    this.#before = passed === 1 ? this.#counts : new Map()
    this.#counts = new Map()
    this.#start += passed * windowMs
  }

  /** Until enough of the minute before has slid out; where this minute alone is too much, of this one. */
  #waitMs(now: number, before: number, count: number): number {
    const room = this.#limit - 1 - count
    const at =
      room >= 0
        ? this.#start + windowMs * (1 - room / before)
        : this.#start + windowMs * (2 - Math.max(0, this.#limit - 1) / count)
    return Math.max(1_000, Math.ceil(at - now))
  }
}

function tooMany(limit: number, retryAfterMs: number): Refusal {
  return new Refusal(
    'too_many_requests',
    `More than ${limit} requests in a minute. Wait ${Math.ceil(retryAfterMs / 1000)} s, then go on more slowly.`,
    { retryAfterMs },
  )
}
