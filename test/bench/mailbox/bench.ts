/** What every row of the benchmark has at hand: one Postgres, a database per contestant, their processes. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type pg from 'pg'
import { openPool } from '#db/connect.ts'
import { type EmbeddedServer, startEmbedded } from '#db/embedded/start.ts'
import type { Options } from '../scenarios.ts'
import { readStatements, type StatementCount } from '../statements.ts'
import { migrate } from '#db/migrate.ts'
import type { PeerCommands } from './peers/commands.ts'
import { Child, endChildren } from '../child.ts'
import type { NodeCommands } from './processes/node.ts'
import type { Settings } from '#runtime/index.ts'

export type NodeProcess = Child<NodeCommands>
export type PeerProcess = Child<PeerCommands>
export type PeerName = 'graphile-worker' | 'pg-boss'

export const peerNames: readonly PeerName[] = ['graphile-worker', 'pg-boss']

/** The same for everybody; everything else is Postgres's default, so every commit waits for the disk. */
export const serverSettings = { shared_buffers: '512MB', max_wal_size: '4GB', max_connections: '400' }

const runtimeMigrations = new URL('../../../db/runtime/migrations/', import.meta.url)
const waitMaxMs = 180_000

export class Bench {
  readonly options: Options
  readonly #home: string
  readonly #server: EmbeddedServer
  readonly admin: pg.Pool
  #databases = 0

  private constructor(options: Options, home: string, server: EmbeddedServer) {
    this.options = options
    this.#home = home
    this.#server = server
    this.admin = openPool({ url: server.url, applicationName: 'bench admin', max: 2 })
  }

  static async start(options: Options): Promise<Bench> {
    const home = mkdtempSync(join(tmpdir(), 'mailbox-bench-'))
    const server = await startEmbedded({ dir: home, settings: serverSettings })
    const bench = new Bench(options, home, server)
    await bench.admin.query('create extension if not exists pg_stat_statements')
    return bench
  }
  get url(): string {
    return this.#server.url
  }
  async stop(): Promise<void> {
    endChildren()
    await this.admin.end()
    await this.#server.stop()
    rmSync(this.#home, { recursive: true, force: true })
  }

  /** A database of our own with the runtime's tables. */
  async ours(): Promise<Ours> {
    const url = await this.#newDatabase()
    const pool = openPool({
      url,
      schema: 'runtime',
      applicationName: 'bench',
      max: 3,
      idleInTransactionTimeoutMs: 0,
    })
    await migrate(pool, { dir: runtimeMigrations, name: 'runtime' })
    if (this.options.profile)
      await this.admin.query(`alter database ${databaseOf(url)} set pg_stat_statements.track = 'all'`)
    return new Ours(url, pool, this.#statementsOf(url))
  }
  /** A peer with as many processes, in a database of its own. */
  async peer(
    name: PeerName,
    { processes, concurrency }: { processes: number; concurrency: number },
  ): Promise<PeerProcess[]> {
    const url = await this.#newDatabase()
    const script = new URL(`./peers/${name}.ts`, import.meta.url)
    const children = await startAll(processes, () => Child.start<PeerCommands>(script))
    // The first makes the tables.
    for (const child of children) await child.call('open', { url, concurrency })
    return children
  }

  #statementsOf(url: string): () => Promise<StatementCount[]> {
    return () => readStatements(this.admin, databaseOf(url))
  }
  async #newDatabase(): Promise<string> {
    const name = `bench_${++this.#databases}`
    await this.admin.query(`create database ${name}`)
    return this.#server.url.replace(/\/[^/?]+($|\?)/, `/${name}$1`)
  }
}

/** Our side: the database, and nodes on it. */
export class Ours {
  readonly url: string
  readonly pool: pg.Pool
  /** What this database has been asked so far. */
  readonly statements: () => Promise<StatementCount[]>

  constructor(url: string, pool: pg.Pool, statements: Ours['statements']) {
    this.url = url
    this.pool = pool
    this.statements = statements
  }

