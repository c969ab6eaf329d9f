/**
 * What one actor sends to another arrives in the order of the sender's turns. A message that fails and
 * is tried again holds back those behind it. Without order: mail with another priority, with a delay,
 * from timers, from outside, and mail that was redriven or put off for anything but another attempt.
 */
import type { HistoryRow } from '#runtime/ports.ts'
import type { Mail } from '#runtime/message.ts'
import {
  type CommitRecord,
  idOf,
  type MemoryTables,
  type Transition,
} from '#runtime/testing/memory/tables.ts'
import type { Checker, Report } from './checkers.ts'

export function orderChecker(_tables: MemoryTables, report: Report): Checker {
  const checker = new OrderChecker(report)
  return {
    observe: (transition) => checker.observe(transition),
    finish() {},
  }
}

class OrderChecker {
  readonly #report: Report
  /** By sender, receiver and priority: what waits, in the order in which it was sent. */
  readonly #lanes = new Map<string, string[]>()
  readonly #laneOf = new Map<string, string[]>()

  constructor(report: Report) {
    this.#report = report
  }

  observe(transition: Transition): void {
    if (transition.what !== 'committed') return
    const ending = this.#ending(transition)
    for (const row of transition.commit.history) this.#ran(row, ending)
    for (const id of ending) this.#leave(id)
    this.#enter(transition)
  }

  /** Messages that are done with this commit, or lose their place in the order. */
  #ending({ commit, settledMail, settledDeferred }: CommitRecord): Set<string> {
    const held = new Set(commit.deferred.filter(({ reason }) => reason === 'retry').map(idOf))
    return new Set([...settledMail, ...settledDeferred].map(idOf).filter((id) => !held.has(id)))
  }

  #ran(row: HistoryRow, ending: ReadonlySet<string>): void {
    const id = idOf(row)
    const lane = this.#laneOf.get(id)
    if (!lane) return
    if (lane[0] !== id) this.#violated(row, lane[0] ?? 'none')
    if (ending.has(id)) this.#leave(id)
  }

  #leave(id: string): void {
    const lane = this.#laneOf.get(id)
    if (!lane) return
    this.#laneOf.delete(id)
    if (lane[0] === id) lane.shift()
    else lane.splice(lane.indexOf(id), 1)
  }

  #enter({ commit, mail }: CommitRecord): void {
    if (mail.length === 0) return
    const turns = new Set(commit.history.map(({ kind, key, turn }) => `${kind}/${key} ${turn}`))
    for (const row of mail) {
      if (!turns.has(`${row.sender} ${row.senderTurn}`) || row.rare?.due !== undefined || row.shard < 0)
        continue
      const lane = this.#laneFor(row)
      lane.push(idOf(row))
      this.#laneOf.set(idOf(row), lane)
    }
  }

  #laneFor({ sender, kind, key, rare }: Mail): string[] {
    const name = `${sender} ${kind}/${key} ${rare?.priority ?? 0}`
    const known = this.#lanes.get(name)
    if (known) return known
    const lane: string[] = []
    this.#lanes.set(name, lane)
    return lane
  }

  #violated(row: HistoryRow, first: string): void {
    const actor = `${row.kind}/${row.key}`
    const what = `${actor} ran message ${idOf(row)} '${row.type}' of ${row.sender} before message ${first}, which was sent first`
    this.#report({ rule: 'order', actor, what })
  }
}
