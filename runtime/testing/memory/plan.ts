/** What a commit asks for, held against what is there: the checks that make it all or nothing. */
import { CommitRejected, Fenced } from '#runtime/errors.ts'
import { type DeadLetter, type Deferred, type Mail, timerOf, timerReasons } from '#runtime/message.ts'
import type { Commit, Outgoing, PostedRow, StateWrite } from '#runtime/ports.ts'
import { checkJsonb, checkStorable } from './jsonb.ts'
import { liveRow } from './membership.ts'
import { idOf, type IncarnationRow, type MemoryTables } from './tables.ts'

/** The rows that a commit found, and what it will insert. */
export interface Plan {
  readonly incarnation: IncarnationRow
  readonly settledMail: readonly Mail[]
  readonly settledDeferred: readonly Deferred[]
  readonly cancelled: readonly Deferred[]
  readonly posted: readonly PostedRow[]
  readonly revived: readonly DeadLetter[]
  readonly mail: readonly Outgoing[]
  readonly duplicates: readonly string[]
}

/** Finds and checks everything, and changes nothing. */
export function planned(tables: MemoryTables, group: Commit): Plan {
  const incarnation = fenced(tables, group)
  const settledMail = allOf('mail', group.settledMail, idOf, (id) => tables.findMail(id))
  const settledDeferred = allOf('deferred', group.settledDeferred, idOf, (id) =>
    tables.deferred.get(idOf(id)),
  )
  const cancelled = cancelledTimers(tables, group, new Set(settledDeferred))
  const posted = allOf('posted', group.posted, String, (id) => tables.posted.get(id))
  const revived = allOf('dead_letter', group.revived, String, (id) => tables.dead.get(id))
  checkStates(tables, group.states)
  checkDeferred(tables, group.deferred, new Set([...settledDeferred, ...cancelled]))
  checkAnswers(tables, group)
  for (const { rare } of group.dead) checkStorable(rare)
  const { mail, duplicates } = withoutDuplicates(tables, group.mail)
  checkMail(tables, mail)
  return { incarnation, settledMail, settledDeferred, cancelled, posted, revived, mail, duplicates }
}

function fenced(tables: MemoryTables, { incarnation, group }: Commit): IncarnationRow {
  const row = liveRow(tables, incarnation)
  if (group === row.group + 1) return row
  throw new Fenced(`incarnation ${incarnation} can't commit group ${group}: the last one was ${row.group}`)
}

/** The rows of all `ids`: each must be there, and may be named only once. */
function allOf<Id, Row>(
  table: string,
  ids: readonly Id[],
  name: (id: Id) => string,
  find: (id: Id) => Row | undefined,
): Row[] {
  const rows = ids.map((id) => find(id) ?? reject(`${table} ${name(id)} is not there`))
  if (new Set(rows).size < rows.length) reject(`a row of ${table} is settled twice`)
  return rows
}

/** Whether they wait for their time or for another attempt. */
function cancelledTimers(tables: MemoryTables, group: Commit, settled: ReadonlySet<Deferred>): Deferred[] {
  const rows = group.cancelled.flatMap((timer) =>
    timerReasons.map((reason) =>
      tables.deferred.get(tables.timers.get(timerOf(timer, timer.name, reason)) ?? ''),
    ),
  )
  return rows.filter((row): row is Deferred => row !== undefined && !settled.has(row))
}

function checkStates(tables: MemoryTables, states: readonly StateWrite[]): void {
  const written = new Set<string>()
  for (const { table, kind, key, was, state } of states) {
    const address = `${kind}/${key}`
    const turn = tables.actorsIn(table).get(address)?.turn ?? 0
    if (turn !== was) reject(`${address} is at turn ${turn}, not ${was}`)
    if (written.has(address)) reject(`${address} is written twice`)
    written.add(address)
    if (state !== null) checkJsonb(state)
  }
}

function checkDeferred(
  tables: MemoryTables,
  inserted: readonly Deferred[],
  gone: ReadonlySet<Deferred>,
): void {
  const taken = new Set<string>()
  for (const row of inserted) {
    const timer = row.name === null ? null : timerOf(row, row.name, row.reason)
    const sameId = tables.deferred.get(idOf(row))
    const sameTimer = timer === null ? undefined : tables.deferred.get(tables.timers.get(timer) ?? '')
    if ((sameId && !gone.has(sameId)) || taken.has(idOf(row)))
      reject(`deferred ${idOf(row)} is there already`)
    if (timer !== null && ((sameTimer && !gone.has(sameTimer)) || taken.has(timer)))
      reject(`the timer ${row.name} of ${row.kind}/${row.key} is put off already (${row.reason})`)
    taken.add(idOf(row))
    if (timer !== null) taken.add(timer)
    checkStorable(row.rare)
  }
}

function checkAnswers(tables: MemoryTables, { answered }: Commit): void {
  const taken = new Set<string>()
  for (const { requestId, answer } of answered) {
    if (tables.answers.has(requestId) || taken.has(requestId))
      reject(`request ${requestId} is answered already`)
    taken.add(requestId)
    checkJsonb(answer)
  }
}

function withoutDuplicates(
  tables: MemoryTables,
  outgoing: readonly Outgoing[],
): Pick<Plan, 'mail' | 'duplicates'> {
  if (!outgoing.some(({ dedupe }) => dedupe !== undefined)) return { mail: outgoing, duplicates: [] }
  const duplicates: string[] = []
  const taken = new Set<string>()
  const mail = outgoing.filter(({ dedupe }) => {
    if (dedupe === undefined) return true
    const known = tables.dedupe.has(dedupe) || taken.has(dedupe)
    if (known) duplicates.push(dedupe)
    taken.add(dedupe)
    return !known
  })
  return { mail, duplicates }
}

function checkMail(tables: MemoryTables, mail: readonly Mail[]): void {
  const taken = new Set<number>()
  for (const row of mail) {
    if (tables.findMail(row) || taken.has(row.seq)) reject(`mail ${idOf(row)} is there already`)
    taken.add(row.seq)
  }
}

function reject(reason: string): never {
  throw new CommitRejected(reason)
}
