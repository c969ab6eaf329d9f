/**
 * The class of an error says who acts on it. Anything that is none of these is a bug: it is
 * retried a few times and then parked as a dead letter.
 */

export type RefusalCode =
  | 'unknown_kind'
  | 'unknown_message'
  | 'bad_message'
  | 'mailbox_full'
  | 'parked'
  | 'stopping'
  | 'not_allowed'
  | 'refused'

/** The sender asked for something that can never work. Never retried; the message is shown to the sender. */
export class Refused extends Error {
  override readonly name = 'Refused'
  readonly code: RefusalCode
  /** What the message's `error` schema declares, where the handler gave it. */
  readonly detail: unknown

  constructor(code: RefusalCode, message: string, detail?: unknown) {
    super(message)
    this.code = code
    this.detail = detail
  }
}

/** The world was not ready: a lost connection, a lease taken over. Nothing happened; retried with backoff. */
export class Unavailable extends Error {
  override readonly name = 'Unavailable'
}

/** Nobody can tell whether it happened. The caller asks again with the same request id, or looks. */
export class OutcomeUnknown extends Error {
  override readonly name = 'OutcomeUnknown'
}

/** The handler has a bug. Nothing was changed; actor, message and cause are named. */
export class HandlerFailed extends Error {
  override readonly name = 'HandlerFailed'
  readonly actor: string
  readonly type: string
  /** The cause alone. */
  readonly reason: string

  constructor(actor: string, type: string, reason: string, options?: ErrorOptions) {
    super(`${actor} failed on '${type}': ${reason}`, options)
    this.actor = actor
    this.type = type
    this.reason = reason
  }
}

/** The node's incarnation was retired by a successor: whatever it still holds in memory is void. */
export class Fenced extends Error {
  override readonly name = 'Fenced'
}

/** Postgres refused the content of a commit. The turn that caused it is found by bisection. */
export class CommitRejected extends Error {
  override readonly name = 'CommitRejected'
}

/** A readable reason, whatever was thrown, in characters that can be stored. */
export function reasonOf(error: unknown): string {
  return storable(error instanceof Error ? error.message : String(error))
}

/** Postgres takes neither NUL nor half a character. */
export function storable(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\ufffd')
}
