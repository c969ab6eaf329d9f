import { shardOf } from './address.ts'
import type { Send } from './context.ts'
import type { Answer, MailId, Message, Rare, ReplyTo } from './message.ts'
import type { Outgoing } from './ports.ts'

/** The JSON text a message's input is stored as. */
export function bodyOf(message: Message): string {
  return message.input === undefined ? 'null' : JSON.stringify(message.input)
}

export interface Origin {
  readonly sender: string | null
  readonly senderTurn: number
  readonly trace: string
}

/** The mail that carries a message. */
export function outgoing(
  id: MailId,
  message: Message,
  body: string,
  origin: Origin,
  shards: number,
  rare: Rare | null,
): Outgoing {
  return {
    shard: shardOf(message.kind, message.key, shards),
    lane: id.lane,
    seq: id.seq,
    kind: message.kind,
    key: message.key,
    type: message.type,
    body,
    sender: origin.sender,
    senderTurn: origin.senderTurn,
    trace: origin.trace,
    sentAt: 0,
    rare,
  }
}

/** What only few messages carry; null for the common ones. */
export function rareOf(send: Send, now: number): Rare | null {
  if (send.delayMs === 0 && send.priority === 0) return null
  return {
    ...(send.delayMs > 0 && { due: now + send.delayMs }),
    ...(send.priority !== 0 && { priority: send.priority }),
  }
}

/** The mail that carries an answer to the letterbox of the node that asked. */
export function answerMail(id: MailId, to: ReplyTo, answer: Answer, trace: string): Outgoing {
  return {
    shard: -to.node,
    lane: id.lane,
    seq: id.seq,
    kind: '',
    key: String(to.ask),
    type: '',
    body: 'null',
    sender: null,
    senderTurn: 0,
    trace,
    sentAt: 0,
    rare: { answer },
  }
}
