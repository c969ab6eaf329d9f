/**
 * One trial: a database, a cluster on it, a workload that keeps books, something bad that happens meanwhile, and the
 * audit at the end.
 */
import { freshDatabase, type DatabaseServer, type TestDatabase } from '../support/database.ts'
import { runSettings } from '../support/run.ts'
import { startProxy, type Proxy } from '../support/proxy.ts'
import { Clients, type Way } from './clients.ts'
import { Cluster, type ClusterOptions } from './cluster.ts'
import { sender } from './kinds.ts'
import { findViolations, prepareLedger, registered } from './ledger.ts'
import { killLeftProcesses, type NodeProcess } from './process.ts'
import { Tables } from './tables.ts'
import { until } from './until.ts'

export type TrialOptions = Partial<Omit<ClusterOptions, 'url'>> & {
  readonly server?: DatabaseServer
  /** Puts a proxy between the nodes and the database. */
  readonly proxied?: boolean
}
export type Load = {
  readonly senders: number
  readonly receivers: number
  readonly rounds: number
  readonly burst: number
  readonly everyMs: number
}

const shards = 256
const smallLoad: Load = { senders: 4, receivers: 6, rounds: 40, burst: 5, everyMs: 20 }

export class Trial {
  readonly seed: number
  readonly database: TestDatabase
  readonly tables: Tables
  readonly proxy: Proxy | undefined
  readonly cluster: Cluster
  readonly clients: Clients
  #expectedMessages = 0
  #senders = 0
  #rounds = 0

  static async start({ server, proxied, ...options }: TrialOptions = {}): Promise<Trial> {
    const seed = options.seed ?? runSettings().seed ?? Math.floor(Math.random() * 1e9)
    const database = await freshDatabase(server)
    const tables = new Tables(database.url)
    await prepareLedger(tables)
    const proxy = proxied ? await startProxy(database.url) : undefined
    const url = proxy?.url ?? database.url
    const cluster = await Cluster.start({ nodes: 3, ...options, seed, url })
    return new Trial(seed, database, tables, proxy, cluster)
  }

  private constructor(
    seed: number,
    database: TestDatabase,
    tables: Tables,
    proxy: Proxy | undefined,
    cluster: Cluster,
  ) {
    this.seed = seed
    this.database = database
    this.tables = tables
    this.proxy = proxy
    this.cluster = cluster
    this.clients = new Clients(cluster)
  }

  random(below: number): number {
    return Math.floor(this.cluster.random() * below)
  }
  someNode() {
    return this.cluster.any() ?? this.cluster.node(0)
  }

  /** Resolves when all nodes have opened their share of the shards. */
  async balanced(): Promise<void> {
    const { nodes } = this.cluster
    const least = Math.floor(shards / nodes.length) - nodes.length
    await until('all nodes own their share', async () => {
      const owners = await this.tables.query<{ owned: number }>(
        'select count(*)::int as owned from shard where owner is not null group by owner',
      )
      const owned = [...owners.map((owner) => owner.owned), ...nodes.map((node) => node.shards)]
      return (
        owners.length === nodes.length && owned.every((some) => some >= least) && sum(owned) === 2 * shards
      )
    })
  }
  /** A register for calls of that way that the node owns. All is balanced, and nothing under way. */
  async registerOf(node: NodeProcess, way: Way): Promise<string> {
    await this.balanced()
    const [row] = await this.tables.query<{ key: string }>(
      `select key from unnest($1::text[]) as key
       join shard on shard.id = shard_of('register', key) where owner = $2`,
      [this.clients.keys(way), node.incarnation],
    )
    if (!row) throw new Error(`${node.options.name} owns no register for '${way}'`)
    return row.key
  }
  /** Has actors send to actors, woken by their timers. */
  async startSenders(load: Partial<Load> = {}): Promise<void> {
    const { senders, receivers, rounds, burst, everyMs } = { ...smallLoad, ...load }
    this.#senders = senders
    this.#rounds = rounds
    this.#expectedMessages = senders * rounds * burst
    for (let at = 0; at < senders; at++) {
      const start = sender.at(`s${at}`).start({ rounds, burst, receivers, everyMs })
      await until(`sender ${at} is started`, () =>
        this.clients.passes(() => this.someNode().call('send', start, { dedupe: `start ${at}` })),
      )
    }
  }

