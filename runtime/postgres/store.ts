/**
 * The store on Postgres. Connections of its own for each purpose, so that a long commit can't delay the
 * lease; turns with SQL of their own take further ones from a small pool.
 */
import type pg from 'pg'
import { identifier, openPool } from '../../db/connect.ts'
import * as statements from '../../db/runtime/statements.ts'
import type { RowOf } from '../../db/statement.ts'
import { Refused } from '../errors.ts'
import type {
  Commit,
  Committed,
  DeadFilter,
  Health,
  Inspection,
  NodeRow,
  Position,
  SqlTurn,
  StateRow,
  Store,
} from '../ports.ts'
import { commitParams } from './commit-params.ts'
import { Link } from './link.ts'
import { deadOf, deferredOf, healthOf, historyOf, mailRead } from './rows.ts'
import { openSqlTurn } from './sql-turn.ts'

export interface PostgresOptions {
  readonly url: string
  readonly schema: string
  readonly name: string
  /**
   * The role in which `ctx.sql` runs: it owns nothing and does not bypass row-level security, and the runtime's
   * user is a member of it. Where it is left out, `ctx.sql` runs as the runtime itself.
   */
  readonly sqlRole?: string
  readonly deadlineMs?: number
  readonly historyMs?: number
}

const deadlineMsDefault = 10_000
/** Connections for turns with SQL of their own; `settings.sqlTurnsMax` is the narrower limit. */
const sqlTurnsMax = 16
/** Every table is reached by key. A plan made while a table was small must not read all of it later. */
const plansByKey = {
  enable_seqscan: 'off',
  enable_hashjoin: 'off',
  enable_mergejoin: 'off',
  plan_cache_mode: 'force_generic_plan',
}

export async function openStore(options: PostgresOptions): Promise<Store> {
  const store = new PostgresStore(options)
  try {
    await store.check()
    return store
  } catch (error) {
    await store.close()
    throw error
  }
}

class PostgresStore implements Store {
  readonly #options: PostgresOptions
  readonly #commits: Link
  readonly #reads: Link
  readonly #states: Link
  readonly #members: Link
  readonly #house: Link
  readonly #sqlTurns: pg.Pool
  readonly #deadlineMs: number
  /** Where the fence row of this node lies, as its last commit returned it. */
  #fence: string | null = null

  constructor(options: PostgresOptions) {
    const { url, schema, name, deadlineMs = deadlineMsDefault } = options
    this.#options = options
    this.#deadlineMs = deadlineMs
    const connect = { url, schema, applicationName: `runtime ${name}`, statementTimeoutMs: deadlineMs }
    const byKey = { ...connect, settings: plansByKey }
    this.#commits = new Link(byKey, deadlineMs)
    this.#reads = new Link(byKey, deadlineMs)
    this.#states = new Link(byKey, deadlineMs)
    this.#members = new Link(byKey, deadlineMs)
    this.#house = new Link(connect, 10 * deadlineMs)
    this.#sqlTurns = openPool({ ...connect, max: sqlTurnsMax })
  }

  /** Refuses a role for `ctx.sql` that row-level security would not hold. */
  async check() {
    const { sqlRole } = this.#options
    if (sqlRole === undefined) return
    const [role] = await this.#members.read((client) => statements.checkSqlRole.run(client, sqlRole))
    const reason = whyNot(role)
    if (reason) throw new Refused('not_allowed', `the role '${sqlRole}' can't be used for ctx.sql: ${reason}`)
  }

  async join({ name, leaseMs }: { name: string; leaseMs: number }) {
    const [joined] = await this.#members.read((client) => statements.joinCluster.run(client, name, leaseMs))
    this.#fence = null
    return joined as { incarnation: number; shards: number; now: number }
  }

