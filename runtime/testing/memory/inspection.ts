/** What developers ask about, and the housekeeping that lets go of what is old. */
import type { DeadLetter } from '#runtime/message.ts'
import type { Health, Inspection, Store } from '#runtime/ports.ts'
import { shardOf } from '#runtime/address.ts'
import type { KeptHistoryRow, MemoryTables } from './tables.ts'
import { removeMail } from './membership.ts'

type Input<Name extends keyof Store> = Parameters<Store[Name]>[0]
interface Address {
  readonly kind: string
  readonly key: string
}

export function readDead(
  tables: MemoryTables,
  { ids, kind, key, type, cause, after = 0, limit }: Input<'readDead'>,
): DeadLetter[] {
  const wanted = (row: DeadLetter): boolean =>
    row.id > after &&
    (ids?.includes(row.id) ?? true) &&
    row.kind === (kind ?? row.kind) &&
    row.key === (key ?? row.key) &&
    row.type === (type ?? row.type) &&
    row.cause === (cause ?? row.cause)
  return [...tables.dead.values()].filter(wanted).slice(0, limit)
}

export function readHistory(
  tables: MemoryTables,
  { kind, key, fromTurn = 0, limit }: Input<'readHistory'>,
): KeptHistoryRow[] {
  const rows = tables.history.get(`${kind}/${key}`) ?? []
  return rows.filter(({ turn }) => turn >= fromTurn).slice(-limit)
}

export function inspect(tables: MemoryTables, address: Input<'inspect'>): Inspection {
  const shard = shardOf(address.kind, address.key, tables.shards.length)
  const actor = tables.actorsIn(address.table).get(`${address.kind}/${address.key}`)
  const waiting = [...tables.everyMail()].filter((mail) => mail.shard === shard && isFor(address, mail))
  const deferred = [...tables.deferred.values()]
    .filter((row) => isFor(address, row))
    .sort((a, b) => a.due - b.due)
  return {
    exists: actor !== undefined,
    turn: actor?.turn ?? 0,
    parked: actor?.parked ?? false,
    stateBytes: Buffer.byteLength(actor?.state ?? ''),
    shard,
    owner: ownerOf(tables, shard),
    waiting: waiting.length,
    oldestSentAt: waiting.length === 0 ? null : Math.min(...waiting.map(({ sentAt }) => sentAt)),
    deferred: deferred.map(({ reason, type, due, name, attempts, sender }) => {
      return {
        reason,
        type,
        due,
        name,
        attempts: attempts.length,
        lastFailure: attempts.at(-1)?.reason ?? null,
        sender,
      }
    }),
    dead: [...tables.dead.values()].filter((row) => isFor(address, row)).length,
  }
}

/** What there is in all; a memory database has no transactions that could be long. */
export function health(tables: MemoryTables, _input: Input<'health'>): Health {
  const now = tables.now()
  const parked = [...tables.actorsIn().values()].filter((row) => row.parked)
  const waiting = [...tables.deferred.values()].filter(({ reason }) => reason === 'parked')
  return {
    nodes: [...tables.incarnations.values()].filter(({ retired, leaseUntil }) => !retired && leaseUntil > now)
      .length,
    shards: tables.shards.length,
    freeShards: tables.shards.filter(({ owner }) => owner === null).length,
    deadLetters: tables.dead.size,
    parked: new Set([...parked, ...waiting].map(({ kind, key }) => `${kind}/${key}`)).size,
    historyDefaultRows: false,
    transactions: [],
  }
}

/** Forgets what is older than its time, letters to nobody, and who retired long ago. */
export function tidy(tables: MemoryTables, { historyMs, answersMs }: Input<'tidy'>): void {
  const now = tables.now()
  for (const [address, rows] of tables.history) {
    tables.history.set(
      address,
      rows.filter(({ at }) => at >= now - historyMs),
    )
  }
  for (const [id, { at }] of tables.answers) if (at < now - answersMs) tables.answers.delete(id)
  for (const [key, at] of tables.dedupe) if (at < now - answersMs) tables.dedupe.delete(key)
  for (const letter of tables.everyMail()) {
    if (letter.shard < 0 && (tables.incarnations.get(-letter.shard)?.retired ?? true))
      removeMail(tables, letter)
  }
  for (const { id, retired, leaseUntil } of tables.incarnations.values()) {
    if (retired && leaseUntil < now - answersMs) tables.incarnations.delete(id)
  }
}

function ownerOf(tables: MemoryTables, shard: number): Inspection['owner'] {
  const row = tables.incarnations.get(tables.shards[shard]?.owner ?? 0)
  return row ? { incarnation: row.id, name: row.name, leaseUntil: row.leaseUntil } : null
}

function isFor(address: Address, row: Address): boolean {
  return row.kind === address.kind && row.key === address.key
}
