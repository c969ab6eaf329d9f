/** Every message is handled once: it waits, or it is put off, or it ends, and each end has a reason. */
import { shardOf } from '#runtime/address.ts'
import type { Mail } from '#runtime/message.ts'
import {
  type CommitRecord,
  idOf,
  type MemoryTables,
  type Transition,
} from '#runtime/testing/memory/tables.ts'
import type { Checker, Report } from './checkers.ts'

export function deliveryChecker(tables: MemoryTables, report: Report): Checker {
  const checker = new DeliveryChecker(tables, report)
  return {
    observe: (transition) => checker.observe(transition),
    finish: () => checker.finish(),
  }
}

class DeliveryChecker {
  readonly #tables: MemoryTables
  readonly #report: Report
  /** Messages that were inserted and have not ended. */
  readonly #waiting = new Map<string, Mail>()
  readonly #handled = new Set<string>()
  readonly #sent = new Map<number, number>()

  constructor(tables: MemoryTables, report: Report) {
    this.#tables = tables
    this.#report = report
  }

  observe(transition: Transition): void {
    if (transition.what === 'retired')
      for (const letter of transition.letters) this.#waiting.delete(idOf(letter))
    if (transition.what !== 'committed') return
    this.#settle(transition)
    this.#insert(transition)
    this.#handle(transition)
  }

  finish(): void {
    const { deferred } = this.#tables
    for (const [id, mail] of this.#waiting) {
      // Letters go with the node they were for.
      if (this.#tables.incarnations.get(-mail.shard)?.retired ?? mail.shard < 0) continue
      if (!deferred.has(id) && !this.#tables.findMail(mail)) this.#violated(mail, 'has vanished')
    }
  }

  #settle(record: CommitRecord): void {
    const putOff = new Set(record.commit.deferred.map(idOf))
    const ended = endsIn(record)
    for (const mail of [...record.settledMail, ...record.settledDeferred]) {
      const id = idOf(mail)
      if (putOff.has(id)) continue
      if (!this.#waiting.delete(id)) this.#violated(mail, 'ended twice, or was never sent')
      if (!ended(mail)) this.#violated(mail, 'was deleted, but neither handled nor buried')
    }
    for (const timer of record.cancelled) this.#waiting.delete(idOf(timer))
  }

  #insert({ commit, mail, settledMail, settledDeferred }: CommitRecord): void {
    const before = this.#sent.get(commit.incarnation) ?? 0
    this.#sent.set(commit.incarnation, commit.sent)
    const settled = new Set([...settledMail, ...settledDeferred].map(idOf))
    const deferred = commit.deferred.filter((row) => !settled.has(idOf(row)))
    for (const row of [...mail, ...deferred]) {
      const inLane = row.lane === commit.incarnation && row.seq > before && row.seq <= commit.sent
      if (!inLane)
        this.#violated(row, `has no place in lane ${commit.incarnation} between ${before} and ${commit.sent}`)
      const shard = shardOf(row.kind, row.key, this.#tables.shards.length)
      if (row.shard >= 0 && row.shard !== shard) this.#violated(row, `is in shard ${row.shard}, not ${shard}`)
      this.#waiting.set(idOf(row), row)
    }
  }

  #handle({ commit }: CommitRecord): void {
    for (const row of commit.history) {
      if (row.failure !== null || row.seq === 0) continue
      const id = idOf(row)
      if (this.#handled.has(id)) this.#violated(row, 'was handled twice')
      this.#handled.add(id)
    }
  }

  #violated(
    mail: { kind: string; key: string; type: string; lane: number; seq: number },
    what: string,
  ): void {
    const actor = `${mail.kind}/${mail.key}`
    this.#report({
      rule: 'exactly once',
      actor,
      what: `message ${idOf(mail)} '${mail.type}' to ${actor} ${what}`,
    })
  }
}

/** Whether a commit gives a settled message an end: a turn, a dead letter, or an ask nobody waits for. */
function endsIn({ commit }: CommitRecord): (mail: Mail) => boolean {
  const turns = new Set(commit.history.map(idOf))
  const dead = new Set(commit.dead.map(describe))
  return (mail) => mail.shard < 0 || turns.has(idOf(mail)) || dead.has(describe(mail)) || isAsk(mail)
}

function describe({ kind, key, type }: { kind: string; key: string; type: string }): string {
  return `${kind}/${key} ${type}`
}

function isAsk({ rare }: Mail): boolean {
  return rare?.replyTo !== undefined || rare?.deadline !== undefined || rare?.requestId !== undefined
}
