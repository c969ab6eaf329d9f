/** How much one client may ask for: a bucket that fills again. */
import { Refusal } from '../rest/refusal.ts'

export interface BucketSize {
  /** At once. */
  readonly most: number
  readonly perSecond: number
}

interface Bucket {
  left: number
  at: number
}

const bucketsMax = 100_000

/** One bucket per name. Buckets that are full again are forgotten. */
export class Buckets {
  readonly #size: BucketSize
  readonly #now: () => number
  readonly #buckets = new Map<string, Bucket>()

  constructor(size: BucketSize, now: () => number = () => performance.now()) {
    this.#size = size
    this.#now = now
  }

  /** Takes one; throws a refusal that says what was too much, and how long to wait. */
  take(name: string, what: string): void {
    const bucket = this.#filled(name)
    if (bucket.left < 1) {
      const retryAfterMs = Math.ceil(((1 - bucket.left) / this.#size.perSecond) * 1_000)
      throw new Refusal('too_many_requests', `${what} Wait ${retryAfterMs} ms, then go on more slowly.`, {
        retryAfterMs,
      })
    }
    bucket.left -= 1
  }

  #filled(name: string): Bucket {
    const now = this.#now()
    const { most, perSecond } = this.#size
    const known = this.#buckets.get(name)
    if (!known) {
      if (this.#buckets.size >= bucketsMax) this.#forget(now)
      const bucket = { left: most, at: now }
      this.#buckets.set(name, bucket)
      return bucket
    }
    known.left = Math.min(most, known.left + ((now - known.at) / 1_000) * perSecond)
    known.at = now
    return known
  }

  #forget(now: number) {
    const { most, perSecond } = this.#size
    for (const [name, { left, at }] of this.#buckets)
      if (left + ((now - at) / 1_000) * perSecond >= most) this.#buckets.delete(name)
  }
}