  /** Messages that receivers have taken; undefined while the database does not answer. */
  async taken(): Promise<number | undefined> {
    const rows = await this.tables.tried<{ taken: number }>(
      `select coalesce(sum((state ->> 'taken')::int), 0)::int as taken from actor where kind = 'receiver'`,
    )
    return rows?.[0]?.taken
  }
  /** Resolves when receivers have taken that share of all messages. */
  async reached(share: number): Promise<void> {
    const wanted = share * this.#expectedMessages
    await until(`${wanted} messages are taken`, async () => ((await this.taken()) ?? 0) >= wanted, {
      told: () => this.#state(),
    })
  }
  /** Does something bad again and again, at even steps of the senders' progress. */
  async during(times: number, harm: (time: number) => Promise<void> | void): Promise<void> {
    for (let time = 1; time <= times; time++) {
      await this.reached((time - 0.5) / (times + 1))
      await harm(time)
    }
  }

  /** Waits until nothing is left to do, and checks every ledger. */
  async expectAllWell(expected: readonly string[] = []): Promise<void> {
    await this.clients.done()
    await this.reached(1)
    await until('nothing is left to do', () => this.#quiet(), { told: () => this.#state() })
    await until('every shard has a living owner', () => this.#allOwned(), { told: () => this.#state() })
    const found = [...(await findViolations(this.tables, expected)), ...(await this.#differences())]
    if (found.length > 0)
      throw new Error(`seed ${this.seed}:\n${found.join('\n')}\nlogs:\n${this.cluster.logs()}`)
  }

  async end(): Promise<void> {
    try {
      await this.cluster.stop()
    } finally {
      killLeftProcesses()
      await this.proxy?.close()
      await this.tables.close()
    }
    await this.database.drop()
  }

  /** What was acknowledged and what actors and tables hold, where they differ. */
  async #differences(): Promise<string[]> {
    const found: string[] = []
    for (const [way, acknowledged] of this.clients.acknowledged) {
      const noted: string[] = []
      for (const key of this.clients.keys(way)) noted.push(...(await registered(this.tables, key)))
      found.push(...differ(`calls by '${way}'`, acknowledged, noted))
    }
    const late = Array.from({ length: this.#senders }, (_, at) =>
      Array.from({ length: this.#rounds }, (__, ring) => `s${at}-${ring + 1}`),
    )
    found.push(...differ('delayed messages', late.flat(), await registered(this.tables, 'late')))
    const entered = await this.tables.query<{ id: string }>(`select client || '-' || number as id from entry`)
    const byEnter = this.clients.acknowledged.get('enter') ?? []
    found.push(
      ...differ(
        'entries by SQL',
        byEnter,
        entered.map(({ id }) => id),
      ),
    )
    return found
  }

  async #quiet(): Promise<boolean> {
    const rows = await this.tables.tried<{ left: number }>(
      `select ((select count(*) from deferred) + (select count(*) from posted) + (
         select count(*) from mail
         where not exists (select from lease where shard = -incarnation and retired_at is not null)))::int as left`,
    )
    return rows?.[0]?.left === 0
  }
  async #allOwned(): Promise<boolean> {
    const rows = await this.tables.tried<{ lost: number }>(
      `select count(*)::int as lost from shard left join lease on lease.incarnation = shard.owner
       where owner is null or retired_at is not null`,
    )
    return rows?.[0]?.lost === 0
  }
  async #state(): Promise<string> {
    const [row] =
      (await this.tables.tried<{ state: unknown }>(
        `select json_build_object(
           'taken', (select sum((state ->> 'taken')::int) from actor where kind = 'receiver'),
           'left', (select sum((state ->> 'left')::int) from actor where kind = 'sender'),
           'mail', (select json_agg(m) from (select lane, seq, shard, kind, key, type, envelope from mail limit 5) m),
           'deferred', (select json_agg(d) from (select kind, key, type, due, reason, rare from deferred limit 5) d),
           'dead', (select json_agg(d) from (select kind, key, type, cause, reason from dead limit 5) d),
           'shards', (select json_object_agg(coalesce(owner, 0), n) from
             (select owner, count(*) as n from shard group by owner) s),
           'leases', (select json_agg(lease) from lease)) as state`,
      )) ?? []
    const heard = `callers heard: ${this.clients.report()}`
    return `seed ${this.seed}, ${this.cluster.deaths} deaths, ${heard}\n${JSON.stringify(row?.state)}\n${this.cluster.logs()}`
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}

function differ(what: string, wanted: readonly string[], found: readonly string[]): string[] {
  const lost = wanted.filter((id) => !found.includes(id))
  const doubled = found.filter((id, at) => found.indexOf(id) !== at)
  const unasked = found.filter((id) => !wanted.includes(id))
  const told = { lost, doubled, unasked }
  return Object.entries(told).flatMap(([how, ids]) =>
    ids.length > 0 ? [`${what}: ${ids.length} ${how}, such as ${ids.slice(0, 5).join(' ')}`] : [],
  )
}
