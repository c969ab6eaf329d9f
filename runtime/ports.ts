/**
 * Everything the runtime needs from the world, handed in and never global. That is what lets the
 * test harness run a whole cluster in one thread on a clock of its own.
 */
import type { Attempt, DeadLetter, Deferred, Mail, MailId } from './message.ts'

export interface Clock {
  /** This process's time in epoch ms. Decisions about leases never use it. */
  now(): number
  /** Runs `task` once after `ms`. Returns what cancels it. */
  after(ms: number, task: () => void): () => void
}

export interface Scheduler {
  /** Runs `task` after what is queued now, letting input and output in first. */
  soon(task: () => void): void
}

/** Random numbers in [0, 1), for jitter and identities. */
export type Random = () => number

/** What one node tells the others after a commit; always only a hint. */
export type WakeCall =
  | { readonly about: 'mail'; readonly shards: readonly number[] }
  | { readonly about: 'topology' }

export interface WakeListener {
  woken(call: WakeCall): void
  /** The link is up, for the first time or again: whatever was missed must be swept. */
  listening(): void
}

export interface Wake {
  listen(listener: WakeListener): Promise<{ stop(): Promise<void> }>
  notify(call: WakeCall): Promise<void>
}

/** A node as the others see it. Its incarnation is also the lane of everything it sends. */
export interface NodeRow {
  readonly incarnation: number
  readonly name: string
  readonly draining: boolean
}

/** How far a lane has been read. */
export interface Position {
  readonly lane: number
  readonly seq: number
}

export interface Sweep {
  /** The database's clock. */
  readonly now: number
  /** True where a successor has taken this incarnation's place. */
  readonly retired: boolean
  /** Every incarnation that is not retired, itself included, in order. */
  readonly nodes: readonly NodeRow[]
  /** This incarnation's shards. */
  readonly owned: readonly number[]
  /** How many shards nobody owns. */
  readonly free: number
  /** Some node's lease has run out. */
  readonly expired: boolean
  /** Mail for one of this node's shards, or for its letterbox, lies in another lane above `after`. */
  readonly mail: boolean
  /** Mail written by plain SQL waits for one of this node's shards. */
  readonly posted: boolean
}

/** Mail of several lanes, in the order in which it was committed: by (sentAt, lane, seq). */
export interface MailRead {
  readonly mail: readonly Mail[]
  /** For each lane with anything new, how far this read is complete for every shard asked for. */
  readonly positions: readonly Position[]
  /** True where a limit cut the read: read again from the new positions. */
  readonly truncated: boolean
}

/** What a new owner must know of its shards. */
export interface ShardLoad extends MailRead {
  /** Messages waiting for another attempt: each holds back its sender's lane to that actor. */
  readonly retries: readonly Deferred[]
  /** Shards whose last owner ended without handing over. */
  readonly crashed: readonly number[]
}

export interface StateRow {
  readonly kind: string
  readonly key: string
  readonly turn: number
  /** JSON text. */
  readonly state: string
  readonly parked: boolean
  /** The commit ('lane-group') that holds its latest turns in history. */
  readonly past: string | null
}

export interface StateWrite {
  readonly kind: string
  readonly key: string
  readonly shard: number
  /** The turn this write builds on; 0 where the actor has no row yet. */
  readonly was: number
  readonly turn: number
  /** JSON text; null removes the actor. */
  readonly state: string | null
  readonly parked: boolean
  /** The kind's own table and its filter columns, where it has one. */
  readonly table?: string
  readonly columns?: Readonly<Record<string, unknown>>
}

/** One turn as history keeps it. Its actor's state is written in the same commit. */
export interface HistoryRow {
  readonly kind: string
  readonly key: string
  readonly turn: number
  readonly lane: number
  readonly seq: number
  readonly type: string
  readonly body: string
  readonly sender: string | null
  readonly senderTurn: number
  readonly trace: string
  /** The commit that holds this actor's turn before, so that its past can be read backwards. */
  readonly past: string | null
  /** What the turn changed: a JSON merge patch; null where nothing changed. */
  readonly patch: string | null
  /** The whole state, at an actor's first turn in a partition and after it was created. */
  readonly state: string | null
  /** What it sent, as JSON text. */
  readonly sends: string | null
  /** The turn's logical time (ctx.now). */
  readonly now: number
  readonly codeVersion: number
  /** False where the turn read SQL or did input and output. */
  readonly replayable: boolean
  readonly failure: string | null
}

