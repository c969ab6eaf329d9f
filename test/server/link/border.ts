/** Whole servers in one process for specs of the border: real Postgres, real actors, real sockets, real HTTP. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type pg from 'pg'
import { Server } from 'socket.io'
import { type FleetSettings, fleetDefaults, kinds } from '#actors/index.ts'
import { silent } from '#runtime/log.ts'
import type { Log, Node } from '#runtime/index.ts'
import { startPostgresNode } from '#runtime/postgres/index.ts'
import { appRole } from '#server/database/tenant.ts'
import { fleetHandlers } from '#server/fleet/handlers.ts'
import { Reads } from '#server/fleet/reads.ts'
import { type Link, socketOptions, startLink } from '#server/link/start.ts'
import type { StrangersMost } from '#server/link/strangers.ts'
import { Bus } from '#server/live/bus.ts'
import { startLive } from '#server/live/start.ts'
import { Streams } from '#server/live/streams.ts'
import { type Ended, makePeople, type People } from '#server/people/index.ts'
import { addressReader } from '#server/rest/address.ts'
import { makeRest, type RestParts } from '#server/rest/app.ts'
import { makeGuard } from '#server/rest/guard.ts'
import type { Handlers } from '#server/rest/handlers.ts'
import { thresholdsFrom, thresholdVariables, type Thresholds } from '#server/thresholds.ts'
import type { AgentFacts } from '#specs/agent-link.ts'
import { capabilityOf, tools } from '#specs/tools.ts'
import { Api, cookieOf } from '#test/support/api.ts'
import { freshDatabase, type TestDatabase } from '#test/support/database.ts'
import { password, unlimited } from '#test/support/rest.ts'
import { type Dial, TestAgent } from './test-agent.ts'

export const usualTimes: Thresholds = thresholdsFrom(thresholdVariables.parse({}))

/** The ladder with all its steps so much shorter. */
export function shortTimes(by: number): Thresholds {
  return Object.fromEntries(
    Object.entries(usualTimes).map(([name, value]) => [
      name,
      name.endsWith('Ms') ? Number(value) / by : value,
    ]),
  ) as unknown as Thresholds
}

export interface BorderOptions {
  readonly servers?: number
  readonly times?: Partial<Thresholds>
  readonly queueMax?: number
  readonly claimsPerMinute?: number
  /** Any, unless said otherwise. */
  readonly allowedTools?: readonly string[]
  readonly socketsMax?: number
  readonly strangersMost?: StrangersMost
  /** Between two looks of a node at what notifications may have missed. */
  readonly sweepMs?: number
  readonly log?: Log
  /** The database's address for the servers, where it is not the database's own. */
  readonly through?: (url: string) => string
  /** Something around the pool, such as a wall that is taken away. */
  readonly around?: (pool: pg.Pool) => pg.Pool
}

export interface BorderServer {
  readonly url: string
  readonly node: Node
  readonly bus: Bus
  readonly link: Link
  readonly people: People
  readonly handlers: Handlers
  /** Ends it without handing anything over to clients; the runtime's node stops in good order. */
  stop(): Promise<void>
}

