/**
 * Finds in the tables what news between servers has not told: offers, cancels, and what else became of the agents that
 * are connected here. News may get lost: a connection breaks, or a pooler swallows every notification. So where there are
 * other servers, one statement looks every few seconds for all connections of this one; more often while no news comes at
 * all, and at once after a gap. What was told already is not told again.
 */
import * as z from 'zod'
import { orderOfRow } from '#actors/index.ts'
import { lookAfter } from '#db/product/link.ts'
import type { RowOf } from '#db/statement.ts'
import { reasonOf } from '#runtime/errors.ts'
import type { Log, Node } from '#runtime/index.ts'
import type { Link } from '#runtime/postgres/link.ts'
import { RunningAttempt } from '#specs/agents.ts'
import type { Bus } from '../live/bus.ts'
import type { Session } from './session.ts'
import type { Sessions } from './sessions.ts'
import type { LinkTimes } from './times.ts'

export interface LookoutParts {
  readonly link: Link
  readonly sessions: Sessions
  readonly node: Pick<Node, 'alone'>
  readonly bus: Pick<Bus, 'deaf'>
  readonly times: LinkTimes
  readonly log: Log
}

const Held = z.array(RunningAttempt.extend({ stopping: z.boolean() }))
const Jobs = z.array(z.object({ key: z.string(), state: z.string() }))

/** A connection, and what was its agent's before the look began. */
interface Before {
  readonly session: Session
  readonly held: readonly RunningAttempt[]
}

export class Lookout {
  readonly #parts: LookoutParts
  /** By the latest turn of its actor that was seen; one that has not moved since and holds nothing has no news. */
  readonly #turns = new WeakMap<Session, number>()
  #timer: NodeJS.Timeout | undefined
  #looking: Promise<void> | undefined
  #owed = false
  #stopped = false

  constructor(parts: LookoutParts) {
    this.#parts = parts
  }

  start(): void {
    this.#wait()
  }
  /** Something may have been lost. */
  lookNow(): void {
    this.#owed = true
    this.#begin()
  }
  async stop(): Promise<void> {
    this.#stopped = true
    clearTimeout(this.#timer)
    await this.#looking
  }

  #wait() {
    if (this.#stopped) return
    const { bus, times } = this.#parts
    const inMs = bus.deaf || this.#owed ? times.lookDeafMs : times.lookMs
    this.#timer = setTimeout(() => this.#begin(), inMs)
  }

  #begin() {
    if (this.#stopped || this.#looking) return
    clearTimeout(this.#timer)
    this.#looking = this.#run().finally(() => {
      this.#looking = undefined
      this.#wait()
    })
  }

  async #run() {
    const { node, log } = this.#parts
    try {
      if (!node.alone) await this.#look()
      while (this.#owed && !this.#stopped) await this.#look()
    } catch (error) {
      this.#owed = true
      log.debug('what agents are to be told could not be looked for', { reason: reasonOf(error) })
    }
  }

  async #look() {
    this.#owed = false
    const { sessions, link } = this.#parts
    const here = new Map<string, Before>()
    for (const session of sessions.all())
      if (session.welcomed) here.set(session.peer.agent, { session, held: session.held })
    if (here.size === 0) return
    const turns = [...here.values()].map(({ session }) => this.#turns.get(session) ?? -1)
    const rows = await link.read((client) => lookAfter.run(client, [...here.keys()], turns))
    for (const row of rows) {
      const before = here.get(row.agent)
      // By now another connection may have its place.
      if (before && sessions.of(row.agent) === before.session) this.#learn(row, before)
    }
  }

  #learn(row: RowOf<typeof lookAfter>, { session, held }: Before) {
    const { sessions } = this.#parts
    const { agent, turn, version, standing, note, connection } = row
    if (turn === null || version === null || standing === null)
      return sessions.dismiss(agent, 'This agent was removed.')
    if (standing === 'revoked') return sessions.dismiss(agent, note ?? 'Its key was made void.')
    this.#turns.set(session, turn)
    const elsewhere = session.noted({
      version,
      standing,
      connection: connection === null ? null : { id: connection },
    })
    if (elsewhere) return sessions.leave(agent, 'it is connected elsewhere')
    // Otherwise it has to say hello first, which settles all.
    if (connection === session.peer.connection) this.#tell(row, session, held)
  }

  #tell(row: RowOf<typeof lookAfter>, session: Session, before: readonly RunningAttempt[]) {
    for (const job of Jobs.parse(JSON.parse(row.jobs ?? '[]'))) {
      const { offer, cancel } = orderOfRow(job, this.#parts.times)
      if (offer) session.offer(offer)
      if (cancel) session.cancelOnce(cancel)
    }
    const held = Held.parse(JSON.parse(row.held ?? '[]'))
    for (const attempt of held) if (attempt.stopping) session.cancelOnce(session.cancelOf(attempt))
    const known = [...held, ...Held.parse(JSON.parse(row.released ?? '[]'))]
    for (const attempt of before) if (!known.some((one) => isSame(one, attempt))) session.drop(attempt)
  }
}

function isSame(one: RunningAttempt, other: RunningAttempt): boolean {
  return one.job === other.job && one.attempt === other.attempt
}
