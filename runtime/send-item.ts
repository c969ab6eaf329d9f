import type { Kind } from './definition.ts'
import { CommitRejected, Refused } from './errors.ts'
import type { Draft, Item } from './group.ts'
import type { Host } from './host.ts'
import { addressOf, type Message, type Rare } from './message.ts'
import { bodyOf, outgoing } from './outgoing.ts'
import type { Committed, Outgoing } from './ports.ts'

export interface Sending {
  readonly message: Message
  readonly from: string | null
  readonly trace: string
  readonly rare: Rare | null
  /** Sent once per key, however often it is tried. */
  readonly dedupe: string | null
  /** The row of plain SQL mail, or the dead letter, that becomes this mail. */
  readonly instead: { readonly posted: number } | { readonly revived: number } | null
  /** The receiver's kind: its bound holds from the start. Where it is absent, a full mailbox is met on arrival. */
  readonly boundOf?: Kind
}

/**
 * A message from outside an actor: it joins the node's next commit, and is acknowledged after it.
 * Making one throws Refused where there is no place for it.
 */
export class SendItem implements Item {
  readonly #host: Host
  readonly #sending: Sending
  readonly #body: string
  readonly #sent: () => void
  readonly #failed: (error: Error) => void
  #mail: Outgoing | null = null
  /** The actor in whose mailbox it has its place from the start. */
  readonly #place: string | undefined
  /** The group has the same dedupe key already. */
  #again = false

  constructor(host: Host, sending: Sending, sent: () => void, failed: (error: Error) => void) {
    this.#host = host
    this.#sending = sending
    this.#body = bodyOf(sending.message)
    this.#sent = sent
    this.#failed = failed
    if (!sending.boundOf) return
    this.#place = addressOf(sending.message)
    host.admission.enter(sending.boundOf, this.#place)
  }

  contribute(draft: Draft) {
    const { message, from, trace, rare, dedupe, instead } = this.#sending
    const mail = outgoing(
      draft.nextId(),
      message,
      this.#body,
      { sender: from, senderTurn: 0, trace },
      this.#host.shards,
      rare,
    )
    this.#again = dedupe !== null && !draft.firstWith(dedupe)
    if (this.#again) return
    this.#mail = dedupe === null ? mail : { ...mail, dedupe }
    draft.mail.push(this.#mail)
    if (instead && 'posted' in instead) draft.posted.push(instead.posted)
    if (instead && 'revived' in instead) draft.revived.push(instead.revived)
  }
  committed(_draft: Draft, committed: Committed) {
    if (!this.#again) this.#handOver(this.#mail as Outgoing, committed)
    this.#leave()
    this.#sent()
  }
  discarded() {}
  rejected(error: Error) {
    const { kind, key, type } = this.#sending.message
    this.#leave()
    this.#failed(
      error instanceof CommitRejected
        ? new Refused('bad_message', `'${type}' to ${kind}/${key} can't be stored: ${error.message}`)
        : error,
    )
  }
  /** The node ended before the commit. */
  abandon(error: Error) {
    this.#failed(error)
  }

  #handOver(mail: Outgoing, { at, duplicates }: Committed) {
    const { dedupe } = mail
    if (dedupe !== undefined && !duplicates) this.#host.reload(mail.shard)
    else if (dedupe === undefined || !duplicates?.includes(dedupe))
      this.#host.handOver({ ...mail, sentAt: at }, this.#place !== undefined)
  }
  /** It is in the mailbox now, or nowhere. */
  #leave() {
    if (this.#place !== undefined) this.#host.admission.leave(this.#place)
  }
}