export type DeadLetterDraft = Omit<DeadLetter, 'id' | 'at'>

/** Mail to insert. With a dedupe key it is inserted only where that key is new. */
export interface Outgoing extends Mail {
  readonly dedupe?: string
}

/** Everything a group of turns does to the database: all of it, or none. */
export interface Commit {
  readonly incarnation: number
  /** One above the group before; a commit out of turn is fenced. */
  readonly group: number
  /** The last sequence number used in this node's lane. */
  readonly sent: number
  /** Handled messages. Each must still be there, or the whole commit fails. */
  readonly settledMail: readonly MailId[]
  readonly settledDeferred: readonly MailId[]
  readonly states: readonly StateWrite[]
  readonly mail: readonly Outgoing[]
  readonly deferred: readonly Deferred[]
  /**
   * Timers taken back or replaced, by actor and name, whether they wait for their time or for another
   * attempt. Applied before `deferred` is inserted.
   */
  readonly cancelled: readonly { readonly kind: string; readonly key: string; readonly name: string }[]
  readonly history: readonly HistoryRow[]
  readonly dead: readonly DeadLetterDraft[]
  readonly answered: readonly { readonly requestId: string; readonly answer: string }[]
  /** Rows of plain SQL mail that `mail` now carries. Each must still be there. */
  readonly posted: readonly number[]
  /** Dead letters that `mail` now carries again, or that are discarded. Each must still be there. */
  readonly revived: readonly number[]
  /** Actors that rest no longer. Their mail put off as 'parked' moves back to the mail table, as it was. */
  readonly resumed: readonly { readonly kind: string; readonly key: string; readonly table?: string }[]
  /** The message that runs next, alone: written first, so that it is found if it kills the process. Absent: as before. */
  readonly suspect?: MailId | null
}

export interface Committed {
  /** The database's clock at the commit: `sentAt` of its mail. */
  readonly at: number
  /** Dedupe keys that were known already: their mail was not inserted. Null: the answer was lost. */
  readonly duplicates: readonly string[] | null
}

/** A transaction in which one turn runs the caller's own SQL before its effects are committed. */
export interface SqlTurn {
  query(text: string, params?: readonly unknown[]): Promise<Record<string, unknown>[]>
  /** Joins the turn's effects and commits. */
  commit(commit: Commit): Promise<Committed>
  rollback(): Promise<void>
}

/**
 * How a node reads and writes the world that outlives it. Beside the errors each method names, reads
 * throw Unavailable, and writes OutcomeUnknown where their answer was lost.
 */
export interface Store {
  /** Starts a new incarnation with no shards. */
  join(input: {
    name: string
    leaseMs: number
  }): Promise<{ incarnation: number; shards: number; now: number }>
  /** Renews the lease and tells what changed: the one statement that an idle node runs. */
  sweep(input: {
    incarnation: number
    leaseMs: number
    draining: boolean
    after: readonly Position[]
  }): Promise<Sweep>
  /** Takes up to `atMost` free shards; returns those taken. Throws Fenced. */
  takeShards(input: { incarnation: number; atMost: number }): Promise<readonly number[]>
  /** Gives shards back after their last commit. Throws Fenced. */
  releaseShards(input: { incarnation: number; shards: readonly number[] }): Promise<void>
  /** Retires every incarnation whose lease has run out and frees its shards. Returns those retired. */
  retireExpired(input: { incarnation: number }): Promise<readonly number[]>
  /** Retires the own incarnation in good order. */
  leave(input: { incarnation: number }): Promise<void>

