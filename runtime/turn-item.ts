import { type Effects, nextTime, type TimerSet } from './context.ts'
import type { Draft, Item } from './group.ts'
import type { Host } from './host.ts'
import { idOf, type Received } from './mailbox.ts'
import { mergePatch } from './merge-patch.ts'
import type { Answer, Deferred, MailId } from './message.ts'
import { answerMail, bodyOf, type Origin, outgoing, rareOf } from './outgoing.ts'
import type { Committed, Outgoing, StateWrite } from './ports.ts'
import type { Resident } from './resident.ts'
import { childTrace } from './trace.ts'
import type { TurnDone } from './turn.ts'

const dayMs = 86_400_000

/** Puts off nothing: the common fields of a message put off by the turn itself. */
type PutOff = Pick<Deferred, 'due' | 'reason' | 'name' | 'repeat'>

/** A turn that went well: its message is settled, its state written, and what it sent goes out. */
export class TurnItem implements Item {
  readonly resident: Resident
  readonly received: Received
  readonly #host: Host
  readonly #effects: Effects
  /** The last word on each timer of this turn. */
  readonly #timers: readonly TimerSet[]
  readonly #now: number
  readonly #before: string | null
  readonly #was: number
  readonly #turn: number
  readonly #state: string | null
  readonly #bodies: readonly string[]
  readonly #answer: Answer | null
  readonly #replayable: boolean
  #sent: Outgoing[] = []
  #deferred: Deferred[] = []

  constructor(
    host: Host,
    resident: Resident,
    received: Received,
    done: TurnDone,
    now: number,
    replayable: boolean,
  ) {
    this.#host = host
    this.resident = resident
    this.received = received
    this.#effects = done.effects
    this.#timers = [...new Map(done.effects.timers.map((timer) => [timer.name, timer])).values()]
    this.#now = now
    this.#before = resident.headText
    this.#was = resident.headTurn
    this.#turn = resident.headTurn + 1
    this.#state = done.effects.stopped ? null : done.state
    this.#bodies = done.effects.sends.map(({ message }) => bodyOf(message))
    this.#replayable = replayable
    const { replyTo, requestId } = received.mail.rare ?? {}
    this.#answer = replyTo || requestId ? { ok: true, value: done.reply } : null
    this.#apply()
  }

