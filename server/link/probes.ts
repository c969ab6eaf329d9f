/**
 * Checks agents over their own sockets: whether the program behind the connection still answers, and still works. A check
 * that fails is noted; several in a row are a step of the ladder. Agents are spread over the ticks of one timer.
 */
import { reasonOf } from '#runtime/errors.ts'
import type { Log } from '#runtime/index.ts'

export interface Probed {
  readonly agent: string
  readonly connection: string
  /** What is wrong with it, null where nothing is. Rejects where no answer comes in time. */
  probe(timeoutMs: number): Promise<string | null>
}

export interface ProbesOptions {
  readonly everyMs: number
  readonly timeoutMs: number
  /** So many failures in a row are enough. */
  readonly failuresMax: number
  readonly log: Log
  /** So many checks in a row have failed by now. */
  readonly checked: (agent: string, failures: number) => void
  /** Enough have failed, the latest for this reason. Where it can't be told, it is told after the next check. */
  readonly ails: (probed: Probed, failures: number, why: string) => Promise<unknown>
  /** It is well again after that. */
  readonly well: (probed: Probed) => Promise<unknown>
}

const slotsInRound = 50
interface Entry {
  readonly probed: Probed
  failures: number
  underWay: boolean
  /** What its actor was told last. */
  ails: boolean
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
    const entry = { probed, failures: 0, underWay: false, ails: false }
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
    const { timeoutMs, checked, log } = this.#options
    const { probed } = entry
    const { agent } = probed
    entry.underWay = true
    const wrong = await probed.probe(timeoutMs).catch(() => `it did not answer within ${timeoutMs} ms`)
    const before = entry.failures
    entry.failures = wrong === null ? 0 : before + 1
    if (this.#places.has(probed)) {
      if (wrong !== null) log.debug('an agent failed a check', { agent, inARow: entry.failures, why: wrong })
      if (entry.failures !== before) checked(agent, entry.failures)
      await this.#tell(entry, wrong ?? '')
    }
    entry.underWay = false
  }

  async #tell(entry: Entry, why: string) {
    const { failuresMax, ails: tellAils, well, log } = this.#options
    const { probed, failures } = entry
    const ails = failures >= failuresMax
    if (ails === entry.ails) return
    try {
      await (ails ? tellAils(probed, failures, why) : well(probed))
      entry.ails = ails
    } catch (error) {
      log.debug("an agent's actor was not told of its checks", {
        agent: probed.agent,
        reason: reasonOf(error),
      })
    }
  }
}
