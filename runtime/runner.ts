/** Decides what becomes of an actor's next message, and runs its turn. */
import { burying, letting, puttingOff, resuming, WithoutTurn } from './chores.ts'
import type { Coordinator } from './coordinator.ts'
import { HandlerFailed, reasonOf, type Refused, Unavailable } from './errors.ts'
import { answerOf, FailureItem } from './failure-item.ts'
import type { Item } from './group.ts'
import type { Host } from './host.ts'
import { idOf, type Received } from './mailbox.ts'
import { type Answer, resumeType } from './message.ts'
import type { Clock, SqlTurn, Store } from './ports.ts'
import type { Resident } from './resident.ts'
import type { Residents } from './residents.ts'
import type { SqlTurns } from './sql-turns.ts'
import { judge } from './supervision.ts'
import { childTrace } from './trace.ts'
import { runTurn, type TurnEnd, type TurnStart } from './turn.ts'
import { TurnItem } from './turn-item.ts'

/** When a parked actor's mail is due: not before somebody resumes it. */
export const never = Date.UTC(9999, 0)

export interface RunnerParts {
  readonly host: Host
  readonly store: Store
  readonly clock: Clock
  readonly residents: Residents
  readonly sqlTurns: SqlTurns
  /** A turn has ended that took longer than one slice. */
  ended(resident: Resident): void
}

export class Runner {
  readonly #parts: RunnerParts
  readonly #host: Host
  /** Set once, when the node is put together: coordinator and runner need each other. */
  coordinator!: Coordinator
  turns = 0
  failures = 0

  constructor(parts: RunnerParts) {
    this.#parts = parts
    this.#host = parts.host
  }

