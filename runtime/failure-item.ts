import type { Draft, Item } from './group.ts'
import { HandlerFailed, reasonOf, Refused, Unavailable } from './errors.ts'
import type { Host } from './host.ts'
import { idOf, type Received } from './mailbox.ts'
import type { Answer, Deferred, Message } from './message.ts'
import { answerMail, bodyOf, outgoing } from './outgoing.ts'
import { nextTime } from './context.ts'
import { lastingOf, parseAddress } from './message.ts'
import type { Outgoing } from './ports.ts'
import type { Resident } from './resident.ts'
import type { Verdict } from './supervision.ts'

/** A turn that failed: nothing of it is kept but the message's fate. */
export class FailureItem implements Item {
  readonly resident: Resident
  readonly received: Received
  readonly #host: Host
  readonly #error: Error
  readonly #verdict: Verdict
  readonly #now: number
  readonly #turn: number
  /** What is left of the actor: its state and the turn that left it; null where there is nothing. */
  readonly #after: { readonly text: string; readonly turn: number } | null
  #deferred: Deferred[] = []
  #sent: Outgoing[] = []

  constructor(
    host: Host,
    resident: Resident,
    received: Received,
    error: Error,
    verdict: Verdict,
    now: number,
  ) {
    this.#host = host
    this.resident = resident
    this.received = received
    this.#error = error
    this.#verdict = verdict
    this.#now = now
    this.#turn = resident.headTurn
    this.#after = this.#stateAfter()
    this.#apply()
  }

