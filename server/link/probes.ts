/**
 * Checks agents over their own sockets: whether the program behind the connection still answers. A check that fails is
 * noted; several in a row are a step of the ladder. Agents are spread over the ticks of one timer.
 */
import type { Log } from '#runtime/index.ts'

export interface Probed {
  readonly agent: string
  /** Rejects where no answer comes in time. */
  probe(timeoutMs: number): Promise<void>
}

export interface ProbesOptions {
  readonly everyMs: number
  readonly timeoutMs: number
  readonly log: Log
  /** So many checks in a row have failed. */
  readonly failed: (agent: string, failures: number) => void
  /** Enough have failed that it counts as degraded. */
  readonly degraded: (agent: string) => void
  /** It answers again after that. */
  readonly recovered: (agent: string) => void
}

const slotsInRound = 50
const failuresMax = 3

interface Entry {
  readonly probed: Probed
  failures: number
  underWay: boolean
}

export class Probes {
  readonly #options: ProbesOptions
  readonly #slots: Set<Entry>[] = Array.from({ length: slotsInRound }, () => new Set())
  readonly #places = new Map<Probed, { slot: Set<Entry>; entry: Entry }>()
  #at = 0
  #timer: NodeJS.Timeout | undefined

  constructor(options: ProbesOptions) {
    this.#options = options
  }

  start(): void {
    this.#timer = setInterval(() => this.#tick(), this.#options.everyMs / slotsInRound)
  }
  stop(): void {
    clearInterval(this.#timer)
  }

  /** Into a slot drawn by lot, so that those who connect together are not checked together. */
  add(probed: Probed): void {
    const slot = this.#slots[Math.floor(Math.random() * slotsInRound)] as Set<Entry>
    const entry = { probed, failures: 0, underWay: false }
    slot.add(entry)
    this.#places.set(probed, { slot, entry })
  }
  remove(probed: Probed): void {
    const place = this.#places.get(probed)
    place?.slot.delete(place.entry)
    this.#places.delete(probed)
  }

  #tick() {
    this.#at = (this.#at + 1) % slotsInRound
    for (const entry of this.#slots[this.#at] ?? []) if (!entry.underWay) void this.#check(entry)
  }

  async #check(entry: Entry) {
    const { timeoutMs, failed, degraded, recovered, log } = this.#options
    const { probed } = entry
    entry.underWay = true
    const answered = await probed.probe(timeoutMs).then(
      () => true,
      () => false,
    )
    entry.underWay = false
    if (!this.#places.has(probed)) return
    const before = entry.failures
    entry.failures = answered ? 0 : before + 1
    if (answered && before === 0) return
    failed(probed.agent, entry.failures)
    if (answered && before >= failuresMax) recovered(probed.agent)
    if (answered) return
    log.debug('an agent did not answer a check', { agent: probed.agent, inARow: entry.failures })
    if (entry.failures === failuresMax) degraded(probed.agent)
  }
}