  async sweep({
    incarnation,
    leaseMs,
    draining,
    after,
  }: {
    incarnation: number
    leaseMs: number
    draining: boolean
    after: readonly Position[]
  }) {
    const [swept] = await this.#members.read((client) =>
      statements.sweep.run(client, incarnation, leaseMs, draining, ...lanesOf(after)),
    )
    if (!swept) throw new Error('the sweep returned no row')
    return { ...swept, nodes: JSON.parse(swept.nodes) as NodeRow[] }
  }

  async takeShards({ incarnation, atMost }: { incarnation: number; atMost: number }) {
    const [row] = await this.#members.write((client) =>
      statements.takeShards.run(client, incarnation, atMost),
    )
    return row?.taken ?? []
  }
  async releaseShards({ incarnation, shards }: { incarnation: number; shards: readonly number[] }) {
    await this.#members.write((client) => statements.releaseShards.run(client, incarnation, shards))
  }
  async retireExpired({ incarnation }: { incarnation: number }) {
    const [row] = await this.#members.write((client) => statements.retireExpired.run(client, incarnation))
    return row?.retired ?? []
  }
  async leave({ incarnation }: { incarnation: number }) {
    await this.#members.write((client) => statements.leaveCluster.run(client, incarnation))
  }

  async commit(commit: Commit): Promise<Committed> {
    const params = commitParams(commit, this.#fence)
    const [row] = await this.#commits.write((client) => statements.commitGroup.runEncoded(client, params))
    this.#fence = row?.fence_at ?? null
    return { at: row?.at ?? 0, duplicates: row?.duplicates ?? [] }
  }
  async resolve({ incarnation, group }: { incarnation: number; group: number }) {
    this.#fence = null
    const [row] = await this.#commits.write((client) =>
      statements.resolveGroup.run(client, incarnation, group),
    )
    return { committed: row?.committed ?? false, group: row?.group_number ?? 0 }
  }
  beginSql({ tenant }: { incarnation: number; tenant: string | null }): Promise<SqlTurn> {
    const { sqlRole: role } = this.#options
    return openSqlTurn({
      pool: this.#sqlTurns,
      deadlineMs: this.#deadlineMs,
      tenant,
      ...(role !== undefined && { role }),
    })
  }

  async readMail({
    incarnation,
    shards,
    after,
    limit,
  }: {
    incarnation: number
    shards: readonly number[]
    after: readonly Position[]
    limit: number
  }) {
    const rows = await this.#reads.read((client) =>
      statements.readMail.run(client, incarnation, shards, ...lanesOf(after), limit),
    )
    return mailRead(rows, limit)
  }
  async loadShards({
    shards,
    after,
    limit,
  }: {
    incarnation: number
    shards: readonly number[]
    after: readonly Position[]
    limit: number
  }) {
    return this.#reads.read(async (client) => {
      const crashed = await statements.readCrashed.run(client, shards)
      const rows = await statements.readMail.run(client, null, shards, ...lanesOf(after), limit)
      const retries = await statements.readRetries.run(client, shards)
      return {
        ...mailRead(rows, limit),
        retries: retries.map(deferredOf),
        crashed: crashed.map(({ id }) => id),
      }
    })
  }
  async readDeferred({ shards, from, limit }: { shards: readonly number[]; from: number; limit: number }) {
    const earliest = Math.max(0, Number.isFinite(from) ? Math.floor(from) : 0)
    const rows = await this.#reads.read((client) =>
      statements.readDeferred.run(client, shards, earliest, limit),
    )
    return rows.map(deferredOf)
  }
  readStates({
    table,
    actors,
  }: {
    table?: string
    actors: readonly { kind: string; key: string }[]
  }): Promise<readonly StateRow[]> {
    const kinds = actors.map(({ kind }) => kind)
    const keys = actors.map(({ key }) => key)
    return this.#states.read((client) =>
      table === undefined
        ? statements.readStates.run(client, kinds, keys)
        : readOwnTable(client, table, kinds, keys),
    )
  }
  async readAnswers(requestIds: readonly string[]) {
    const rows = await this.#states.read((client) => statements.readAnswers.run(client, requestIds))
    return rows.map(({ request_id, answer }) => ({ requestId: request_id, answer }))
  }
  readPosted({ shards, limit }: { shards: readonly number[]; limit: number }) {
    return this.#reads.read((client) => statements.readPosted.run(client, shards, limit))
  }

  async readDead(filter: DeadFilter) {
    const { ids = null, kind = null, key = null, type = null, cause = null, after = null, limit } = filter
    const rows = await this.#house.read((client) =>
      statements.readDead.run(client, ids, kind, key, type, cause, after, limit),
    )
    return rows.map(deadOf)
  }
  async readHistory(input: { kind: string; key: string; table?: string; fromTurn?: number; limit: number }) {
    const { kind, key, table = 'actor', fromTurn = 0, limit } = input
    const rows = await this.#house.read((client) =>
      statements.readHistory.run(client, kind, key, tableName(table), fromTurn, limit),
    )
    return rows.map(historyOf).reverse()
  }
  async inspect({ kind, key, table }: { kind: string; key: string; table?: string }): Promise<Inspection> {
    const [row] = await this.#house.read((client) => statements.inspectActor.run(client, kind, key))
    const [state] = await this.readStates({ ...(table !== undefined && { table }), actors: [{ kind, key }] })
    if (!row) throw new Error('the inspection returned no row')
    const { owner, owner_name: name, lease_until: leaseUntil } = row
    return {
      exists: state !== undefined,
      turn: state?.turn ?? 0,
      parked: state?.parked ?? false,
      stateBytes: state?.state.length ?? 0,
      shard: row.shard,
      owner: owner === null ? null : { incarnation: owner, name: name ?? '', leaseUntil: leaseUntil ?? 0 },
      waiting: row.waiting,
      oldestSentAt: row.oldest,
      deferred: JSON.parse(row.deferred),
      dead: row.dead,
    }
  }

  health({ transactionMs }: { transactionMs: number }): Promise<Health> {
    return this.#house.read(async (client) => {
      const [row] = await statements.health.run(client)
      const transactions = await statements.oldestTransactions.run(client, transactionMs)
      return healthOf(row as NonNullable<typeof row>, transactions)
    })
  }
  async tidy({
    historyMs,
    answersMs,
    historyMaxBytes,
  }: {
    historyMs: number
    answersMs: number
    historyMaxBytes: number | null
  }) {
    await this.#house.read(async (client) => {
      await statements.keepHistory.run(client, historyMs, historyMaxBytes)
      await statements.forgetAnswers.run(client, answersMs)
      await statements.forgetLetters.run(client)
      await statements.forgetEnded.run(client, historyMs)
      await statements.forgetNodes.run(client)
    })
  }
  async close() {
    await Promise.all(
      [this.#commits, this.#reads, this.#states, this.#members, this.#house].map((link) => link.close()),
    )
    await this.#sqlTurns.end()
  }
}

