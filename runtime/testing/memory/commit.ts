/** A group's commit: first everything is checked, then everything is done. */
import type { Deferred, Mail } from '#runtime/message.ts'
import type { Commit, Committed } from '#runtime/ports.ts'
import { removeMail } from './membership.ts'
import { type Plan, planned } from './plan.ts'
import type { MemoryTables } from './tables.ts'

export function commit(tables: MemoryTables, group: Commit): Committed {
  const plan = planned(tables, group)
  const at = tables.now()
  remove(tables, plan)
  writeStates(tables, group)
  const mail = insertMail(tables, plan, at)
  resume(tables, group, at)
  for (const row of group.deferred) tables.putDeferred({ ...row, sentAt: row.sentAt || at })
  for (const row of group.dead) bury(tables, row, at)
  for (const { requestId, answer } of group.answered) tables.answers.set(requestId, { answer, at })
  keepHistory(tables, group, at)
  Object.assign(plan.incarnation, { group: group.group, suspect: group.suspect })
  const { settledMail, settledDeferred, cancelled, posted } = plan
  tables.record({
    what: 'committed',
    at,
    commit: group,
    settledMail,
    settledDeferred,
    cancelled,
    posted,
    mail,
  })
  return { at, duplicates: plan.duplicates }
}

function remove(
  tables: MemoryTables,
  { settledMail, settledDeferred, cancelled, posted, revived }: Plan,
): void {
  for (const row of settledMail) removeMail(tables, row)
  for (const row of settledDeferred) tables.removeDeferred(row)
  for (const row of cancelled) tables.removeDeferred(row)
  for (const { id } of posted) tables.posted.delete(id)
  for (const { id } of revived) tables.dead.delete(id)
}

function writeStates(tables: MemoryTables, { states }: Commit): void {
  for (const { table, kind, key, shard, turn, state, parked, columns = {} } of states) {
    const actors = tables.actorsIn(table)
    if (state === null) actors.delete(`${kind}/${key}`)
    else actors.set(`${kind}/${key}`, { kind, key, shard, turn, state, parked, columns })
  }
}

function insertMail(tables: MemoryTables, { mail }: Plan, at: number): Mail[] {
  return mail.map(({ dedupe, ...row }) => {
    if (dedupe !== undefined) tables.dedupe.set(dedupe, at)
    const inserted = { ...row, sentAt: at }
    tables.putMail(inserted)
    return inserted
  })
}

/** A resumed actor's mail goes back to where it came from; its repeating timers ring, and go on. */
function resume(tables: MemoryTables, { resumed }: Commit, at: number): void {
  for (const { kind, key, table } of resumed) {
    const actors = tables.actorsIn(table)
    const row = actors.get(`${kind}/${key}`)
    if (row) actors.set(`${kind}/${key}`, { ...row, parked: false })
    for (const deferred of tables.deferred.values()) {
      if (deferred.reason !== 'parked' || deferred.kind !== kind || deferred.key !== key) continue
      tables.removeDeferred(deferred)
      if (deferred.repeat === null) tables.putMail(mailOf(deferred))
      else tables.putDeferred({ ...deferred, reason: 'timer', due: at })
    }
  }
}

function mailOf({
  due: _due,
  reason: _reason,
  name: _name,
  repeat: _repeat,
  attempts,
  ...mail
}: Deferred): Mail {
  if (attempts.length === 0) return mail
  const { count = 0, attempts: before = [] } = mail.rare?.redrives ?? {}
  return { ...mail, rare: { ...mail.rare, redrives: { count, attempts: [...before, ...attempts] } } }
}

function bury(tables: MemoryTables, draft: Commit['dead'][number], at: number): void {
  const id = tables.nextId('dead_letter')
  tables.dead.set(id, { ...draft, id, at })
}

function keepHistory(tables: MemoryTables, { history }: Commit, at: number): void {
  for (const row of history) {
    const address = `${row.kind}/${row.key}`
    const rows = tables.history.get(address)
    if (rows) rows.push({ ...row, at })
    else tables.history.set(address, [{ ...row, at }])
  }
}
