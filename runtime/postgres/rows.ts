/** Rows as the database gives them, as the values the runtime works with. */
import type { RowOf } from '../../db/statement.ts'
import type {
  health,
  oldestTransactions,
  readDead,
  readDeferred,
  readHistory,
  readMail,
} from '../../db/runtime/statements.ts'
import { type DeadLetter, type Deferred, type Mail, parseAddress, type Rare } from '../message.ts'
import type { Health, HistoryRow, MailRead, Position } from '../ports.ts'

type MailRow = RowOf<typeof readMail>

/** What one read found: see `Store.readMail` for what is cut where. */
export function mailRead(rows: readonly MailRow[], limit: number): MailRead {
  const lanes = [...Map.groupBy(rows, ({ lane }) => lane)].map(([lane, found]) => ({
    lane,
    top: found[0]?.top ?? 0,
    mail: found.flatMap(mailOf),
  }))
  const cut = lanes.filter(({ mail }) => mail.length >= limit)
  const until = Math.min(...cut.map(({ mail }) => mail.at(-1)?.sentAt ?? Number.POSITIVE_INFINITY))
  const read = lanes.map((lane) => ({ ...lane, mail: lane.mail.filter(({ sentAt }) => sentAt <= until) }))
  return {
    mail: read.flatMap(({ mail }) => mail).sort(inOrder),
    positions: read.flatMap((lane, at) =>
      positionOf(lane, lane.mail.length === lanes[at]?.mail.length && !cut.includes(lanes[at] as never)),
    ),
    truncated: cut.length > 0,
  }
}

/** A lane that was read to its end is complete up to its top; another up to the last row given out. */
function positionOf(
  { lane, top, mail }: { lane: number; top: number; mail: readonly Mail[] },
  whole: boolean,
): Position[] {
  if (whole) return [{ lane, seq: top }]
  const last = mail.at(-1)
  return last ? [{ lane, seq: last.seq }] : []
}

function inOrder(a: Mail, b: Mail): number {
  return a.sentAt - b.sentAt || a.lane - b.lane || a.seq - b.seq
}

function mailOf(row: MailRow): Mail[] {
  if (row.seq === null) return []
  const { sender, turn, trace, rare = null } = JSON.parse(row.envelope as string) as Envelope
  return [
    {
      shard: row.shard as number,
      lane: row.lane,
      seq: row.seq,
      kind: row.kind as string,
      key: row.key as string,
      type: row.type as string,
      body: row.body as string,
      sender,
      senderTurn: turn,
      trace,
      sentAt: row.sent_at as number,
      rare,
    },
  ]
}
interface Envelope {
  readonly sender: string | null
  readonly turn: number
  readonly trace: string
  readonly rare?: Rare | null
}

export function deferredOf(row: RowOf<typeof readDeferred>): Deferred {
  const { sender_turn, sent_at, rare, attempts, reason, ...same } = row
  return {
    ...same,
    reason: reason as Deferred['reason'],
    senderTurn: sender_turn,
    sentAt: sent_at,
    attempts: JSON.parse(attempts),
    rare: rare === null ? null : JSON.parse(rare),
  }
}

export function deadOf(row: RowOf<typeof readDead>): DeadLetter {
  const { sender_turn, attempts, cause, rare, ...same } = row
  return {
    ...same,
    cause: cause as DeadLetter['cause'],
    senderTurn: sender_turn,
    attempts: JSON.parse(attempts),
    rare: rare === null ? null : JSON.parse(rare),
  }
}

type HistoryEntry = RowOf<typeof readHistory>
export function historyOf({ at, entry }: HistoryEntry): HistoryRow & { at: number } {
  const told = JSON.parse(entry) as Entry
  const [lane, seq] = told.id.split('-').map(Number) as [number, number]
  return {
    at,
    ...parseAddress(told.actor),
    turn: told.turn,
    past: told.past,
    lane,
    seq,
    type: told.type,
    body: JSON.stringify(told.input),
    sender: told.sender,
    senderTurn: told.senderTurn,
    trace: told.trace,
    patch: textOf(told.patch),
    state: textOf(told.state),
    sends: textOf(told.sends),
    now: told.now,
    codeVersion: told.version,
    replayable: told.replayable ?? true,
    failure: told.failure ?? null,
  }
}
interface Entry {
  readonly actor: string
  readonly turn: number
  readonly past: string | null
  readonly id: string
  readonly type: string
  readonly input: unknown
  readonly sender: string | null
  readonly senderTurn: number
  readonly trace: string
  readonly patch?: unknown
  readonly state?: unknown
  readonly sends?: unknown
  readonly now: number
  readonly version: number
  readonly replayable?: boolean
  readonly failure?: string
}

function textOf(value: unknown): string | null {
  return value === undefined ? null : JSON.stringify(value)
}

export function healthOf(
  row: RowOf<typeof health>,
  transactions: readonly RowOf<typeof oldestTransactions>[],
): Health {
  return {
    nodes: row.nodes,
    shards: row.shards,
    freeShards: row.free_shards,
    deadLetters: row.dead_letters,
    parked: row.parked,
    historyDefaultRows: row.history_default_rows,
    transactions: transactions.map(({ pid, application, usename, state, open_ms, query }) => ({
      pid,
      application,
      user: usename,
      state: state ?? 'unknown',
      openMs: open_ms,
      query,
    })),
  }
}
