/** Whether a cluster has done all it had to do, and what is left where it has not. */
import type { Deferred } from '#runtime/message.ts'
import type { MemoryTables } from './memory/tables.ts'
import type { World } from './world.ts'

export interface Settled {
  readonly done: boolean
  /** Up to three things that are left, each with its actor. */
  readonly left: readonly { readonly actor: string | null; readonly what: string }[]
}

/** Delays that end later than this are not waited for. */
const horizonMs = 120_000
const namedMax = 3

export function expectSettled(tables: MemoryTables, { processes }: World): Settled {
  const left: { actor: string | null; what: string }[] = []
  const add = (actor: string | null, what: string): boolean => left.push({ actor, what }) < namedMax
  for (const line of findLeft(tables, processes)) if (!add(line.actor, line.what)) break
  return { done: left.length === 0, left }
}

function* findLeft(tables: MemoryTables, processes: World['processes']) {
  const now = tables.now()
  for (const process of processes)
    if (process.paused) yield { actor: null, what: `${process.name} stands still` }
  const free = tables.shards.findIndex(({ owner }) => owner === null)
  if (free >= 0) yield { actor: null, what: `shard ${free} has no owner` }
  for (const { kind, key, type, lane, seq, shard } of tables.everyMail()) {
    const owner = tables.shards[shard]?.owner
    if (shard >= 0)
      yield {
        actor: `${kind}/${key}`,
        what: `mail ${lane}:${seq} '${type}' to ${kind}/${key} waits; shard ${shard} is ${owner}'s`,
      }
  }
  for (const { kind, key, type } of tables.posted.values())
    yield { actor: `${kind}/${key}`, what: `posted '${type}' to ${kind}/${key} waits` }
  for (const row of tables.deferred.values()) {
    const { kind, key, type, reason, due } = row
    if (isOpen(row, now))
      yield {
        actor: `${kind}/${key}`,
        what: `'${type}' to ${kind}/${key} (${reason}) is due in ${Math.round(due - now)} ms`,
      }
  }
}

/** Timers may wait for their time; what is to be tried again may not. */
function isOpen({ reason, due, repeat }: Deferred, now: number): boolean {
  if (reason === 'parked') return false
  if (due <= now) return true
  return reason !== 'timer' ? due < now + horizonMs : repeat === null && due < now + horizonMs
}
