/**
 * The border to agents: sockets and HTTP calls in, words to actors; what actors tell, out. `startLink` puts its parts
 * together:
 *
 *   gateway, http-link ─▶ session ─▶ actors (job, agent, coordinator)
 *                            ├─▶ streams, log-keeper   frames: to whoever watches, log lines: to their table
 *   bus ─▶ sessions ─▶ session                         offers, cancels, and what else is for an agent
 *   lookout ─▶ session                                 the same, where the news of it was lost
 *   presence, probes ─▶ agent                          who is silent, and who answers again
 */
import type { IncomingMessage } from 'node:http'
import type pg from 'pg'
import type { Server, ServerOptions } from 'socket.io'
import { agent as agents } from '#actors/index.ts'
import { reasonOf } from '#runtime/errors.ts'
import type { Log, Message, Node } from '#runtime/index.ts'
import { Link as DatabaseLink } from '#runtime/postgres/link.ts'
import type { Bus } from '../live/bus.ts'
import type { Streams } from '../live/streams.ts'
import type { IdentifyAgent } from '../rest/guard.ts'
import type { Handlers } from '../rest/handlers.ts'
import type { Thresholds } from '../thresholds.ts'
import { openGateway } from './gateway.ts'
import { linkHandlers } from './handlers.ts'
import { HttpLink } from './http-link.ts'
import { jobFinder } from './job-words.ts'
import { Lookout } from './lookout.ts'
import { LogKeeper } from './log-keeper.ts'
import { Placements } from './placements.ts'
import { Presence, type Step } from './presence.ts'
import { Probes } from './probes.ts'
import { Registration } from './registration.ts'
import type { SessionParts } from './session.ts'
import { Sessions } from './sessions.ts'
import { limitStrangers, type StrangersMost } from './strangers.ts'
import { linkTimes } from './times.ts'

export interface LinkParts {
  readonly io: Server
  /** On the schema of the product. */
  readonly pool: pg.Pool
  /** Of the database, for the connection that signs of life are written over. */
  readonly url: string
  /** The schema of the product's tables. */
  readonly schema: string
  readonly node: Node
  readonly bus: Bus
  readonly streams: Streams
  readonly times: Thresholds
  /** This server's name, as agents show it. */
  readonly server: string
  /** The address that a request comes from, as far as proxies are trusted. */
  readonly addressOf: (request: IncomingMessage) => string
  readonly log: Log
  /** Connections at once whose other end is not known yet. */
  readonly strangersMost?: StrangersMost
}

export interface Link {
  readonly handlers: Handlers
  /** For the guard of HTTP calls. */
  readonly identifyAgent: IdentifyAgent
  readonly registration: Registration
  readonly sessions: Sessions
  /** The database's clock, as far as it is known here. */
  now(): number
  /** Ends all connections: agents come back when there is a server again. */
  hangUp(): void
  /** Closes every connection and writes down what is left. The node has to be there still. */
  stop(): Promise<void>
}

const databaseDeadlineMs = 5_000

export function startLink(parts: LinkParts): Link {
  const { node, bus, streams, log, server, url, schema, pool } = parts
  const times = linkTimes(parts.times)
  const database = new DatabaseLink(
    { url, schema, applicationName: `${server} presence` },
    databaseDeadlineMs,
  )
  const sessions = new Sessions(log)
  const tell = teller(node, log)
  const presence = new Presence({
    link: database,
    times,
    server,
    log,
    onSteps(steps) {
      for (const step of steps) tell(step.agent, stepMessage(step, sessions))
    },
  })
  const logs = new LogKeeper({ link: database, log })
  const [placements, hasJob] = [new Placements(pool), jobFinder(pool)]
  const session: SessionParts = { node, streams, logs, presence, placements, hasJob, times, log, server }
  const registration = new Registration({ pool, node })
  const probes = makeProbes({ node, presence, times, log })
  const lookout = new Lookout({ link: database, sessions, node, bus, times, log })
  const http = new HttpLink(session, sessions)
  const { io, addressOf, strangersMost: most } = parts
  const quits = [
    sessions.listen(bus),
    bus.on('gap', () => lookout.lookNow()),
    limitStrangers({ io, addressOf, log, ...(most && { most }) }),
  ]
  const gateway = openGateway({ ...parts, session, sessions, probes, registration })
  const quiet = setInterval(() => http.forgetQuiet(), times.heartbeatMs)
  const hangUp = () => {
    gateway.close()
    sessions.closeAll('the server is stopping')
  }
  for (const part of [presence, probes, lookout]) part.start()
  return {
    handlers: linkHandlers({ pool, node, registration, http }),
    identifyAgent: (key) => registration.identify(key),
    registration,
    sessions,
    now: () => presence.now(),
    hangUp,
    async stop() {
      probes.stop()
      clearInterval(quiet)
      for (const quit of quits) quit()
      await lookout.stop()
      hangUp()
      await presence.stop()
      await logs.stop()
      await database.close()
    },
  }
}

function makeProbes({
  node,
  presence,
  times,
  log,
}: Pick<SessionParts, 'node' | 'presence' | 'times' | 'log'>): Probes {
  return new Probes({
    everyMs: times.probeMs,
    timeoutMs: times.probeTimeoutMs,
    failuresMax: times.degradedAfterFailures,
    log,
    checked: (agent, failures) => presence.checked(agent, failures),
    ails: ({ agent, connection }, failures, cause) => {
      const why = `${failures} checks in a row have failed: ${cause}`
      return node.ask(agents.at(agent).ails({ connection, failures, why }))
    },
    well: ({ agent, connection }) => node.ask(agents.at(agent).well({ connection })),
  })
}

function stepMessage({ agent, level, ageMs }: Step, sessions: Sessions): Message {
  if (level === 'healthy') return agents.at(agent).heard({ load: sessions.of(agent)?.load ?? null })
  return agents.at(agent).silent({ level, ageMs })
}

/** Tells an agent's actor, one thing at a time: what is still on its way is not said again. */
function teller(node: Node, log: Log): (agent: string, message: Message) => void {
  const underWay = new Set<string>()
  return (agent, message) => {
    if (underWay.has(agent)) return
    underWay.add(agent)
    node
      .ask(message)
      .catch((error: unknown) =>
        log.debug("an agent's actor was not told how it is", { agent, reason: reasonOf(error) }),
      )
      .finally(() => underWay.delete(agent))
  }
}

const messageMaxBytes = 2_000_000
const connectTimeoutMs = 10_000
const pingMinMs = 1_000
const pongMinMs = 5_000

/** What the server of sockets is made with, for agents and dashboards alike. */
export function socketOptions({ heartbeatMs }: Pick<Thresholds, 'heartbeatMs'>): Partial<ServerOptions> {
  return {
    serveClient: false,
    // A larger message ends its connection.
    maxHttpBufferSize: messageMaxBytes,
    connectTimeout: connectTimeoutMs,
    pingInterval: Math.max(pingMinMs, heartbeatMs),
    pingTimeout: Math.max(pongMinMs, heartbeatMs),
    httpCompression: false,
    perMessageDeflate: false,
  }
}
