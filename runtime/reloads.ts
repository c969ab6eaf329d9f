import type { Intake } from './intake.ts'
import type { Clock } from './ports.ts'

const pauseFirstMs = 10
const pauseMaxMs = 30_000
const calmMs = 60_000

/** Reads shards anew about which memory was wrong: at once the first time, and ever slower if it does not help. */
export class Reloads {
  readonly #clock: Clock
  readonly #intake: Intake
  readonly #handOver: (shards: readonly number[]) => Promise<void>
  readonly #tries = new Map<number, { count: number; at: number }>()
  readonly #underWay = new Set<number>()

  /** False once the node gives all its shards away. */
  readonly #stays: () => boolean

  constructor(parts: {
    clock: Clock
    intake: Intake
    stays: () => boolean
    handOver(shards: readonly number[]): Promise<void>
  }) {
    this.#stays = parts.stays
    this.#clock = parts.clock
    this.#intake = parts.intake
    this.#handOver = (shards) => parts.handOver(shards)
  }

  /** Shards that are being read anew: this node's, whatever state they are in. */
  get shards(): ReadonlySet<number> {
    return this.#underWay
  }

  async reload(shard: number) {
    if (this.#underWay.has(shard) || !this.#intake.owns(shard)) return
    this.#underWay.add(shard)
    await this.#handOver([shard])
    this.#clock.after(this.#pauseMs(shard), () => {
      this.#underWay.delete(shard)
      if (this.#stays()) this.#intake.take([shard])
    })
  }

  #pauseMs(shard: number): number {
    const now = this.#clock.now()
    const last = this.#tries.get(shard)
    const count = last && now - last.at < calmMs ? last.count + 1 : 0
    this.#tries.set(shard, { count, at: now })
    return Math.min(pauseMaxMs, count === 0 ? 0 : pauseFirstMs * 2 ** count)
  }
}
