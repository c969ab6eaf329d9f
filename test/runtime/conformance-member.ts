import { shardOf } from '#runtime/address.ts'
import type { Deferred, MailId } from '#runtime/message.ts'
import type {
  Commit,
  Committed,
  DeadLetterDraft,
  HistoryRow,
  Outgoing,
  Position,
  StateRow,
  StateWrite,
  Store,
} from '#runtime/ports.ts'
import { longLeaseMs, shortLeaseMs, type StoreSetup } from './conformance.ts'

export const allShards = 10_000
export const trace = '00-0123456789abcdef0123456789abcdef-0123456789abcdef-01'

/** A node as a store sees it: joins, numbers its groups and its mail, and commits. */
export class Member {
  readonly store: Store
  readonly incarnation: number
  readonly shards: number
  group = 0
  sent = 0

  constructor(store: Store, joined: { incarnation: number; shards: number }) {
    this.store = store
    this.incarnation = joined.incarnation
    this.shards = joined.shards
  }

  /** Commits `parts` as the next group. */
  async commit(parts: Partial<Commit> = {}): Promise<Committed> {
    const committed = await this.store.commit(this.draft(parts))
    this.group += 1
    return committed
  }

  draft(parts: Partial<Commit> = {}): Commit {
    return { ...emptyCommit, incarnation: this.incarnation, group: this.group + 1, sent: this.sent, ...parts }
  }

  /** Mail in this member's lane; to note/one where nothing else is said. */
  letter(parts: Partial<Outgoing> = {}): Outgoing {
    const { kind, key } = { kind: 'note', key: 'one', ...parts }
    this.sent += 1
    return {
      ...emptyMail,
      lane: this.incarnation,
      seq: this.sent,
      shard: shardOf(kind, key, this.shards),
      kind,
      key,
      ...parts,
    }
  }

  letters(count: number, parts: Partial<Outgoing> = {}): Outgoing[] {
    return Array.from({ length: count }, () => this.letter(parts))
  }

  deferred(parts: Partial<Deferred> = {}): Deferred {
    return { ...this.letter(), due: 1000, reason: 'delay', name: null, repeat: null, attempts: [], ...parts }
  }

  write(parts: Partial<StateWrite> = {}): StateWrite {
    const { kind, key } = { kind: 'note', key: 'one', ...parts }
    return {
      kind,
      key,
      shard: shardOf(kind, key, this.shards),
      was: 0,
      turn: 1,
      state: '{"n":1}',
      parked: false,
      ...parts,
    }
  }

  async state(key = 'one'): Promise<StateRow | undefined> {
    return (await this.store.readStates({ actors: [{ kind: 'note', key }] }))[0]
  }

  /** Mail of other lanes for every shard, and letters. */
  async mail(limit = 1000) {
    const { mail } = await this.store.readMail({
      incarnation: this.incarnation,
      shards: this.everywhere(),
      after: [],
      limit,
    })
    return mail
  }

  async waiting(): Promise<MailId[]> {
    const read = await this.store.loadShards({
      incarnation: this.incarnation,
      shards: this.everyShard(),
      after: [],
      limit: 1000,
    })
    return read.mail.map(idOf)
  }

  async putOff(): Promise<readonly Deferred[]> {
    return this.store.readDeferred({ shards: this.everyShard(), from: 0, limit: 1000 })
  }

  async take(atMost = allShards): Promise<readonly number[]> {
    return this.store.takeShards({ incarnation: this.incarnation, atMost })
  }

  sweep(parts: { leaseMs?: number; draining?: boolean; after?: readonly Position[] } = {}) {
    return this.store.sweep({
      incarnation: this.incarnation,
      leaseMs: longLeaseMs,
      draining: false,
      after: [],
      ...parts,
    })
  }

  /** Every shard, and the own letterbox. */
  everywhere(): number[] {
    return [...this.everyShard(), -this.incarnation]
  }

  everyShard(): number[] {
    return Array.from({ length: this.shards }, (_, shard) => shard)
  }
}

/** A node that is there for as long as the example lasts. */
export async function member(setup: StoreSetup, name = 'steady', leaseMs = longLeaseMs): Promise<Member> {
  const store = await setup.connect()
  return new Member(store, await store.join({ name, leaseMs }))
}

/** A node whose lease runs out before `setup.untilExpired` resolves. */
export async function doomedMember(setup: StoreSetup): Promise<Member> {
  return member(setup, 'doomed', shortLeaseMs)
}

export function idOf({ lane, seq }: MailId): MailId {
  return { lane, seq }
}

/** What a call fails with. */
export async function failureOf(call: Promise<unknown>): Promise<unknown> {
  try {
    await call
  } catch (error) {
    return error
  }
  throw new Error('the call succeeded')
}

export function historyRow(parts: Partial<HistoryRow> = {}): HistoryRow {
  return {
    kind: 'note',
    key: 'one',
    turn: 1,
    lane: 1,
    seq: 1,
    type: 'add',
    body: '{"by":1}',
    sender: null,
    senderTurn: 0,
    trace,
    past: null,
    patch: '{"n":1}',
    state: null,
    sends: null,
    now: 1000,
    codeVersion: 1,
    replayable: true,
    failure: null,
    ...parts,
  }
}

export function deadLetter(parts: Partial<DeadLetterDraft> = {}): DeadLetterDraft {
  return {
    kind: 'note',
    key: 'one',
    type: 'add',
    body: '{"by":1}',
    sender: null,
    senderTurn: 0,
    trace,
    cause: 'failed',
    reason: 'it broke',
    attempts: [{ at: 1000, reason: 'it broke' }],
    redriven: 0,
    rare: null,
    ...parts,
  }
}

const emptyMail = {
  type: 'add',
  body: '{"by":1}',
  sender: null,
  senderTurn: 0,
  trace,
  sentAt: 0,
  rare: null,
}

const emptyCommit: Omit<Commit, 'incarnation' | 'group' | 'sent'> = {
  settledMail: [],
  settledDeferred: [],
  states: [],
  mail: [],
  deferred: [],
  cancelled: [],
  history: [],
  dead: [],
  answered: [],
  posted: [],
  revived: [],
  resumed: [],
  suspect: null,
}
