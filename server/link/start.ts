/**
 * The border to agents: sockets and HTTP calls in, words to actors; what actors tell, out. `startLink` puts its parts
 * together:
 *
 *   gateway, http-link ─▶ session ─▶ actors (job, agent, coordinator)
 *                            ├─▶ streams, log-keeper   frames: to whoever watches, log lines: to their table
 *   bus ─▶ sessions ─▶ session                         offers, cancels, and what else is for an agent
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
import { LogKeeper } from './log-keeper.ts'
import { Placements } from './placements.ts'
import { Presence, type Step } from './presence.ts'
import { Probes } from './probes.ts'
import { Registration } from './registration.ts'
import type { SessionParts } from './session.ts'
import { Sessions } from './sessions.ts'
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
}

export interface Link {
  readonly handlers: Handlers
  /** For the guard of HTTP calls. */
  readonly identifyAgent: IdentifyAgent
  readonly registration: Registration
  readonly sessions: Sessions
  /** The database's clock, as far as it is known here. */
  now(): number
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
  const placements = new Placements(pool)
  const session: SessionParts = { node, streams, logs, presence, placements, times, log, server }
  const registration = new Registration({ pool, node })
  const probes = new Probes({
    everyMs: times.probeMs,
    timeoutMs: times.probeTimeoutMs,
    log,
    failed: (agent, failures) => presence.failed(agent, failures),
    degraded: (agent) => tell(agent, agents.at(agent).silent({ level: 'degraded', ageMs: 0 })),
    recovered: (agent) => tell(agent, agents.at(agent).heard({ load: sessions.of(agent)?.load ?? null })),
  })
  const http = new HttpLink(session, sessions)
  const quit = sessions.listen(bus)
  const gateway = openGateway({ ...parts, session, sessions, probes, registration })
  const quiet = setInterval(() => http.forgetQuiet(), times.heartbeatMs)
  presence.start()
  probes.start()
  return {
    handlers: linkHandlers({ pool, node, registration, http }),
    identifyAgent: (key) => registration.identify(key),
    registration,
    sessions,
    now: () => presence.now(),
    async stop() {
      probes.stop()
      clearInterval(quiet)
      quit()
      gateway.close()
      sessions.closeAll('the server is stopping')
      await presence.stop()
      await logs.stop()
      await database.close()
    },
  }
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
