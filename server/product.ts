/** The product on top of database and node: who calls, what they may see, and everything that lives on a socket. */
import type { Server as NetServer } from 'node:http'
import type { Express } from 'express'
import type pg from 'pg'
import { Server as SocketServer } from 'socket.io'
import { openPool } from '#db/connect.ts'
import type { Log, Node } from '#runtime/index.ts'
import { systemClock } from '#runtime/postgres/index.ts'
import type { Database } from './database.ts'
import { checkAppRole } from './database/tenant.ts'
import { fleetHandlers } from './fleet/handlers.ts'
import { Reads } from './fleet/reads.ts'
import { Retention } from './fleet/retention.ts'
import { type Link, socketOptions, startLink } from './link/start.ts'
import { Bus } from './live/bus.ts'
import { startLive } from './live/start.ts'
import { Streams } from './live/streams.ts'
import { serverName } from './node.ts'
import { makePeople, type People } from './people/index.ts'
import { followPlacements } from './placement-changes.ts'
import { addressReader, type ReadAddress } from './rest/address.ts'
import { makeRest, requireAllHandlers } from './rest/app.ts'
import { type Guard, makeGuard } from './rest/guard.ts'
import type { Handlers } from './rest/handlers.ts'
import { Places } from './rest/places.ts'
import { noPolicy, type Policy, PolicyFile } from './rest/policy.ts'
import { cutPages, raiseSocketWall } from './rest/socket-wall.ts'
import type { Settings } from './settings.ts'

export interface ProductParts {
  readonly settings: Settings
  readonly database: Database
  readonly node: Node
  readonly server: NetServer
  /** Where browsers and agents find this server. */
  readonly publicUrl: string
  readonly version: string
  readonly log: Log
}

export interface Product {
  readonly people: People
  readonly link: Link
  /** The REST interface; what is not under /api it passes on. */
  readonly rest: Express
  /** Whether other servers are heard. */
  readonly bus: Pick<Bus, 'deaf'>
  /** Ends the connections of agents and pages, which otherwise would not end by themselves. */
  hangUp(): void
  stop(): Promise<void>
}

const schema = 'product'
const poolMax = 20
const dayMs = 86_400_000

/** Starts the parts in the order in which they need each other. */
export async function startProduct(parts: ProductParts): Promise<Product> {
  const { settings, database, node, server, publicUrl, log } = parts
  await using started = new AsyncDisposableStack()
  const pool = openPool({ url: database.url, schema, applicationName: 'safelight server', max: poolMax })
  started.defer(() => pool.end())
  await checkAppRole(pool)
  const bus = new Bus({ node, url: database.url, schema, name: serverName(), log })
  started.defer(() => bus.stop())
  await bus.start()
  const people = makePeople({ pool, publicUrl, log, ended: (ended) => bus.tell({ type: 'ended', ended }) })
  started.defer(() => people.stop())
  const reads = new Reads(pool)
  const streams = new Streams({
    bus,
    log,
    readLog: (team, job, attempt, after) => reads.logTail(team, job, attempt, after),
  })
  const io = new SocketServer(server, socketOptions(settings.times))
  const addressOf = addressReader(settings.trustedProxies)
  const { times } = settings
  const [places, policy] = [new Places(settings), openPolicy(parts, io, started)]
  raiseSocketWall({ io, places, policy, addressOf, log })
  const link = startLink({
    io,
    pool,
    url: database.url,
    schema,
    node,
    bus,
    streams,
    times,
    server: serverName(),
    addressOf,
    log,
  })
  started.defer(() => link.stop())
  started.defer(await followPlacements({ pool, bus, node, sessions: link.sessions, log }))
  const { identifyAgent } = link
  const guard = makeGuard({ proofs: people.proofs, identifyAgent, publicUrl, places, policy })
  const identify: Guard['identify'] = (headers, ip) => guard.identify(headers, ip)
  const live = startLive({ io, bus, streams, reads, identify, publicUrl, addressOf, log })
  started.defer(() => live.stop())
  started.defer(forgetOldJobs(parts, pool))
  const { queueMax } = settings
  const fleet = fleetHandlers({ pool, node, bus, reads, queueMax, registration: link.registration })
  const handlers = { ...people.handlers, ...link.handlers, ...fleet }
  requireAllHandlers(handlers)
  const rest = restOf(parts, handlers, guard, addressOf)
  const stack = started.move()
  const hangUp = () => {
    live.stop()
    link.hangUp()
  }
  return { people, link, rest, bus, hangUp, stop: () => stack.disposeAsync() }
}

/** From now on. Returns what ends it. */
function forgetOldJobs({ settings, node, log }: ProductParts, pool: pg.Pool): () => Promise<void> {
  const retention = new Retention({ pool, node, keepMs: settings.keepJobsDays * dayMs, log })
  retention.start()
  return () => retention.stop()
}

function openPolicy(
  { settings, log }: ProductParts,
  io: SocketServer,
  started: AsyncDisposableStack,
): Policy {
  if (settings.policyFile === undefined) return noPolicy
  const policy = new PolicyFile(settings.policyFile, log)
  started.defer(() => policy.stop())
  policy.onChange(() => cutPages(io))
  return policy
}

function restOf(
  { publicUrl, version, log, settings }: ProductParts,
  handlers: Handlers,
  guard: Guard,
  readAddress: ReadAddress,
): Express {
  return makeRest({
    handlers,
    guard,
    readAddress,
    publicUrl,
    version,
    limits: settings.limits,
    clock: systemClock,
    log,
  })
}
