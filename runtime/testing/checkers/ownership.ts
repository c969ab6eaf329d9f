/** A shard has one owner at a time, and nobody else writes what belongs to it. */
import type { CommitRecord, MemoryTables, Transition } from '#runtime/testing/memory/tables.ts'
import type { Checker, Report } from './checkers.ts'

export function ownershipChecker(_tables: MemoryTables, report: Report): Checker {
  const owners = new Map<number, number>()
  return {
    observe(transition: Transition) {
      if (transition.what === 'taken') take(owners, transition, report)
      else if (transition.what === 'released') for (const shard of transition.shards) owners.delete(shard)
      else if (transition.what === 'retired') freeAll(owners, transition.incarnation)
      else if (transition.what === 'committed') checkCommit(owners, transition, report)
    },
    finish() {},
  }
}

function take(
  owners: Map<number, number>,
  { incarnation, shards }: { incarnation: number; shards: readonly number[] },
  report: Report,
): void {
  for (const shard of shards) {
    const owner = owners.get(shard)
    if (owner !== undefined)
      report({ rule: 'one owner', actor: null, what: `${incarnation} took shard ${shard} from ${owner}` })
    owners.set(shard, incarnation)
  }
}

function freeAll(owners: Map<number, number>, incarnation: number): void {
  for (const [shard, owner] of owners) if (owner === incarnation) owners.delete(shard)
}

function checkCommit(owners: ReadonlyMap<number, number>, record: CommitRecord, report: Report): void {
  const { incarnation, group, states, deferred } = record.commit
  const check = (what: string, { kind, key, shard }: { kind: string; key: string; shard: number }): void => {
    const owner = shard < 0 ? -shard : owners.get(shard)
    if (owner === incarnation) return
    const actor = `${kind}/${key}`
    report({
      rule: 'one owner',
      actor,
      what: `${incarnation} ${what} of ${actor} in group ${group}, but ${owner ?? 'nobody'} owns shard ${shard}`,
    })
  }
  for (const row of states) check('wrote the state', row)
  for (const row of record.settledMail) check('settled mail', row)
  for (const row of record.settledDeferred) check('settled put-off mail', row)
  for (const row of deferred) check('put off mail', row)
}
