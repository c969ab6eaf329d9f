import type { Clock, Wake } from './ports.ts'

/**
 * Tells other nodes which of their shards have mail: after the commit, never within it, and never
 * more often than a token bucket allows. What has to wait is told together.
 */
export class Notifier {
  readonly #wake: Wake
  readonly #clock: Clock
  readonly #perMs: number
  readonly #burst: number
  readonly #dirty = new Set<number>()
  #topology = false
  #tokens: number
  #filledAt: number
  #armed = false
  #stopped = false
  /** Notifications sent so far. */
  sent = 0

  constructor(wake: Wake, clock: Clock, perSecond: number, burst: number) {
    this.#wake = wake
    this.#clock = clock
    this.#perMs = perSecond / 1000
    this.#burst = burst
    this.#tokens = burst
    this.#filledAt = clock.now()
  }

  mail(shard: number) {
    this.#dirty.add(shard)
  }
  topology() {
    this.#topology = true
    this.flush()
  }

  /** Sends what is dirty, now or as soon as there is a token. */
  flush() {
    if (this.#armed || this.#stopped) return
    while (this.#dirty.size > 0 || this.#topology) {
      if (!this.#takeToken()) return this.#arm()
      this.#send()
    }
  }
  stop() {
    this.#stopped = true
  }

  #send() {
    this.sent++
    const call = this.#topology
      ? { about: 'topology' as const }
      : { about: 'mail' as const, shards: [...this.#dirty] }
    if (this.#topology) this.#topology = false
    else this.#dirty.clear()
    // Only a hint: one that is lost costs the time until the next sweep.
    this.#wake.notify(call).catch(() => {})
  }
  #takeToken(): boolean {
    const now = this.#clock.now()
    this.#tokens = Math.min(this.#burst, this.#tokens + Math.max(0, now - this.#filledAt) * this.#perMs)
    this.#filledAt = now
    if (this.#tokens < 1) return false
    this.#tokens--
    return true
  }
  #arm() {
    this.#armed = true
    this.#clock.after(1 / this.#perMs, () => {
      this.#armed = false
      this.flush()
    })
  }
}