  /** Processes that are ready to start a node. */
  processes(count: number): Promise<NodeProcess[]> {
    return startAll(count, () => Child.start<NodeCommands>(new URL('./processes/node.ts', import.meta.url)))
  }
  /** Nodes 'a', 'b' and so on, each in its process, with all shards shared out among them. */
  async nodes(count: number, settings: Partial<Settings> = {}): Promise<NodeProcess[]> {
    const nodes = await this.processes(count)
    await this.openNodes(nodes, settings)
    await this.shared(count)
    return nodes
  }
  async openNodes(nodes: readonly NodeProcess[], settings: Partial<Settings> = {}): Promise<void> {
    await Promise.all(
      nodes.map((node, at) => node.call('open', { url: this.url, name: 'abcdef'[at] as string, settings })),
    )
  }
  /** Resolves when so many nodes have an equal share of the shards. */
  async shared(count: number): Promise<void> {
    await until(async () => {
      const owners = await this.rows<{ shards: number }>(
        'select count(*)::int as shards from shard where owner is not null group by owner',
      )
      return owners.length === count && owners.every(({ shards }) => shards === 256 / count)
    }, 'the shards are shared out')
    await pause(500)
  }
  /** A node of no process that has all shards and does nothing, so that mail waits. Returns what ends it. */
  async hold(): Promise<() => Promise<void>> {
    const [joined] = await this.rows<{ incarnation: number }>(
      `select incarnation from join_cluster('holder', 3600000)`,
    )
    await this.pool.query('select take_shards($1, 256)', [joined?.incarnation])
    return async () => {
      await this.pool.query('select leave_cluster($1)', [joined?.incarnation])
      await this.pool.query('select wake()')
    }
  }

  /** Turns committed so far, by kind, and when that was. */
  async turns(kind: string): Promise<{ turns: number; atMs: number }> {
    const [row] = await this.rows<{ turns: number; at_ms: number }>(
      `select coalesce(sum(turn), 0)::int8 as turns, extract(epoch from clock_timestamp())::float8 * 1000 as at_ms from actor where kind = $1`,
      [kind],
    )
    return { turns: row?.turns ?? 0, atMs: row?.at_ms ?? 0 }
  }
  /** Resolves when no mail is left. */
  async quiet(): Promise<void> {
    await until(async () => (await this.rows('select from mail limit 1')).length === 0, 'all mail is handled')
  }
  /** The keys of a kind that a node has, by the node's name. */
  async keysByNode(kind: string, count: number): Promise<Map<string, string[]>> {
    const rows = await this.rows<{ key: string; name: string }>(
      `select key::text, node.name from generate_series(0, $2 - 1) as key
       join shard on shard.id = shard_of($1, key::text) join node on node.incarnation = shard.owner`,
      [kind, count],
    )
    return new Map(
      [...Map.groupBy(rows, ({ name }) => name)].map(([name, own]) => [name, own.map(({ key }) => key)]),
    )
  }
  async rows<R>(text: string, values: readonly unknown[] = []): Promise<R[]> {
    return (await this.pool.query({ text, values: [...values] })).rows as R[]
  }
  async end(nodes: readonly NodeProcess[]): Promise<void> {
    await Promise.all(nodes.map((node) => node.call('close')))
    await Promise.all(nodes.map((node) => node.end()))
    await this.pool.end()
  }
}

/** Asks again and again. Fails when it takes too long, naming what was awaited. */
export async function until(isSo: () => Promise<boolean>, what: string, everyMs = 20): Promise<void> {
  const end = Date.now() + waitMaxMs
  while (!(await isSo())) {
    if (Date.now() > end) throw new Error(`waited ${waitMaxMs / 1000} s, and still it isn't so that ${what}`)
    await pause(everyMs)
  }
}

export async function endPeers(children: readonly PeerProcess[]): Promise<void> {
  await Promise.all(children.map((child) => child.end()))
}

function databaseOf(url: string): string {
  return new URL(url).pathname.slice(1)
}

function startAll<T>(count: number, start: () => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: count }, start))
}
