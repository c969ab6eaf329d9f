/** All attempts that this agent has in hand: takes offers while there is a slot, and keeps to what the server says. */
import type { Cancel, Frame, Offer, Welcomed } from '#specs/agent-link.ts'
import type { RunningAttempt } from '#specs/agents.ts'
import { tools } from '#specs/tools.ts'
import type { Log } from '../log.ts'
import { type Spool, spoolMax } from '../state/spool.ts'
import { Attempt, type Server } from './attempt.ts'
import { Delivery } from './delivery.ts'
import type { Pool } from './pool.ts'

export interface AttemptsParts {
  readonly pool: Pool
  readonly spool: Spool
  readonly server: Server
  readonly slots: number
  /** Names of the tools that can be offered. */
  readonly tools: ReadonlySet<string>
  readonly log: Log
  readonly random: () => number
  /** A slot has become free, or a result was settled. */
  changed(): void
}

/** Light jobs run beside the slots, but not any number of them. */
const lightMax = 8

export class Attempts {
  readonly #parts: AttemptsParts
  readonly #delivery: Delivery
  /** Until the server has settled their results: somebody may ask what they told. */
  readonly #all = new Map<string, Attempt>()
  #draining = false

  constructor(parts: AttemptsParts) {
    this.#parts = parts
    const { spool, server, log, random } = parts
    this.#delivery = new Delivery({
      spool,
      server,
      log,
      random,
      flush: async (attempt) => await this.#all.get(keyOf(attempt))?.frames.flush(),
      settled: (attempt) => {
        this.#all.delete(keyOf(attempt))
        parts.changed()
      },
    })
  }

  /** Those that have a thread, or wait for one. */
  get active(): Attempt[] {
    return [...this.#all.values()].filter(({ active }) => active)
  }
  get undelivered(): number {
    return this.#parts.spool.size
  }
  get free(): number {
    return Math.max(0, this.#parts.slots - this.active.filter(({ tool }) => !isLight(tool)).length)
  }

  /** What it holds. Those that it is about to accept count for a heartbeat, which must not seem to deny them. */
  held(accepting: boolean): RunningAttempt[] {
    const active = this.active
      .filter(({ phase }) => accepting || phase !== 'accepting')
      .map(({ name }) => name)
    return [...active, ...this.kept]
  }
  /** Those whose results are to be handed in. */
  get kept(): RunningAttempt[] {
    return this.#parts.spool.entries.map(({ job, attempt }) => ({ job, attempt }))
  }

  /** From now on it takes no new work. */
  drain(): void {
    this.#draining = true
  }

  async offer(offer: Offer): Promise<void> {
    const { server, log, pool } = this.#parts
    if (this.#all.has(keyOf(offer)) || this.#parts.spool.has(offer)) return
    for (const older of this.active)
      if (older.job === offer.job && older.attempt < offer.attempt)
        older.drop('a newer attempt is on its way')
    const objection = this.#objectionTo(offer)
    if (objection !== null) {
      log.info(`${offer.job} is declined: ${objection}`)
      const { job, attempt } = offer
      await server.call('decline', { job, attempt, reason: objection }).catch(() => {})
      return
    }
    const attempt = new Attempt(offer, server, log)
    this.#all.set(keyOf(offer), attempt)
    const finish = (await attempt.accept()) ? await attempt.run(pool) : null
    if (finish !== null) await this.#delivery.add(finish)
    else {
      attempt.frames.stop()
      this.#all.delete(keyOf(offer))
    }
    this.#parts.changed()
  }

  #objectionTo({ tool }: Offer): string | null {
    if (this.#draining) return 'the agent is draining'
    if (!this.#parts.tools.has(tool)) return `the agent has no tool '${tool}'`
    if (this.#parts.spool.size >= spoolMax) return `${spoolMax} results wait for the server`
    const light = this.active.filter((attempt) => isLight(attempt.tool)).length
    if (isLight(tool) ? light >= lightMax : this.free === 0) return 'no free slot'
    return null
  }

  cancel({ job, attempt, graceMs, reason }: Cancel): void {
    const running = this.#all.get(keyOf({ job, attempt }))
    if (running) return running.stop({ why: 'cancelled', message: reason || 'cancelled', graceMs })
    if (this.#parts.spool.has({ job, attempt })) return
    // Nothing of it runs here, which is what whoever cancels waits to hear.
    const error = { class: 'cancelled' as const, message: reason || 'cancelled' }
    this.#parts.server
      .call('finish', { job, attempt, outcome: 'cancelled', error, frames: 0 })
      .catch(() => {})
  }

  /** The server is there again: what it does not want is dropped, the rest goes on, and results are handed in. */
  welcomed({ keep }: Welcomed): void {
    const wanted = new Set(keep.map(keyOf))
    for (const attempt of this.active) {
      if (attempt.phase === 'accepting') continue
      if (wanted.has(keyOf(attempt))) attempt.resume()
      else attempt.drop('the server has given it up')
    }
    this.#delivery.resume()
  }

  replay({ job, attempt, after }: { job: string; attempt: number; after: number }): Frame[] {
    return this.#all.get(keyOf({ job, attempt }))?.frames.log.after(after) ?? []
  }

  /** Stops all, to be done by somebody else. */
  giveBack(reason: string, graceMs: number): void {
    for (const attempt of this.active) attempt.stop({ why: 'given back', message: reason, graceMs })
  }

  /** Stops all, because nobody wants it any more. */
  dropAll(reason: string): void {
    for (const attempt of this.active) attempt.drop(reason)
  }

  close(): void {
    this.#delivery.close()
    for (const attempt of this.#all.values()) attempt.frames.stop()
  }
}

function keyOf({ job, attempt }: RunningAttempt): string {
  return `${job}.${attempt}`
}

function isLight(tool: string): boolean {
  return tools.get(tool)?.light ?? false
}
