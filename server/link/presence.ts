/**
 * Who was heard of when. Gathered in memory and written by one statement every few seconds, which also says whose step
 * of the ladder is due. While the database is away this keeps gathering and says nothing.
 */
import * as z from 'zod'
import { notePresence } from '#db/product/link.ts'
import { reasonOf } from '#runtime/errors.ts'
import type { Log } from '#runtime/index.ts'
import type { Link } from '#runtime/postgres/link.ts'
import type { Load } from '#specs/agents.ts'
import type { LinkTimes } from './times.ts'

const Steps = z.array(
  z.object({
    agent: z.string(),
    level: z.enum(['healthy', 'unhealthy', 'offline', 'stale', 'inactive']),
    ageMs: z.number(),
  }),
)
/** Healthy: heard again. The others: silent for so long. */
export type Step = z.infer<typeof Steps>[number]

export interface PresenceOptions {
  readonly link: Link
  readonly times: LinkTimes
  /** This server's name. */
  readonly server: string
  readonly log: Log
  onSteps(steps: readonly Step[]): void
}

interface Sign {
  at: number
  load: Load | null
  /** Null where nothing is new. */
  failures: number | null
}

export class Presence {
  readonly #options: PresenceOptions
  #signs = new Map<string, Sign>()
  #timer: NodeJS.Timeout | undefined
  #running: Promise<void> | undefined
  #failing = false
  /** How far the database's clock is ahead of ours. */
  #aheadMs = 0
  #suspended = true

  constructor(options: PresenceOptions) {
    this.#options = options
  }

  start(): void {
    this.#timer = setInterval(() => this.#tick(), this.#options.times.presenceMs)
  }

  /** Writes down once more who was heard. */
  async stop(): Promise<void> {
    clearInterval(this.#timer)
    await this.#running
    if (this.#signs.size > 0) await this.#run()
  }

  /** The database's clock, as far as it is known here. */
  now(): number {
    return Date.now() + this.#aheadMs
  }
  /** True while silence means nothing, because the database or all servers were away. */
  get suspended(): boolean {
    return this.#suspended
  }

  /** The agent has given a sign of life. */
  heard(agent: string, load: Load | null): void {
    const sign = this.#signs.get(agent)
    const { failures = null } = sign ?? {}
    this.#signs.set(agent, { at: performance.now(), load: load ?? sign?.load ?? null, failures })
  }
  /** So many checks in a row have failed; that says nothing about when it was heard. */
  checked(agent: string, failures: number): void {
    const sign = this.#signs.get(agent)
    if (sign) sign.failures = failures
    else this.#signs.set(agent, { at: Number.NEGATIVE_INFINITY, load: null, failures })
  }

  #tick() {
    // One that takes long is not joined by another: the next one carries all.
    this.#running ??= this.#run().finally(() => (this.#running = undefined))
  }

  async #run() {
    const signs = this.#signs
    this.#signs = new Map()
    try {
      const row = await this.#note([...signs])
      this.#aheadMs = row.now - Date.now()
      this.#suspended = row.suspended
      if (this.#failing) this.#options.log.info('the database takes signs of life again')
      this.#failing = false
      const steps = Steps.parse(JSON.parse(row.steps))
      if (steps.length > 0) this.#options.onSteps(steps)
    } catch (error) {
      this.#keep(signs)
      if (!this.#failing)
        this.#options.log.warn('signs of life wait for the database', { reason: reasonOf(error) })
      this.#failing = true
    }
  }

  async #note(signs: readonly [agent: string, sign: Sign][]) {
    const { times, server, link } = this.#options
    const now = performance.now()
    const [row] = await link.read((client) =>
      notePresence.run(
        client,
        signs.map(([agent]) => agent),
        signs.map(([, { at }]) => Math.min(now - at, agoMaxMs)),
        signs.map(([, { load }]) => (load === null ? null : JSON.stringify(load))),
        signs.map(([, { failures }]) => failures),
        server,
        times.unhealthyMs,
        times.offlineMs,
        times.staleMs,
        times.inactiveMs,
        times.gapMs,
      ),
    )
    if (!row) throw new TypeError('the statement of presence has no row')
    return row
  }

  /** What was not written waits, as far as there is nothing newer. */
  #keep(signs: ReadonlyMap<string, Sign>) {
    for (const [agent, sign] of signs) {
      const { at = sign.at, load = null, failures = null } = this.#signs.get(agent) ?? {}
      this.#signs.set(agent, {
        at: Math.max(at, sign.at),
        load: load ?? sign.load,
        failures: failures ?? sign.failures,
      })
    }
  }
}

/** Long ago: an agent that was never heard of here. */
const agoMaxMs = 1e12