function whyNot(role: RowOf<typeof statements.checkSqlRole> | undefined): string | null {
  if (!role) return 'it does not exist; create it, or leave sqlRole out'
  if (role.all_powerful) return 'it is a superuser or bypasses row-level security'
  if (role.owns) return 'it owns tables, or is a member of a role that does'
  if (!role.may_take) return "the runtime's user is no member of it; grant it"
  return null
}

function lanesOf(positions: readonly Position[]): [lanes: number[], seqs: number[]] {
  return [positions.map(({ lane }) => lane), positions.map(({ seq }) => seq)]
}

/** A table of the runtime's schema, or of another that is named with it. */
function tableName(table: string): string {
  return table.split('.').map(identifier).join('.')
}

/** A kind's own table is known by its name only at run time: the one query that is no file. */
async function readOwnTable(
  client: pg.ClientBase,
  table: string,
  kinds: string[],
  keys: string[],
): Promise<StateRow[]> {
  const text = `select t.kind, t.key, t.turn, t.state, t.parked, t.past_lane || '-' || t.past_group as past
    from unnest($1::text[], $2::text[]) as wanted (kind, key)
    join ${tableName(table)} as t on t.kind = wanted.kind and t.key = wanted.key`
  const { rows } = await client.query<StateRow>({ text, values: [kinds, keys] })
  return rows
}
