/** The rows of one cluster, and a log of every transition for whoever checks it. */
import { type DeadLetter, type Deferred, type Mail, type MailId, timerOf } from '#runtime/message.ts'
import type { Commit, HistoryRow, PostedRow } from '#runtime/ports.ts'
import type { SqlModel } from './sql.ts'

export interface IncarnationRow {
  readonly id: number
  readonly name: string
  leaseUntil: number
  group: number
  draining: boolean
  retired: boolean
  suspect: MailId | null
}

export interface ShardRow {
  owner: number | null
  crashed: boolean
}

export interface ActorRow {
  readonly kind: string
  readonly key: string
  readonly shard: number
  readonly turn: number
  readonly state: string
  readonly parked: boolean
  readonly columns: Readonly<Record<string, unknown>>
}

export type KeptHistoryRow = HistoryRow & { readonly at: number }

/** What happened in the database, in order. Checkers and traces read nothing else. */
export type Transition =
  | { readonly what: 'joined'; readonly incarnation: number; readonly name: string }
  | { readonly what: 'taken'; readonly incarnation: number; readonly shards: readonly number[] }
  | { readonly what: 'released'; readonly incarnation: number; readonly shards: readonly number[] }
  | {
      readonly what: 'retired'
      readonly incarnation: number
      readonly crashed: boolean
      readonly letters: readonly Mail[]
    }
  | { readonly what: 'posted'; readonly row: PostedRow }
  | ({ readonly what: 'committed' } & CommitRecord)

export interface CommitRecord {
  readonly at: number
  readonly commit: Commit
  /** The rows that the commit removed, as they were. */
  readonly settledMail: readonly Mail[]
  readonly settledDeferred: readonly Deferred[]
  readonly cancelled: readonly Deferred[]
  readonly posted: readonly PostedRow[]
  /** The mail that it inserted: duplicates are missing. */
  readonly mail: readonly Mail[]
}

export interface TablesOptions {
  readonly now: () => number
  readonly shards?: number
  readonly sqlModel?: SqlModel
}

export class MemoryTables {
  readonly now: () => number
  readonly sqlModel: SqlModel | null
  readonly incarnations = new Map<number, IncarnationRow>()
  readonly shards: ShardRow[]
  /** By lane, then by sequence number. */
  readonly mail = new Map<number, Map<number, Mail>>()
  readonly deferred = new Map<string, Deferred>()
  /** The deferred row of each named timer, for each reason. */
  readonly timers = new Map<string, string>()
  /** By table, then by address. */
  readonly actors = new Map<string, Map<string, ActorRow>>()
  readonly history = new Map<string, KeptHistoryRow[]>()
  readonly dead = new Map<number, DeadLetter>()
  readonly answers = new Map<string, { readonly answer: string; readonly at: number }>()
  readonly dedupe = new Map<string, number>()
  readonly posted = new Map<number, PostedRow>()
  /** The tables of a model of the caller's SQL. */
  readonly modelled = new Map<string, Record<string, unknown>[]>()
  readonly #observers: ((transition: Transition) => void)[] = []
  readonly #sequences = new Map<string, number>()

  constructor({ now, shards = 256, sqlModel }: TablesOptions) {
    this.now = now
    this.sqlModel = sqlModel ?? null
    this.shards = Array.from({ length: shards }, () => ({ owner: null, crashed: false }))
  }

  observe(observer: (transition: Transition) => void): void {
    this.#observers.push(observer)
  }

  record(transition: Transition): void {
    for (const observer of this.#observers) observer(transition)
  }

  nextId(table: string): number {
    const id = (this.#sequences.get(table) ?? 0) + 1
    this.#sequences.set(table, id)
    return id
  }

  findMail({ lane, seq }: MailId): Mail | undefined {
    return this.mail.get(lane)?.get(seq)
  }

  putMail(row: Mail): void {
    const lane = this.mail.get(row.lane)
    if (lane) lane.set(row.seq, row)
    else this.mail.set(row.lane, new Map([[row.seq, row]]))
  }

  putDeferred(row: Deferred): void {
    this.deferred.set(idOf(row), row)
    if (row.name !== null) this.timers.set(timerOf(row, row.name, row.reason), idOf(row))
  }

  removeDeferred(row: Deferred): void {
    this.deferred.delete(idOf(row))
    if (row.name !== null) this.timers.delete(timerOf(row, row.name, row.reason))
  }

  actorsIn(table = 'actor'): Map<string, ActorRow> {
    const found = this.actors.get(table)
    if (found) return found
    const created = new Map<string, ActorRow>()
    this.actors.set(table, created)
    return created
  }

  *everyMail(): Generator<Mail> {
    for (const lane of this.mail.values()) yield* lane.values()
  }
}

/** A message's identity as one string. */
export function idOf({ lane, seq }: MailId): string {
  return `${lane}:${seq}`
}