export async function startServer(
  database: TestDatabase,
  name: string,
  {
    times = {},
    queueMax = 10_000,
    claimsPerMinute = fleetDefaults.claimsPerMinute,
    allowedTools = ['*'],
    socketsMax,
    strangersMost,
    sweepMs = 100,
    log = silent,
    through = (url) => url,
    around = (pool) => pool,
  }: BorderOptions,
): Promise<BorderServer> {
  const place = { url: through(database.url), schema: 'product', name, log }
  const all = { ...usualTimes, ...times }
  const owned = database.pool({ url: place.url, schema: 'product' })
  const pool = around(owned)
  const node = await startNode(place.url, name, { ...all, claimsPerMinute, allowedTools }, sweepMs, log)
  const { http, publicUrl } = await listening()
  const io = new Server(http, socketOptions(all))
  const reads = new Reads(pool)
  const bus = new Bus({ ...place, node, announceMs: 2_000 })
  await bus.start()
  const streams = new Streams({ bus, log, readLog: (...of) => reads.logTail(...of) })
  const addressOf = addressReader([])
  const shared = { io, pool, node, bus, streams, reads, log, addressOf, publicUrl }
  const most = strangersMost && { strangersMost }
  const link = startLink({ ...place, ...shared, ...most, times: all, server: name })
  const ended = (what: Ended) => bus.tell({ type: 'ended', ended: what })
  const people = makePeople({ ...shared, settings: { signInsPerMinute: 1e9 }, ended })
  const guard = makeGuard({ proofs: people.proofs, identifyAgent: link.identifyAgent, publicUrl })
  const live = startLive({
    ...shared,
    identify: (headers, ip) => guard.identify(headers, ip),
    ...(socketsMax !== undefined && { socketsMax }),
  })
  const fleet = fleetHandlers({ ...shared, queueMax, registration: link.registration })
  const handlers: Handlers = { ...people.handlers, ...link.handlers, ...fleet }
  http.on('request', makeApp({ handlers, guard, publicUrl, log }))
  return {
    url: publicUrl,
    node,
    bus,
    link,
    people,
    handlers,
    async stop() {
      live.stop()
      await link.stop()
      await io.close()
      people.stop()
      await bus.stop()
      await node.stop()
      await owned.end()
    },
  }
}

function startNode(
  url: string,
  name: string,
  fleet: Partial<FleetSettings>,
  sweepMs: number,
  log: Log,
): Promise<Node> {
  const settings = { sweepMs }
  return startPostgresNode({
    url,
    schema: 'runtime',
    name,
    kinds: kinds(fleet),
    sqlRole: appRole,
    log,
    settings,
  })
}

async function listening() {
  const http = createServer()
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  return { http, publicUrl: `http://127.0.0.1:${(http.address() as AddressInfo).port}` }
}

function makeApp(parts: Pick<RestParts, 'handlers' | 'guard' | 'publicUrl' | 'log'>) {
  return makeRest({ ...parts, readAddress: addressReader([]), limits: unlimited, clock: Date, version: '1' })
}

export interface Admin {
  readonly api: Api
  readonly id: string
  readonly team: string
  readonly cookie: string
  readonly email: string
}

export class Border {
  readonly database: TestDatabase
  readonly servers: BorderServer[] = []
  readonly options: BorderOptions
  readonly #pool: pg.Pool
  readonly #agents: TestAgent[] = []
  #admin: Admin | undefined
  #count = 0

  constructor(database: TestDatabase, options: BorderOptions) {
    this.database = database
    this.options = options
    this.#pool = database.pool({ schema: 'product', max: 2 })
  }

