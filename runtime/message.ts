/** What travels between actors, and the forms it is stored in. */

/** A message as a value: what a typed reference makes and what tests compare. `Reply` exists in types only. */
export interface Message<Reply = unknown> {
  readonly kind: string
  readonly key: string
  readonly type: string
  readonly input?: unknown
  readonly [replyType]?: Reply
}
declare const replyType: unique symbol

/** The address of an actor as one string, for logs, maps and the wire. */
export function addressOf(target: { kind: string; key: string }): string {
  return `${target.kind}/${target.key}`
}

/** Splits an address at its first slash; keys may hold further ones. */
export function parseAddress(address: string): { kind: string; key: string } {
  const slash = address.indexOf('/')
  return { kind: address.slice(0, slash), key: address.slice(slash + 1) }
}

/** A message's identity: the lane of the node that sent it, and its place there. */
export interface MailId {
  readonly lane: number
  readonly seq: number
}

/** Where the answer of an ask goes: to the letterbox of the asking node. */
export interface ReplyTo {
  readonly node: number
  readonly ask: number
}

/** What only few messages carry. Kept apart, so that the common ones stay small. */
export interface Rare {
  /** Higher runs first; 0 where absent. */
  readonly priority?: number
  /** Not before this time (epoch ms). */
  readonly due?: number
  readonly replyTo?: ReplyTo
  readonly requestId?: string
  /** Nobody waits for it after this time. */
  readonly deadline?: number
  /** How many processes died while this message ran alone. */
  readonly crashes?: number
  /** A dead letter that was sent again: what was tried before stays counted. */
  readonly redrives?: { readonly count: number; readonly attempts: readonly Attempt[] }
  /** A request answered by a node's letterbox instead of an actor. */
  readonly answer?: Answer
  /** Work for the pool: the message is handled with its result as input. */
  readonly offload?: { readonly task: string; readonly input: unknown }
}

/** What of it still holds when a message is sent again by hand, however late. */
export type Lasting = Pick<Rare, 'priority' | 'requestId' | 'offload'>

export function lastingOf(rare: Rare | null): Lasting | null {
  const { priority, requestId, offload } = rare ?? {}
  if (priority === undefined && requestId === undefined && offload === undefined) return null
  return {
    ...(priority !== undefined && { priority }),
    ...(requestId !== undefined && { requestId }),
    ...(offload !== undefined && { offload }),
  }
}

/** How an ask ended, in the form that travels and is kept for repeated requests. */
export type Answer =
  | { readonly ok: true; readonly value?: unknown }
  | {
      readonly ok: false
      readonly error: 'refused'
      readonly code: string
      readonly message: string
      readonly detail?: unknown
    }
  | { readonly ok: false; readonly error: 'failed'; readonly message: string }
  | { readonly ok: false; readonly error: 'unavailable'; readonly message: string }

/** One stored message. */
export interface Mail extends MailId {
  /** The slice of keys its receiver belongs to; negative: the letterbox of that incarnation. */
  readonly shard: number
  readonly kind: string
  readonly key: string
  readonly type: string
  /** The input as JSON text; 'null' where there is none. */
  readonly body: string
  /** The sending actor's address, a name given by an outside caller, or null. */
  readonly sender: string | null
  /** The sender's own turn number; 0 from outside. */
  readonly senderTurn: number
  /** W3C traceparent. */
  readonly trace: string
  /** When its commit ran, on the database's clock. */
  readonly sentAt: number
  readonly rare: Rare | null
}

export type DeferredReason = 'delay' | 'retry' | 'timer' | 'offload' | 'parked' | 'priority'

/** What a timer that has a name waits for: its time, or another attempt. */
export const timerReasons = ['timer', 'retry'] as const satisfies readonly DeferredReason[]

/** What there is one of: a timer of an actor that waits for this reason. */
export function timerOf(
  { kind, key }: { kind: string; key: string },
  name: string,
  reason: DeferredReason,
): string {
  return `${kind}/${key}\n${name}\n${reason}`
}

/** One failed attempt at a message. */
export interface Attempt {
  readonly at: number
  readonly reason: string
  readonly stack?: string
}

/** A message that was put off: it waits for its time outside the mail table. */
export interface Deferred extends Mail {
  readonly due: number
  readonly reason: DeferredReason
  /** A timer's name: one per actor waits for its time, and one for another attempt. */
  readonly name: string | null
  /** For a timer that repeats: its cron pattern or its interval in ms. */
  readonly repeat: string | null
  readonly attempts: readonly Attempt[]
}

/** A message that nobody will run again unless it is redriven. */
export interface DeadLetter {
  readonly id: number
  readonly at: number
  readonly kind: string
  readonly key: string
  readonly type: string
  readonly body: string
  readonly sender: string | null
  readonly senderTurn: number
  readonly trace: string
  readonly cause:
    | 'failed'
    | 'refused'
    | 'mailbox_full'
    | 'unknown_kind'
    | 'unknown_message'
    | 'bad_message'
    | 'killed_process'
    | 'hung'
  readonly reason: string
  /** Never forgotten: a redriven message goes on counting. */
  readonly attempts: readonly Attempt[]
  readonly redriven: number
  /** For an offload, the task and its input are here, and the body is empty. */
  readonly rare: Lasting | null
}

/** The runtime's own message: a parked actor goes on. Its owner handles it without a turn. */
export const resumeType = '$resume'

const keyMax = 256

/** Keys are stored, compared and indexed as text: empty, endless or broken ones are refused where they arise. */
export function checkKey(key: string): void {
  const reason =
    key === ''
      ? 'it is empty'
      : key.length > keyMax
        ? `it is longer than ${keyMax} characters`
        : key.includes('\0') || !key.isWellFormed()
          ? 'it holds a character that is none'
          : null
  if (reason !== null) throw new TypeError(`'${key.slice(0, 40)}' can't be an actor's key: ${reason}`)
}
