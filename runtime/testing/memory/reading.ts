/** Reads of mail across lanes, and of what else a node needs to run its shards. */
import type { Deferred, Mail } from '#runtime/message.ts'
import type { MailRead, Position, PostedRow, ShardLoad, StateRow, Store } from '#runtime/ports.ts'
import type { MemoryTables } from './tables.ts'

type Input<Name extends keyof Store> = Parameters<Store[Name]>[0]

export function readMail(tables: MemoryTables, input: Input<'readMail'>): MailRead {
  return readLanes(tables, input, (lane) => lane !== input.incarnation)
}

export function loadShards(tables: MemoryTables, input: Input<'loadShards'>): ShardLoad {
  const { shards } = input
  const asked = new Set(shards)
  const crashed = shards.filter((id) => tables.shards[id]?.crashed)
  const retries = [...tables.deferred.values()].filter(
    (row) => row.reason === 'retry' && asked.has(row.shard),
  )
  return { ...readLanes(tables, input, () => true), retries: retries.sort(byDue), crashed }
}

export function readDeferred(
  tables: MemoryTables,
  { shards, from, limit }: Input<'readDeferred'>,
): Deferred[] {
  const asked = new Set(shards)
  const rows = [...tables.deferred.values()].filter((row) => row.due >= from && asked.has(row.shard))
  return rows.sort(byDue).slice(0, limit)
}

export function readStates(tables: MemoryTables, { table, actors }: Input<'readStates'>): StateRow[] {
  const rows = actors.map(({ kind, key }) => tables.actorsIn(table).get(`${kind}/${key}`))
  return rows.flatMap((row) =>
    row
      ? [{ kind: row.kind, key: row.key, turn: row.turn, state: row.state, parked: row.parked, past: null }]
      : [],
  )
}

export function readAnswers(
  tables: MemoryTables,
  requestIds: readonly string[],
): { requestId: string; answer: string }[] {
  return requestIds.flatMap((requestId) => {
    const kept = tables.answers.get(requestId)
    return kept ? [{ requestId, answer: kept.answer }] : []
  })
}

export function readPosted(tables: MemoryTables, { shards, limit }: Input<'readPosted'>): PostedRow[] {
  const asked = new Set(shards)
  return [...tables.posted.values()].filter((row) => asked.has(row.shard)).slice(0, limit)
}

interface LaneRows {
  readonly lane: number
  /** Everything in the lane above the reader's position, whoever it is for. */
  readonly visible: readonly Mail[]
  /** What is returned of it, at most as many rows as the limit. */
  readonly rows: readonly Mail[]
  readonly cut: boolean
}

/**
 * A limit cuts a lane behind its last row. Nothing later than the earliest of these rows is returned
 * from any lane, so a sender that moved from lane to lane is never read out of turn.
 */
function readLanes(
  tables: MemoryTables,
  { incarnation: _, shards, after, limit }: Input<'readMail'>,
  wanted: (lane: number) => boolean,
): MailRead {
  const asked = new Set(shards)
  const lanes = [...tables.mail.keys()]
    .filter(wanted)
    .map((lane) => readLane(tables, lane, positionIn(after, lane), asked, limit))
  const ends = lanes.flatMap(({ cut, rows }) => (cut ? [rows.at(-1)?.sentAt ?? 0] : []))
  const until = Math.min(...ends)
  return {
    mail: lanes.flatMap(({ rows }) => rows.filter(({ sentAt }) => sentAt <= until)).sort(byOrder),
    positions: lanes.flatMap((lane) => positionAfter(lane, until)),
    truncated: ends.length > 0,
  }
}

function readLane(
  tables: MemoryTables,
  lane: number,
  position: number,
  asked: ReadonlySet<number>,
  limit: number,
): LaneRows {
  const visible = [...(tables.mail.get(lane)?.values() ?? [])].filter(({ seq }) => seq > position)
  visible.sort((a, b) => a.seq - b.seq)
  const rows = visible.filter(({ shard }) => asked.has(shard)).slice(0, limit)
  return { lane, visible, rows, cut: rows.length === limit }
}

/** The highest number read or passed over; of a cut lane, no further than its last row. */
function positionAfter({ lane, visible, rows, cut }: LaneRows, until: number): Position[] {
  const lastSeq = cut ? (rows.at(-1)?.seq ?? 0) : Number.POSITIVE_INFINITY
  const last = visible.findLast(({ seq, sentAt }) => seq <= lastSeq && sentAt <= until)
  return last ? [{ lane, seq: last.seq }] : []
}

export function positionIn(positions: readonly Position[], lane: number): number {
  return positions.find((position) => position.lane === lane)?.seq ?? 0
}

function byOrder(a: Mail, b: Mail): number {
  return a.sentAt - b.sentAt || a.lane - b.lane || a.seq - b.seq
}

function byDue(a: Deferred, b: Deferred): number {
  return a.due - b.due || a.lane - b.lane || a.seq - b.seq
}