  async addServer(options: BorderOptions = {}): Promise<BorderServer> {
    const name = `server-${this.servers.length + 1}`
    const server = await startServer(this.database, name, { ...this.options, ...options })
    this.servers.push(server)
    return server
  }
  get server(): BorderServer {
    return this.servers[0] as BorderServer
  }
  get admin(): Admin {
    if (!this.#admin) throw new Error('nobody has signed in yet')
    return this.#admin
  }
  get api(): Api {
    return this.admin.api
  }
  /** The admin's calls, to another server. */
  apiAt(server: BorderServer): Api {
    return new Api(server.url, this.api.proof)
  }

  async sql<Row = Record<string, unknown>>(text: string, params: readonly unknown[] = []): Promise<Row[]> {
    return (await this.#pool.query(text, [...params])).rows as Row[]
  }
  /** Resolves when it is so: for what no event tells of. */
  async until(isSo: () => boolean | Promise<boolean>): Promise<void> {
    while (!(await isSo())) await this.sql('select pg_sleep(0.01)')
  }

  /** An API token of the admin's. */
  async userToken(): Promise<string> {
    const { secret } = await this.api.ok('makeToken', {
      body: { name: 'spec', scopes: ['read', 'jobs', 'agents', 'admin'] },
    })
    return secret
  }
  async agentToken(api = this.api): Promise<string> {
    return (await api.ok('makeAgentToken', { body: {} })).secret
  }

  /** Registers an agent, without connecting it. */
  async register(
    given: { name?: string; facts?: Partial<AgentFacts>; tags?: string[]; api?: Api } = {},
  ): Promise<Dial> {
    this.#count += 1
    const installation = `installation-${this.#count}`
    const allFacts = facts(given.facts)
    const { agent, key } = await this.anyone().ok('registerAgent', {
      body: {
        token: await this.agentToken(given.api),
        name: given.name ?? `agent ${this.#count}`,
        installation,
        tags: given.tags ?? [],
        facts: allFacts,
      },
    })
    return { agent, key, installation, boot: `boot-${this.#count}-1`, facts: allFacts }
  }
  /** Registered, connected and welcomed. */
  async agent(given: Parameters<Border['register']>[0] & { server?: BorderServer } = {}): Promise<TestAgent> {
    return this.connect(await this.register(given), given.server)
  }
  async connect(dial: Dial, server = this.server): Promise<TestAgent> {
    const agent = this.dial(dial, server)
    await agent.hello()
    return agent
  }
  /** Connected, but not welcomed yet. */
  dial(dial: Dial, server: Pick<BorderServer, 'url'> = this.server): TestAgent {
    const agent = new TestAgent(server.url, dial)
    this.#agents.push(agent)
    return agent
  }

  /** Calls without proof, or with an agent's key. */
  anyone(key?: string): Api {
    return new Api(this.server.url, key === undefined ? {} : { bearer: key })
  }

  async signInFirst(): Promise<void> {
    const { people, url } = this.server
    const link = (await people.welcomeLink()) ?? ''
    const email = 'ada@example.org'
    const anyone = new Api(url)
    await anyone.ok('welcome', {
      body: { token: link.split('#token=')[1] ?? '', email, name: 'Ada', password, team: 'A' },
    })
    this.#admin = await this.signIn(email)
  }
  async signIn(email: string): Promise<Admin> {
    const { headers, body } = await new Api(this.server.url).try('signIn', { body: { email, password } })
    const { user } = body as { user: { id: string; team: string } }
    const cookie = cookieOf(headers)
    return { api: new Api(this.server.url, { cookie }), id: user.id, team: user.team, cookie, email }
  }
  /** Another team's first admin. */
  async otherTeam(): Promise<Admin> {
    const email = `ben${++this.#count}@example.org`
    await this.api.ok('makeTeam', { body: { name: 'B', admin: { email, name: 'Ben', password } } })
    return this.signIn(email)
  }

  /** Stops all; rejects if anything stayed connected. */
  async end(): Promise<void> {
    for (const agent of this.#agents) agent.close()
    for (const server of this.servers) await server.stop()
    await this.#pool.end()
    await this.database.drop()
  }
}

export async function startBorder(options: BorderOptions = {}): Promise<Border> {
  const border = new Border(await freshDatabase(), options)
  for (let at = 0; at < (options.servers ?? 1); at++) await border.addServer()
  await border.signInFirst()
  return border
}

/** Stands from the first spec of the suite to its last. */
export function useBorder(options: BorderOptions = {}): { readonly get: Border } {
  let border: Border | undefined
  before(async () => {
    border = await startBorder(options)
  })
  after(() => border?.end())
  return {
    get get() {
      if (!border) throw new Error('the servers have not been started yet')
      return border
    },
  }
}

export const everyTool = [...tools.values()].map(capabilityOf)

export function facts(given: Partial<AgentFacts> = {}): AgentFacts {
  return {
    platform: {
      os: 'linux',
      arch: 'x64',
      hostname: 'studio',
      release: '6.1',
      cores: 8,
      memoryBytes: 2 ** 34,
    },
    programVersion: '1.0.0',
    capabilities: everyTool,
    roots: ['/photos'],
    slots: 1,
    ...given,
  }
}
