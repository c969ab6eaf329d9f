/** Incarnations, their leases and their shards. */
import { Fenced } from '#runtime/errors.ts'
import type { Mail } from '#runtime/message.ts'
import type { Position, Store, Sweep } from '#runtime/ports.ts'
import { positionIn } from './reading.ts'
import { idOf, type IncarnationRow, type MemoryTables } from './tables.ts'

type Input<Name extends keyof Store> = Parameters<Store[Name]>[0]
type Output<Name extends keyof Store> = Awaited<ReturnType<Store[Name]>>

export function join(tables: MemoryTables, { name, leaseMs }: Input<'join'>): Output<'join'> {
  const now = tables.now()
  const id = tables.nextId('incarnation')
  const row = {
    id,
    name,
    leaseUntil: now + leaseMs,
    group: 0,
    draining: false,
    retired: false,
    suspect: null,
  }
  tables.incarnations.set(id, row)
  tables.record({ what: 'joined', incarnation: id, name })
  return { incarnation: id, shards: tables.shards.length, now }
}

export function sweep(
  tables: MemoryTables,
  { incarnation, leaseMs, draining, after }: Input<'sweep'>,
): Sweep {
  const now = tables.now()
  const own = tables.incarnations.get(incarnation)
  if (own && !own.retired) Object.assign(own, { leaseUntil: now + leaseMs, draining })
  const live = [...tables.incarnations.values()].filter((row) => !row.retired)
  return {
    now,
    retired: !own || own.retired,
    nodes: live.map((row) => ({
      incarnation: row.id,
      name: row.name,
      draining: row.draining,
    })),
    owned: ownedBy(tables, incarnation),
    free: tables.shards.filter((shard) => shard.owner === null).length,
    expired: live.some((row) => row.leaseUntil < now),
    mail: hasMail(tables, incarnation, after),
    posted: [...tables.posted.values()].some((row) => tables.shards[row.shard]?.owner === incarnation),
  }
}

export function takeShards(tables: MemoryTables, { incarnation, atMost }: Input<'takeShards'>): number[] {
  liveRow(tables, incarnation)
  const taken: number[] = []
  for (const [id, shard] of tables.shards.entries()) {
    if (taken.length >= atMost) break
    if (shard.owner !== null) continue
    shard.owner = incarnation
    taken.push(id)
  }
  tables.record({ what: 'taken', incarnation, shards: taken })
  return taken
}

export function releaseShards(tables: MemoryTables, { incarnation, shards }: Input<'releaseShards'>): void {
  liveRow(tables, incarnation)
  const released = shards.filter((id) => tables.shards[id]?.owner === incarnation)
  free(tables, released, false)
  tables.record({ what: 'released', incarnation, shards: released })
}

export function retireExpired(tables: MemoryTables, _input: Input<'retireExpired'>): number[] {
  const now = tables.now()
  const expired = [...tables.incarnations.values()].filter((row) => !row.retired && row.leaseUntil < now)
  for (const row of expired) {
    countCrash(tables, row)
    retire(tables, row, true)
  }
  return expired.map((row) => row.id)
}

export function leave(tables: MemoryTables, { incarnation }: Input<'leave'>): void {
  const row = tables.incarnations.get(incarnation)
  if (row && !row.retired) retire(tables, row, false)
}

/**
 * A group that was not committed is skipped for good: the number moves past it, so that a late commit
 * of it is out of turn, and asking again gives the same answer.
 */
export function resolve(tables: MemoryTables, { incarnation, group }: Input<'resolve'>): Output<'resolve'> {
  const row = liveRow(tables, incarnation)
  const committed = row.group === group
  if (row.group < group) row.group = group + 1
  return { committed, group: row.group }
}

function hasMail(tables: MemoryTables, incarnation: number, after: readonly Position[]): boolean {
  for (const [lane, rows] of tables.mail) {
    if (lane === incarnation) continue
    const position = positionIn(after, lane)
    for (const { seq, shard } of rows.values()) {
      const own = shard === -incarnation || tables.shards[shard]?.owner === incarnation
      if (own && seq > position) return true
    }
  }
  return false
}

/** The incarnation's row, or Fenced where it was retired. */
export function liveRow(tables: MemoryTables, incarnation: number): IncarnationRow {
  const row = tables.incarnations.get(incarnation)
  if (!row || row.retired) throw new Fenced(`incarnation ${incarnation} is retired`)
  return row
}

function retire(tables: MemoryTables, row: IncarnationRow, crashed: boolean): void {
  free(tables, ownedBy(tables, row.id), crashed)
  row.retired = true
  row.suspect = null
  const letters = [...tables.everyMail()].filter((mail) => mail.shard === -row.id)
  for (const letter of letters) removeMail(tables, letter)
  tables.record({ what: 'retired', incarnation: row.id, crashed, letters })
}

function ownedBy(tables: MemoryTables, incarnation: number): number[] {
  return [...tables.shards.keys()].filter((id) => tables.shards[id]?.owner === incarnation)
}

function free(tables: MemoryTables, shards: readonly number[], crashed: boolean): void {
  for (const id of shards) {
    const shard = tables.shards[id]
    if (shard) Object.assign(shard, { owner: null, crashed })
  }
}

function countCrash(tables: MemoryTables, { suspect }: IncarnationRow): void {
  if (!suspect) return
  const mail = tables.findMail(suspect)
  if (mail) tables.putMail(crashedOnce(mail))
  const deferred = tables.deferred.get(idOf(suspect))
  if (deferred) tables.putDeferred(crashedOnce(deferred))
}

function crashedOnce<Row extends Mail>(row: Row): Row {
  return { ...row, rare: { ...row.rare, crashes: (row.rare?.crashes ?? 0) + 1 } }
}

export function removeMail(tables: MemoryTables, { lane, seq }: Mail): void {
  tables.mail.get(lane)?.delete(seq)
}
