import { CommitRejected, Refused } from './errors.ts'
import type { Draft, Item } from './group.ts'
import type { Host } from './host.ts'
import type { Message, Rare } from './message.ts'
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
}

/** A message from outside an actor: it joins the node's next commit, and is acknowledged after it. */
export class SendItem implements Item {
  readonly #host: Host
  readonly #sending: Sending
  readonly #body: string
  readonly #sent: () => void
  readonly #failed: (error: Error) => void
  #mail: Outgoing | null = null
  /** The group has the same dedupe key already. */
  #again = false

  constructor(host: Host, sending: Sending, sent: () => void, failed: (error: Error) => void) {
    this.#host = host
    this.#sending = sending
    this.#body = bodyOf(sending.message)
    this.#sent = sent
    this.#failed = failed
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
    if (this.#again) return this.#sent()
    const mail = this.#mail as Outgoing
    if (mail.dedupe === undefined) this.#host.handOver({ ...mail, sentAt: committed.at })
    else if (!committed.duplicates) this.#host.reload(mail.shard)
    else if (!committed.duplicates.includes(mail.dedupe))
      this.#host.handOver({ ...mail, sentAt: committed.at })
    this.#sent()
  }
  discarded() {}
  rejected(error: Error) {
    const { kind, key, type } = this.#sending.message
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
}