  /** What later turns of the same actor see already, before the commit. */
  #apply() {
    const { resident, received } = this
    resident.headText = this.#state
    resident.headTurn = this.#state === null ? 0 : this.#turn
    resident.uncommitted++
    if (this.#timers.length > 0) {
      resident.cancel(this.#timers.map(({ name }) => name))
      for (const { name } of this.#timers) resident.mailbox.cancelTimer(name, this)
    }
    if (received.mail.sender !== null) resident.mailbox.release(received.mail.sender)
    const requestId = received.mail.rare?.requestId
    if (requestId !== undefined && this.#answer) this.#host.answers.set(requestId, this.#answer)
  }

  /** Whether this turn takes back or replaces the timer of that name. */
  replaces(name: string): boolean {
    return this.#timers.some((timer) => timer.name === name)
  }

  contribute(draft: Draft) {
    const { resident, received } = this
    this.#sent = []
    this.#deferred = []
    draft.settle(received)
    draft.state(resident, this.#was, this.#write)
    if (received.timer?.repeat)
      this.#repeat(draft, received.timer.name ?? received.mail.type, received.timer.repeat)
    const origin: Origin = {
      sender: resident.address,
      senderTurn: this.#turn,
      trace:
        this.#effects.sends.length + this.#effects.timers.length + this.#effects.offloads.length === 0
          ? ''
          : this.#trace(),
    }
    this.#contributeSends(draft, origin)
    this.#contributeTimers(draft, origin)
    this.#contributeAnswer(draft)
    if (resident.kind.history) draft.history.push(this.#history(draft.pastOf(this.resident)))
  }

  committed(_draft: Draft, committed: Committed) {
    const { resident, received } = this
    resident.text = this.#state
    resident.turn = this.#state === null ? 0 : this.#turn
    resident.uncommitted--
    if (received.source === 'deferred') this.#host.window.settle(received.mail)
    if (this.#timers.length > 0) resident.cancelled(this.#timers.map(({ name }) => name))
    for (const timer of resident.mailbox.settleCancelled(this, true)) this.#host.window.settle(timer.mail)
    for (const { name } of this.#timers) {
      this.#host.window.cancel(resident.kind.name, resident.key, name)
      resident.mailbox.releaseTimer(name)
    }
    for (const deferred of this.#deferred) this.#host.window.add(deferred)
    for (const mail of this.#sent) this.#host.handOver({ ...mail, sentAt: committed.at })
    if (this.#answer) this.#answerHere(this.#answer)
    this.#tell()
  }

  discarded() {
    const { resident, received } = this
    resident.mailbox.settleCancelled(this, false)
    const requestId = received.mail.rare?.requestId
    if (requestId !== undefined) this.#host.answers.delete(requestId)
  }

  rejected(error: Error) {
    this.#host.putBack(this.resident, [{ ...this.received, rejected: error }])
  }

  readonly #write = (): StateWrite => {
    const { kind, key, shard } = this.resident
    const write = {
      kind: kind.name,
      key,
      shard,
      was: this.#was,
      turn: this.#turn,
      state: this.#state,
      parked: false,
    }
    if (kind.table === null) return write
    return {
      ...write,
      table: kind.table,
      columns: this.#state === null ? {} : kind.columns(JSON.parse(this.#state), key),
    }
  }

  #contributeSends(draft: Draft, origin: Origin) {
    for (const [at, send] of this.#effects.sends.entries()) {
      const rare = rareOf(send, this.#now)
      const mail = outgoing(
        draft.nextId(),
        send.message,
        this.#bodies[at] as string,
        origin,
        this.#host.shards,
        rare,
      )
      if (rare?.due !== undefined && this.#host.owns(mail.shard)) {
        this.#putOff(draft, mail, { due: rare.due, reason: 'delay', name: null, repeat: null })
      } else {
        this.#sent.push(mail)
        draft.mail.push(mail)
      }
    }
  }

  #contributeTimers(draft: Draft, origin: Origin) {
    const { kind, key } = this.resident
    for (const { name, message, due, repeat } of this.#timers) {
      draft.cancel(kind.name, key, name)
      if (!message) continue
      const mail = outgoing(draft.nextId(), message, bodyOf(message), origin, this.#host.shards, null)
      this.#putOff(draft, mail, { due, reason: 'timer', name, repeat })
    }
    for (const { task, input, type } of this.#effects.offloads) {
      const message = { kind: kind.name, key, type }
      const mail = outgoing(draft.nextId(), message, 'null', origin, this.#host.shards, {
        offload: { task, input },
      })
      this.#putOff(draft, mail, { due: this.#now, reason: 'offload', name: null, repeat: null })
    }
  }

  /** The next time of a repeating timer, written by the turn that handles this one. */
  #repeat(draft: Draft, name: string, repeat: string) {
    if (this.replaces(name)) return
    const mail = { ...this.received.mail, ...draft.nextId() }
    this.#putOff(draft, mail, { due: nextTime(repeat, this.#now), reason: 'timer', name, repeat })
  }

  #putOff(draft: Draft, mail: Outgoing, when: PutOff) {
    const deferred: Deferred = { ...mail, sentAt: this.#now, attempts: [], ...when }
    this.#deferred.push(deferred)
    draft.defer(deferred)
  }

  #contributeAnswer(draft: Draft) {
    const { replyTo, requestId } = this.received.mail.rare ?? {}
    if (!this.#answer) return
    if (requestId !== undefined) draft.answer(requestId, this.#answer)
    if (replyTo && replyTo.node !== this.#host.incarnation) {
      const mail = answerMail(draft.nextId(), replyTo, this.#answer, this.received.mail.trace)
      this.#sent.push(mail)
      draft.mail.push(mail)
    }
  }

  #answerHere(answer: Answer) {
    const replyTo = this.received.mail.rare?.replyTo
    if (replyTo?.node === this.#host.incarnation) this.#host.answer(replyTo.ask, answer)
  }

  #history(past: string | null) {
    const { resident, received } = this
    const mail: MailId = received.mail
    const day = Math.floor(this.#now / dayMs)
    const patch = this.#patch()
    const whole = resident.historyDay !== day || patch === undefined
    resident.historyDay = day
    return {
      kind: resident.kind.name,
      key: resident.key,
      turn: this.#turn,
      lane: mail.lane,
      seq: mail.seq,
      type: received.mail.type,
      body: received.result && 'body' in received.result ? received.result.body : received.mail.body,
      sender: received.mail.sender,
      senderTurn: received.mail.senderTurn,
      trace: received.mail.trace,
      past,
      patch: patch ?? null,
      state: whole ? this.#state : null,
      sends: this.#sendsText(),
      now: this.#now,
      codeVersion: resident.kind.version,
      replayable: this.#replayable,
      failure: null,
    }
  }

  /** Null: unchanged. Undefined: no merge patch can say it. */
  #patch(): string | null | undefined {
    if (this.#state === this.#before) return null
    if (this.#state === null || this.#before === null) return undefined
    const patch = mergePatch(JSON.parse(this.#before), JSON.parse(this.#state))
    if (patch === undefined) return undefined
    const text = JSON.stringify(patch)
    return text === '{}' ? null : text
  }

  #sendsText(): string | null {
    const { sends } = this.#effects
    if (sends.length === 0) return null
    const texts = sends.map(
      ({ message }, at) =>
        `{"to":${JSON.stringify(`${message.kind}/${message.key}`)},"type":"${message.type}","input":${this.#bodies[at]}}`,
    )
    return `[${texts.join(',')}]`
  }

  #trace() {
    const { trace, lane, seq } = this.received.mail
    return trace && childTrace(trace, lane, seq)
  }

  #tell() {
    if (!this.#host.heard()) return
    const { resident, received } = this
    const actor = resident.address
    this.#host.emit({
      type: 'turn',
      actor,
      message: received.mail.type,
      turn: this.#turn,
      id: idOf(received.mail),
    })
    for (const event of this.#effects.events) this.#host.emit({ type: 'published', actor, event })
    if (this.#effects.stopped) this.#host.emit({ type: 'stopped', actor })
  }
}