  get #then() {
    return this.#verdict.what === 'dead' ? this.#verdict.then : 'continue'
  }

  #apply() {
    const { resident, received } = this
    const { sender } = received.mail
    resident.uncommitted++
    if (sender !== null) {
      if (this.#verdict.what === 'again')
        resident.mailbox.hold(sender, received.mail, received.timer?.name ?? null)
      else resident.mailbox.release(sender)
    }
    resident.headParked = this.#then === 'park'
    resident.headText = this.#after?.text ?? null
    resident.headTurn = this.#after?.turn ?? 0
  }

  /** An actor that rests needs a row to rest in, even if it has failed with its first message. */
  #stateAfter() {
    const { headText: text, headTurn: turn, kind } = this.resident
    if (this.#then === 'stop') return null
    if (text !== null) return { text, turn }
    if (this.#then === 'continue') return null
    return { text: JSON.stringify(kind.state.safeParse(undefined).data ?? {}), turn: 1 }
  }

  contribute(draft: Draft) {
    this.#deferred = []
    this.#sent = []
    draft.settle(this.received)
    this.#repeatTimer(draft)
    if (this.#verdict.what === 'again') this.#retry(draft, this.#verdict.inMs)
    else this.#bury(draft)
    this.#state(draft)
    if (this.resident.kind.history) draft.history.push(this.#history(draft.pastOf(this.resident)))
  }

  committed(_draft: Draft, committed: { at: number }) {
    const { resident, received } = this
    resident.uncommitted--
    resident.parked = this.#then === 'park'
    resident.text = this.#after?.text ?? null
    resident.turn = this.#after?.turn ?? 0
    if (received.source === 'deferred') this.#host.window.settle(received.mail)
    for (const deferred of this.#deferred) this.#host.window.add(deferred)
    for (const mail of this.#sent) this.#host.handOver({ ...mail, sentAt: committed.at })
    if (this.#verdict.what === 'dead') this.#answerHere()
    this.#tell()
  }

  discarded() {
    const { sender } = this.received.mail
    if (sender !== null && this.#verdict.what === 'again') this.resident.mailbox.release(sender)
  }

  rejected(error: Error) {
    // Its message is gone or can't even be buried: memory is wrong about this shard.
    this.#host.log.error('a failed message could not be put away', {
      actor: this.resident.address,
      reason: reasonOf(error),
    })
    this.#host.reload(this.resident.shard)
  }

  #retry(draft: Draft, inMs: number) {
    const { received } = this
    this.#putOff(draft, {
      ...received.mail,
      due: this.#now + inMs,
      reason: 'retry',
      name: received.timer?.name ?? null,
      repeat: null,
      attempts: this.#verdict.attempts,
    })
  }

  /** A repeating timer goes on, whatever becomes of this time's message. */
  #repeatTimer(draft: Draft) {
    const { timer, mail } = this.received
    if (!timer?.repeat) return
    const { name, repeat } = timer
    this.#putOff(draft, {
      ...mail,
      ...draft.nextId(),
      due: nextTime(repeat, this.#now),
      reason: 'timer',
      name: name ?? mail.type,
      repeat,
      attempts: [],
    })
  }

  #bury(draft: Draft) {
    if (this.#verdict.what !== 'dead') return
    const { mail } = this.received
    const { cause, attempts } = this.#verdict
    draft.dead.push({
      kind: mail.kind,
      key: mail.key,
      type: mail.type,
      body: mail.body,
      sender: mail.sender,
      senderTurn: mail.senderTurn,
      trace: mail.trace,
      cause,
      reason: reasonOf(this.#error),
      attempts: [...(mail.rare?.redrives?.attempts ?? []), ...attempts],
      redriven: mail.rare?.redrives?.count ?? 0,
      rare: lastingOf(mail.rare),
    })
    this.#tellOthers(draft)
  }

  /** Written even where nothing changed: the row tells where the actor's latest turns are in history. */
  #state(draft: Draft) {
    const { kind, key, shard } = this.resident
    const [was, after] = [this.#turn, this.#after]
    if (was === 0 && !after) return
    const columns = after === null ? {} : kind.columns(JSON.parse(after.text), key)
    const table = kind.table === null ? {} : { table: kind.table, columns }
    const rest = { turn: after?.turn ?? was, state: after?.text ?? null, parked: this.#then === 'park' }
    draft.state(this.resident, was, () => ({ kind: kind.name, key, shard, was, ...rest, ...table }))
  }

  /** The asker, a supervisor, and a sending actor whose kind wants to hear of refusals. */
  #tellOthers(draft: Draft) {
    const { mail } = this.received
    const { replyTo } = mail.rare ?? {}
    if (replyTo && replyTo.node !== this.#host.incarnation)
      this.#send(draft, answerMail(draft.nextId(), replyTo, answerOf(this.#error), mail.trace))
    const told = [this.#supervisor(), this.#refusal()].filter((message) => message !== null)
    for (const message of told) {
      const origin = { sender: this.resident.address, senderTurn: this.#turn, trace: mail.trace }
      this.#send(draft, outgoing(draft.nextId(), message, bodyOf(message), origin, this.#host.shards, null))
    }
  }

  #supervisor(): Message | null {
    const { kind, key } = this.resident
    return (
      kind.supervision.tell?.({ key, type: this.received.mail.type, reason: reasonOf(this.#error) }) ?? null
    )
  }
  #refusal(): Message | null {
    if (!(this.#error instanceof Refused) || this.received.mail.senderTurn === 0) return null
    const sender = parseAddress(this.received.mail.sender ?? '')
    if (!this.#host.kinds.get(sender.kind)?.messages.has('refused')) return null
    const { code, message } = this.#error
    return {
      ...sender,
      type: 'refused',
      input: { by: this.resident.address, message: this.received.mail.type, code, reason: message },
    }
  }

  #send(draft: Draft, mail: Outgoing) {
    this.#sent.push(mail)
    draft.mail.push(mail)
  }
  #putOff(draft: Draft, deferred: Deferred) {
    this.#deferred.push(deferred)
    draft.defer(deferred)
  }

  #answerHere() {
    const replyTo = this.received.mail.rare?.replyTo
    const answer = answerOf(this.#error)
    if (replyTo?.node === this.#host.incarnation) this.#host.answer(replyTo.ask, answer)
  }

  #history(past: string | null) {
    const { resident, received } = this
    const { mail } = received
    return {
      kind: resident.kind.name,
      key: resident.key,
      turn: this.#turn + 1,
      lane: mail.lane,
      seq: mail.seq,
      type: mail.type,
      body: mail.body,
      sender: mail.sender,
      senderTurn: mail.senderTurn,
      trace: mail.trace,
      past,
      patch: null,
      state: null,
      sends: null,
      now: this.#now,
      codeVersion: resident.kind.version,
      replayable: false,
      failure: reasonOf(this.#error),
    }
  }

  #tell() {
    const { mail } = this.received
    const actor = this.resident.address
    const reason = reasonOf(this.#error)
    this.#host.emit({
      type: 'failed',
      actor,
      message: mail.type,
      id: idOf(mail),
      reason,
      attempt: this.#verdict.attempts.length,
    })
    if (this.#verdict.what === 'dead')
      this.#host.emit({ type: 'dead', actor, message: mail.type, cause: this.#verdict.cause, reason })
    if (this.#then === 'park') this.#host.emit({ type: 'parked', actor })
    if (this.#then === 'stop') this.#host.emit({ type: 'stopped', actor })
  }
}

/** How the caller hears of a failed turn; who failed on what, it knows itself. */
export function answerOf(error: Error): Answer {
  if (error instanceof Refused)
    return {
      ok: false,
      error: 'refused',
      code: error.code,
      message: error.message,
      ...(error.detail !== undefined && { detail: error.detail }),
    }
  if (error instanceof Unavailable) return { ok: false, error: 'unavailable', message: error.message }
  return {
    ok: false,
    error: 'failed',
    message: error instanceof HandlerFailed ? error.reason : error.message,
  }
}
