import type { OffloadCall, TimerSet } from '../context.ts'
import type { Kind } from '../definition.ts'
import { silent } from '../log.ts'
import type { Message } from '../message.ts'
import { bodyOf } from '../outgoing.ts'
import { runTurn } from '../turn.ts'

export interface RehearsalOptions {
  readonly now?: number
  readonly sender?: string | null
  readonly attempt?: number
  readonly seed?: number
  /** Answers `ctx.sql`. */
  readonly sql?: (text: string, params?: readonly unknown[]) => Promise<Record<string, unknown>[]>
  /** Other kinds, so that what is sent to them is checked. */
  readonly kinds?: readonly Kind[]
}

/** What one turn came to. */
export interface Rehearsal<Reply> {
  readonly state: unknown
  readonly reply: Reply
  readonly sent: readonly Message[]
  readonly timers: readonly TimerSet[]
  readonly published: readonly { readonly type: string }[]
  readonly offloads: readonly OffloadCall[]
  readonly stopped: boolean
}

/**
 * Runs one turn without database or network: the state it starts from, a message, and what comes of
 * it. A turn that fails rejects with what its sender would be told.
 */
export async function rehearse<Reply>(
  kind: Kind,
  message: Message<Reply>,
  state?: unknown,
  options: RehearsalOptions = {},
): Promise<Rehearsal<Reply>> {
  const kinds = new Map([kind, ...(options.kinds ?? [])].map((known) => [known.name, known]))
  const end = await runTurn({
    kind,
    kinds,
    key: message.key,
    self: kind.at(message.key),
    type: message.type,
    body: bodyOf(message),
    state: state === undefined ? null : JSON.stringify(state),
    sender: options.sender ?? null,
    trace: '',
    attempt: options.attempt ?? 1,
    now: options.now ?? 0,
    seed: options.seed ?? 1,
    log: silent,
    sql: options.sql ?? null,
  })
  if (!end.ok) throw end.error
  const { sends, timers, events, offloads, stopped } = end.effects
  return {
    state: stopped ? undefined : JSON.parse(end.state),
    reply: end.reply as Reply,
    sent: sends.map((send) => send.message),
    timers,
    published: events,
    offloads,
    stopped,
  }
}
