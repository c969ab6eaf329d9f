/**
 * A node among its equals: renews its lease, sees who else lives, takes free shards up to its share
 * and gives back what is above it. One statement a second; everything else only when there is need.
 */
import { Fenced } from './errors.ts'
import type { Clock, Position, Store, Sweep } from './ports.ts'
import type { Settings } from './settings.ts'

export interface MembershipParts {
  readonly store: Store
  readonly clock: Clock
  readonly settings: Settings
  readonly incarnation: number
  readonly shards: number
  /** Shards this node has. */
  owned(): readonly number[]
  /** Those of them that can be given to another node now. */
  movable(): readonly number[]
  /** How far other lanes have been read. */
  positions(): readonly Position[]
  /** Shards this node has just been given. */
  taken(shards: readonly number[]): void
  /** Ends the turns of these shards, and forgets them. */
  handOver(shards: readonly number[]): Promise<void>
  swept(sweep: Sweep, tookMs: number): void
  /** Others should look at who owns what. */
  changed(): void
  fenced(error: Error): void
}

export class Membership {
  readonly #parts: MembershipParts
  #sweeping = false
  #again = false
  #stopped = false
  #failures = 0
  #disarm: (() => void) | undefined
  #handingOver = false
  /** Raised whenever shards are given back: a sweep begun before does not know. */
  #moves = 0
  #draining = false
  readonly #begun = Promise.withResolvers<void>()
  sweeps = 0
  /** The last sweep, for `explain` and readiness. */
  last: Sweep | null = null

  constructor(parts: MembershipParts) {
    this.#parts = parts
  }

  /** Resolves after the first sweep: the node is a member, and has been given the shards that were free. */
  get begun(): Promise<void> {
    return this.#begun.promise
  }
  /** Sweeps now; again in a second. */
  sweep() {
    this.#again = true
    if (!this.#sweeping) void this.#run()
  }
  get draining() {
    return this.#draining
  }
  /** Gives all shards back, for good. */
  async drain() {
    this.#draining = true
    await this.#giveBack(this.#parts.owned())
  }
  stop() {
    this.#stopped = true
    this.#begun.resolve()
    this.#disarm?.()
  }

  async #run() {
    this.#sweeping = true
    this.#disarm?.()
    while (this.#again && !this.#stopped) {
      this.#again = false
      try {
        await this.#sweepOnce()
        this.#failures = 0
      } catch (error) {
        this.#failures++
        if (error instanceof Fenced) return this.#fenced(error)
      }
    }
    this.#sweeping = false
    if (!this.#stopped) this.#disarm = this.#parts.clock.after(this.#pauseMs(), () => this.sweep())
  }

  /** Sooner after a failure: the lease runs on. */
  #pauseMs() {
    return this.#failures > 0 && this.#failures < 10
      ? this.#parts.settings.sweepMs / 4
      : this.#parts.settings.sweepMs
  }

  #fenced(error: Fenced) {
    this.#sweeping = false
    if (!this.#stopped) this.#parts.fenced(error)
  }

  async #sweepOnce() {
    const { store, clock, settings, incarnation } = this.#parts
    const began = clock.now()
    const moves = this.#moves
    this.sweeps++
    const sweep = await store.sweep({
      incarnation,
      leaseMs: settings.leaseMs,
      draining: this.#draining,
      after: this.#parts.positions(),
    })
    if (this.#stopped) return
    if (sweep.retired) throw new Fenced(`incarnation ${incarnation} was replaced: its lease had run out`)
    this.last = sweep
    this.#parts.swept(sweep, clock.now() - began)
    if (moves === this.#moves && !this.#handingOver) this.#adopt(sweep)
    await this.#balance(sweep)
    this.#begun.resolve()
  }

  /** Shards that the database has given to this node in an answer that was lost. */
  #adopt(sweep: Sweep) {
    const known = new Set(this.#parts.owned())
    const unknown = sweep.owned.filter((shard) => !known.has(shard))
    if (unknown.length > 0) this.#parts.taken(unknown)
  }

  async #balance(sweep: Sweep) {
    const { store, incarnation } = this.#parts
    const freed = sweep.expired ? await store.retireExpired({ incarnation }) : []
    if (freed.length > 0) this.#parts.changed()
    if (this.#draining || this.#stopped) return
    const living = sweep.nodes.filter((node) => !node.draining && !freed.includes(node.incarnation)).length
    const share = Math.ceil(this.#parts.shards / Math.max(1, living))
    const owned = this.#parts.owned()
    const surplus = this.#parts.movable().slice(0, Math.max(0, owned.length - share))
    if (surplus.length > 0) void this.#giveBack(surplus)
    else if ((sweep.free > 0 || freed.length > 0) && owned.length < share && !this.#handingOver)
      await this.#take(share - owned.length)
  }

  async #take(atMost: number) {
    const shards = await this.#parts.store.takeShards({ incarnation: this.#parts.incarnation, atMost })
    if (shards.length > 0 && !this.#stopped) this.#parts.taken(shards)
  }

  async #giveBack(shards: readonly number[]) {
    if (this.#handingOver && !this.#draining) return
    this.#handingOver = true
    this.#moves++
    try {
      await this.#parts.handOver(shards)
      if (!this.#stopped && shards.length > 0)
        await this.#parts.store.releaseShards({ incarnation: this.#parts.incarnation, shards })
      this.#parts.changed()
    } catch (error) {
      if (error instanceof Fenced) this.#fenced(error)
      // Otherwise the shards stay with this node without being worked on: it must start afresh.
      else if (!this.#stopped) this.#parts.fenced(error as Error)
    } finally {
      this.#moves++
      this.#handingOver = false
    }
  }
}