  /**
   * Commits a group. Throws Fenced (retired, or the group number is not the next one),
   * CommitRejected (the content was refused), Unavailable (certainly not committed) or
   * OutcomeUnknown (resolve it).
   */
  commit(commit: Commit): Promise<Committed>
  /**
   * After OutcomeUnknown: tells whether `group` was committed, and if not, makes sure that it can't be
   * from here on, by giving its number up. `group` in the answer is what the next group builds on.
   * Asking again gives the same answer. Throws Fenced.
   */
  resolve(input: { incarnation: number; group: number }): Promise<{ committed: boolean; group: number }>
  /** Opens a turn with the caller's own SQL; `tenant` is set for row-level security. */
  beginSql(input: { incarnation: number; tenant: string | null }): Promise<SqlTurn>

  /**
   * Mail for `shards` (negative: a letterbox) in every lane but the own one, above `after` per lane
   * (absent: 0), all in one snapshot. A lane's new position is the highest number visible in it,
   * whoever it is for: a lane is written in order, so nothing below can still appear. Where `limit`
   * rows of a lane are returned it is cut: T is the smallest sentAt of a last returned row among cut
   * lanes, nothing later than T is returned from any lane, and positions stop there. So a sender that
   * moved from one node to another stays in order.
   */
  readMail(input: {
    incarnation: number
    shards: readonly number[]
    after: readonly Position[]
    limit: number
  }): Promise<MailRead>
  /** The same for shards that were just taken: every lane, the own one included. */
  loadShards(input: {
    incarnation: number
    shards: readonly number[]
    after: readonly Position[]
    limit: number
  }): Promise<ShardLoad>
  /** Put-off messages of `shards` in the order of (due, lane, seq), from `from` on (inclusive). */
  readDeferred(input: {
    shards: readonly number[]
    from: number
    limit: number
  }): Promise<readonly Deferred[]>
  readStates(input: {
    table?: string
    actors: readonly { kind: string; key: string }[]
  }): Promise<readonly StateRow[]>
  readAnswers(requestIds: readonly string[]): Promise<readonly { requestId: string; answer: string }[]>
  readPosted(input: { shards: readonly number[]; limit: number }): Promise<readonly PostedRow[]>

  readDead(filter: DeadFilter): Promise<readonly DeadLetter[]>
  readHistory(input: {
    kind: string
    key: string
    fromTurn?: number
    limit: number
  }): Promise<readonly (HistoryRow & { at: number })[]>
  inspect(input: { kind: string; key: string; table?: string }): Promise<Inspection>
  /** The state of the whole, for `doctor`. Transactions open for longer than `transactionMs` are named. */
  health(input: { transactionMs: number }): Promise<Health>
  /** Keeps the house: makes partitions ahead, drops old ones, forgets old answers and lanes. */
  tidy(input: { historyMs: number; answersMs: number; historyMaxBytes: number | null }): Promise<void>
  close(): Promise<void>
}

export interface Health {
  readonly nodes: number
  readonly shards: number
  readonly freeShards: number
  readonly deadLetters: number
  readonly parked: number
  readonly historyDefaultRows: boolean
  readonly transactions: readonly {
    readonly pid: number
    readonly application: string
    readonly user: string
    readonly state: string
    readonly openMs: number
    readonly query: string
  }[]
}

export interface PostedRow {
  readonly id: number
  readonly shard: number
  readonly kind: string
  readonly key: string
  readonly type: string
  readonly body: string
  readonly due: number | null
}

export interface DeadFilter {
  readonly ids?: readonly number[]
  readonly kind?: string
  readonly key?: string
  readonly type?: string
  readonly cause?: string
  readonly after?: number
  readonly limit: number
}

/** What the database knows about one actor, for `explain`. */
export interface Inspection {
  readonly exists: boolean
  readonly turn: number
  readonly parked: boolean
  readonly stateBytes: number
  readonly shard: number
  readonly owner: { readonly incarnation: number; readonly name: string; readonly leaseUntil: number } | null
  readonly waiting: number
  readonly oldestSentAt: number | null
  readonly deferred: readonly {
    readonly reason: string
    readonly type: string
    readonly due: number
    readonly name: string | null
    readonly attempts: number
    readonly lastFailure: string | null
    readonly sender: string | null
  }[]
  readonly dead: number
}

export type { Attempt, MailId }
