/** Small items: what a node has to write that is no turn. */
import { reasonOf } from './errors.ts'
import type { Draft, Item } from './group.ts'
import type { Host } from './host.ts'
import type { Received } from './mailbox.ts'
import { type Answer, type DeadLetter, type Deferred, lastingOf, type MailId } from './message.ts'
import { answerMail } from './outgoing.ts'
import type { Committed, Outgoing } from './ports.ts'
import type { Resident } from './resident.ts'

/** An item made of functions, for what needs no state of its own. */
export function chore(
  host: Host,
  what: { contribute(draft: Draft): void; done?(committed: Committed): void; failed?(error: Error): void },
): Item {
  return {
    contribute: (draft) => what.contribute(draft),
    committed: (_draft, committed) => what.done?.(committed),
    discarded() {},
    rejected(error) {
      host.log.error('a chore could not be committed', { reason: reasonOf(error) })
      what.failed?.(error)
    },
  }
}

/** Settles messages that are handled by having been read: answers in the letterbox. */
export function settling(host: Host, received: Received): Item {
  return chore(host, { contribute: (draft) => draft.settle(received) })
}

/** Moves mail that must wait out of the mail table. A timer that repeats stays one: it rings again when the wait is over. */
export function puttingOff(host: Host, received: Received, due: number, reason: Deferred['reason']): Item {
  const { timer } = received
  const { name, repeat } = timer?.repeat ? timer : { name: null, repeat: null }
  const deferred: Deferred = { ...received.mail, due, reason, name, repeat, attempts: received.attempts }
  return chore(host, {
    contribute(draft) {
      draft.settle(received)
      draft.defer(deferred)
    },
    done() {
      if (received.source === 'deferred') host.window.settle(received.mail)
      host.window.add(deferred)
    },
  })
}

/** Ends an actor's rest. Its mail is in the mail table again, and is read from there, in order. */
export function resuming(host: Host, resident: Resident, received: Received): Item {
  const { kind, key, shard, address } = resident
  const { replyTo } = received.mail.rare ?? {}
  let reply: Outgoing | null = null
  return chore(host, {
    contribute(draft) {
      draft.settle(received)
      draft.resumed.push({ kind: kind.name, key, ...(kind.table !== null && { table: kind.table }) })
      if (replyTo && replyTo.node !== host.incarnation)
        draft.mail.push((reply = answerMail(draft.nextId(), replyTo, { ok: true }, received.mail.trace)))
    },
    done(committed) {
      if (reply) host.handOver({ ...reply, sentAt: committed.at })
      else if (replyTo) host.answer(replyTo.ask, { ok: true })
      host.reload(shard)
      host.emit({ type: 'resumed', actor: address })
    },
  })
}

/** Makes a dead letter of a message that never ran. */
export function burying(host: Host, received: Received, cause: DeadLetter['cause'], reason: string): Item {
  const { mail } = received
  const answer: Answer = { ok: false, error: 'refused', code: cause, message: reason }
  const actor = `${mail.kind}/${mail.key}`
  const { replyTo } = mail.rare ?? {}
  let reply: Outgoing | null = null
  return chore(host, {
    contribute(draft) {
      draft.settle(received)
      const { count = 0, attempts = [] } = mail.rare?.redrives ?? {}
      draft.dead.push({
        ...letterOf(mail),
        cause,
        reason,
        attempts: [...attempts, ...received.attempts],
        redriven: count,
      })
      if (!replyTo || replyTo.node === host.incarnation) return
      reply = answerMail(draft.nextId(), replyTo, answer, mail.trace)
      draft.mail.push(reply)
    },
    done(committed) {
      if (received.source === 'deferred') host.window.settle(mail)
      if (reply) host.handOver({ ...reply, sentAt: committed.at })
      if (replyTo?.node === host.incarnation) host.answer(replyTo.ask, answer)
      host.emit({ type: 'dead', actor, message: mail.type, cause, reason })
    },
  })
}
function letterOf({ kind, key, type, body, sender, senderTurn, trace, rare }: Received['mail']) {
  return { kind, key, type, body, sender, senderTurn, trace, rare: lastingOf(rare) }
}

/** Lets go of a message that nobody waits for any more, or that was answered before. */
export function letting(host: Host, received: Received, answer: Answer | null): Item {
  const { mail } = received
  const { replyTo } = mail.rare ?? {}
  let reply: Outgoing | null = null
  return chore(host, {
    contribute(draft) {
      draft.settle(received)
      if (!answer || !replyTo || replyTo.node === host.incarnation) return
      reply = answerMail(draft.nextId(), replyTo, answer, mail.trace)
      draft.mail.push(reply)
    },
    done(committed) {
      if (received.source === 'deferred') host.window.settle(mail)
      if (reply) host.handOver({ ...reply, sentAt: committed.at })
      if (answer && replyTo?.node === host.incarnation) host.answer(replyTo.ask, answer)
    },
  })
}

/** What becomes of a message that left its mailbox without a turn: void together with the turns before it. */
export class WithoutTurn implements Item {
  readonly resident: Resident
  readonly received: Received
  readonly #host: Host
  readonly #chore: Item

  constructor(host: Host, resident: Resident, received: Received, what: Item) {
    this.resident = resident
    this.received = received
    this.#host = host
    this.#chore = what
    resident.uncommitted++
    if (received.mail.sender !== null) resident.mailbox.release(received.mail.sender)
  }
  contribute(draft: Draft) {
    this.#chore.contribute(draft)
  }
  committed(draft: Draft, committed: Committed) {
    this.resident.uncommitted--
    this.#chore.committed(draft, committed)
  }
  discarded() {}
  rejected(error: Error) {
    this.#chore.rejected(error)
    this.#host.reload(this.resident.shard)
  }
}

/** Writes down which message runs next, alone; null when all suspects have run. */
export function suspecting(host: Host, suspect: MailId | null, done: () => void): Item {
  return chore(host, {
    contribute(draft) {
      draft.suspect = suspect
    },
    done,
    failed: done,
  })
}