  run(resident: Resident) {
    if (resident.halted || resident.running) return
    if (resident.phase !== 'awake') return this.#parts.residents.rouse(resident)
    const received = resident.mailbox.next()
    if (!received) return
    resident.usedAt = this.#parts.clock.now()
    resident.seen = true
    if (this.#settledOtherwise(resident, received)) return
    if (resident.kind.messages.get(received.mail.type)?.sql) this.#runSql(resident, received)
    else this.#runPlain(resident, received, null)
  }

  /** Messages whose fate is clear without a turn. */
  #settledOtherwise(resident: Resident, received: Received): boolean {
    const { rare } = received.mail
    const answer =
      received.known ?? (rare?.requestId === undefined ? undefined : this.#host.answers.get(rare.requestId))
    if (answer) return this.#let(resident, received, answer)
    if (rare?.deadline !== undefined && rare.deadline < this.#host.now())
      return this.#let(resident, received, null)
    if ((rare?.crashes ?? 0) >= this.#host.settings.crashesMax)
      return this.#bury(resident, received, `its turn has ended the process ${rare?.crashes} times`)
    if (received.mail.type === resumeType) return this.#resume(resident, received)
    if (resident.headParked) return this.#park(resident, received)
    if (resident.broken) return this.#fail(resident, received, this.#bug(resident, received, resident.broken))
    if (received.rejected)
      return this.#fail(resident, received, this.#bug(resident, received, received.rejected))
    if (received.result && 'error' in received.result)
      return this.#fail(resident, received, this.#bug(resident, received, received.result.error))
    return false
  }

  #let(resident: Resident, received: Received, answer: Answer | null): true {
    return this.#without(resident, received, letting(this.#host, received, answer))
  }
  #bury(resident: Resident, received: Received, reason: string): true {
    return this.#without(resident, received, burying(this.#host, received, 'killed_process', reason))
  }
  #park(resident: Resident, received: Received): true {
    const { replyTo } = received.mail.rare ?? {}
    if (received.source === 'ask' || replyTo) {
      const answer: Answer = {
        ok: false,
        error: 'refused',
        code: 'parked',
        message: `${resident.address} is parked: resume it first`,
      }
      return this.#let(resident, received, answer)
    }
    return this.#without(resident, received, puttingOff(this.#host, received, never, 'parked'))
  }
  #resume(resident: Resident, received: Received): true {
    // What is read until then would still find it at rest, and be put off for good.
    resident.awaitsCommit = true
    return this.#without(resident, received, resuming(this.#host, resident, received))
  }
  #without(resident: Resident, received: Received, what: Item): true {
    this.coordinator.add(new WithoutTurn(this.#host, resident, received, what))
    return true
  }
  #bug(resident: Resident, received: Received, error: unknown) {
    return new HandlerFailed(resident.address, received.mail.type, reasonOf(error), { cause: error })
  }

  #runPlain(resident: Resident, received: Received, sql: SqlTurn | null) {
    const start = this.#start(resident, received, sql)
    const end = runTurn(start)
    if (end instanceof Promise) this.#await(resident, received, start, end, sql)
    else this.#ended(resident, received, start, end, sql)
  }

  #start(resident: Resident, received: Received, sql: SqlTurn | null): TurnStart {
    const { mail } = received
    return {
      kind: resident.kind,
      kinds: this.#host.kinds,
      key: resident.key,
      self: resident.kind.at(resident.key),
      type: mail.type,
      body: received.result && 'body' in received.result ? received.result.body : mail.body,
      state: resident.headText,
      sender: mail.sender,
      trace: mail.trace && childTrace(mail.trace, mail.lane, mail.seq),
      attempt: received.attempts.length + 1,
      now: this.#host.now(),
      seed: seedOf(resident),
      log: this.#host.log,
      sql: sql && ((text, params) => sql.query(text, params)),
    }
  }

  /** An asynchronous turn: its actor waits for it, everybody else goes on. */
  #await(
    resident: Resident,
    received: Received,
    start: TurnStart,
    end: Promise<TurnEnd>,
    sql: SqlTurn | null,
  ) {
    const era = resident.era
    let over = false
    resident.running = received
    resident.runningSince = this.#parts.clock.now()
    const finish = (ended: TurnEnd, hung = false) => {
      if (over) return
      over = true
      cancel()
      if (resident.era === era && resident.running === received) {
        resident.running = null
        this.#ended(resident, received, start, ended, sql, hung)
        this.coordinator.ready(resident)
      } else if (sql) this.#rollback(sql)
      this.#parts.ended(resident)
    }
    const cancel = this.#parts.clock.after(resident.kind.turnTimeoutMs, () => {
      const error = this.#bug(
        resident,
        received,
        new Error(`the turn has not ended within ${resident.kind.turnTimeoutMs} ms`),
      )
      finish({ ok: false, error }, true)
    })
    end.then(finish, (error: unknown) => finish({ ok: false, error: this.#bug(resident, received, error) }))
  }

  #ended(
    resident: Resident,
    received: Received,
    start: TurnStart,
    end: TurnEnd,
    sql: SqlTurn | null,
    hung = false,
  ) {
    if (!end.ok) {
      if (sql) this.#rollback(sql)
      this.#fail(resident, received, end.error, hung)
      return
    }
    this.turns++
    try {
      const item = new TurnItem(this.#host, resident, received, end, start.now, !sql && !received.result)
      if (!sql) return this.coordinator.add(item)
      this.#parts.sqlTurns.finish(item, sql)
      this.coordinator.kick()
    } catch (error) {
      // Something a turn sent can't be written down as JSON.
      if (sql) this.#rollback(sql)
      this.#fail(resident, received, this.#bug(resident, received, error))
    }
  }

  #fail(
    resident: Resident,
    received: Received,
    error: Refused | Unavailable | HandlerFailed,
    hung = false,
  ): true {
    this.failures++
    const { replyTo } = received.mail.rare ?? {}
    if (error instanceof HandlerFailed)
      this.#host.log.error('a turn failed', {
        actor: resident.address,
        message: received.mail.type,
        reason: error.message,
        attempt: received.attempts.length + 1,
      })
    const durable = resident.kind.messages.get(received.mail.type)?.delivery === 'durable'
    if (replyTo && !durable) {
      // Nothing has changed, and the caller may ask again: it is told at once.
      const { mail } = received
      this.#host.emit({
        type: 'failed',
        actor: resident.address,
        message: mail.type,
        id: idOf(mail),
        reason: error.message,
        attempt: 1,
      })
      if (received.source !== 'ask') return this.#let(resident, received, answerOf(error))
      this.#host.answer(replyTo.ask, answerOf(error))
      return true
    }
    const now = this.#host.now()
    const failure = { error, attempts: received.attempts, now, hung }
    const verdict = judge(
      resident.kind.supervision,
      failure,
      this.#host.settings.unavailableAttemptsMax,
      this.#host.random,
    )
    this.coordinator.add(new FailureItem(this.#host, resident, received, error, verdict, now))
    return true
  }

  /** All earlier turns of the actor must be committed first: its transaction reads what they wrote. */
  #runSql(resident: Resident, received: Received) {
    if (resident.uncommitted > 0) {
      resident.awaitsCommit = true
      resident.mailbox.putBack([received])
      return
    }
    const { era } = resident
    resident.running = received
    void this.#openSql(resident).then(
      (sql) => {
        if (resident.era !== era) return this.#rollback(sql)
        resident.running = null
        this.#runPlain(resident, received, sql)
        this.coordinator.ready(resident)
      },
      (error: unknown) => {
        if (resident.era !== era) return
        resident.running = null
        const unavailable = error instanceof Unavailable ? error : this.#bug(resident, received, error)
        this.#fail(resident, received, unavailable)
        this.coordinator.ready(resident)
      },
    )
  }

  async #openSql(resident: Resident): Promise<SqlTurn> {
    await this.#parts.sqlTurns.enter()
    try {
      const state: unknown = resident.headText === null ? undefined : JSON.parse(resident.headText)
      const tenant = resident.kind.tenant(resident.kind.state.parse(state), resident.key)
      return await this.#parts.store.beginSql({ incarnation: this.#host.incarnation, tenant })
    } catch (error) {
      this.#parts.sqlTurns.leave()
      throw error
    }
  }
  #rollback(sql: SqlTurn) {
    this.#parts.sqlTurns.leave()
    sql.rollback().catch(() => {})
  }
}

/** The same turn of the same actor draws the same random numbers. */
function seedOf(resident: Resident): number {
  let hash = resident.headTurn + 0x9e3779b9
  for (let at = 0; at < resident.address.length; at++)
    hash = Math.imul(hash ^ resident.address.charCodeAt(at), 0x01000193)
  return hash
}
