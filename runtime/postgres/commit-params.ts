import { boolArray, int4Array, int8Array, textArray } from '../../db/binary.ts'
import { CommitRejected, reasonOf } from '../errors.ts'
import type { Commit, StateWrite } from '../ports.ts'
import { entryText, envelopeText } from './texts.ts'

/** A commit as the parameters of `commit_group`, in its order. One that can't be written down is refused. */
export function commitParams(commit: Commit, fence: string | null): unknown[] {
  try {
    return paramsOf(commit, fence)
  } catch (error) {
    throw new CommitRejected(reasonOf(error), { cause: error })
  }
}

function paramsOf(commit: Commit, fence: string | null): unknown[] {
  const { changed, fresh, rare } = sortedStates(commit)
  return [
    commit.incarnation,
    commit.group,
    fence,
    ...idsOf(commit.settledMail),
    ...idsOf(commit.settledDeferred),
    textArray(changed, ({ kind }) => kind),
    textArray(changed, ({ key }) => key),
    int8Array(changed, ({ was }) => was),
    int8Array(changed, ({ turn }) => turn),
    textArray(changed, ({ state }) => state),
    boolArray(changed, ({ parked }) => parked),
    textArray(fresh, ({ kind }) => kind),
    textArray(fresh, ({ key }) => key),
    int4Array(fresh, ({ shard }) => shard),
    int8Array(fresh, ({ turn }) => turn),
    textArray(fresh, ({ state }) => state),
    boolArray(fresh, ({ parked }) => parked),
    ...mailParams(commit),
    historyText(commit),
    rare,
  ]
}

function idsOf(ids: Commit['settledMail']): [Buffer, Buffer] {
  return [int4Array(ids, ({ lane }) => lane), int8Array(ids, ({ seq }) => seq)]
}

function mailParams({ mail }: Commit): Buffer[] {
  return [
    int8Array(mail, ({ seq }) => seq),
    int4Array(mail, ({ shard }) => shard),
    textArray(mail, ({ kind }) => kind),
    textArray(mail, ({ key }) => key),
    textArray(mail, ({ type }) => type),
    textArray(mail, ({ body }) => body),
    textArray(mail, envelopeText),
  ]
}

/** All turns of the group as one JSON array. */
function historyText({ history }: Commit): string | null {
  return history.length === 0 ? null : `[${history.map(entryText).join(',')}]`
}

function sortedStates(commit: Commit) {
  const generic = commit.states.filter(({ table }) => table === undefined)
  const own = commit.states.filter(({ table }) => table !== undefined)
  return {
    changed: generic.filter(({ was, state }) => was > 0 && state !== null),
    fresh: generic.filter(({ was, state }) => was === 0 && state !== null),
    rare: rareParts(commit, generic.filter(isEnd), own),
  }
}

function isEnd({ was, state }: StateWrite): boolean {
  return was > 0 && state === null
}

/** What only few groups have, as one JSON text; null for the common ones. */
function rareParts(commit: Commit, ended: readonly StateWrite[], own: readonly StateWrite[]): string | null {
  const dedupe = commit.mail.flatMap((mail) => mail.dedupe ?? [])
  const parts = {
    ended: ended.map(({ kind, key, was }) => ({ kind, key, was })),
    own: ownTables(commit, own),
    cancelled: commit.cancelled,
    deferred: commit.deferred,
    resumed: commit.resumed,
    dead: commit.dead,
    answered: commit.answered,
    posted: commit.posted,
    revived: commit.revived,
    dedupe,
  }
  const filled = Object.entries(parts).filter(([, rows]) => rows.length > 0)
  if (filled.length === 0 && commit.suspect === undefined) return null
  return JSON.stringify({
    ...Object.fromEntries(filled),
    ...(commit.suspect !== undefined && { suspect: commit.suspect }),
  })
}

function ownTables({ incarnation, group }: Commit, own: readonly StateWrite[]) {
  const past = { past_lane: incarnation, past_group: group }
  return [...Map.groupBy(own, ({ table }) => table)].map(([table, writes]) => ({
    table,
    ended: writes.filter(isEnd).map(({ kind, key, was }) => ({ kind, key, was })),
    changed: writes
      .filter(({ was, state }) => was > 0 && state !== null)
      .map((write) => ({ was: write.was, row: { ...rowOf(write), ...past } })),
    fresh: writes
      .filter(({ was, state }) => was === 0 && state !== null)
      .map((write) => ({ ...rowOf(write), ...past })),
  }))
}

function rowOf({ kind, key, shard, turn, state, parked, columns }: StateWrite) {
  return { ...columns, kind, key, shard, turn, parked, state: JSON.parse(state as string) }
}
