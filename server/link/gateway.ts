/** The socket that agents dial: lets them in, and turns events into words of a session and back. */
import type { IncomingMessage } from 'node:http'
import type { Namespace, Server, Socket } from 'socket.io'
import * as z from 'zod'
import type { Log } from '#runtime/index.ts'
import {
  agentNamespace,
  agentSays,
  type Answer,
  Frame,
  Handshake,
  type Offer,
  Probe,
} from '#specs/agent-link.ts'
import { problemOf, Refusal } from '../rest/refusal.ts'
import { Buckets } from './limits.ts'
import { answered, argumentsOf, parsePayload, refusalFor } from './payload.ts'
import type { Probes } from './probes.ts'
import { checkProtocol } from './protocol.ts'
import type { Registration } from './registration.ts'
import { Session, type SessionParts } from './session.ts'
import type { Sessions } from './sessions.ts'
import type { Transport } from './transport.ts'

export interface GatewayParts {
  readonly io: Server
  readonly session: SessionParts
  readonly sessions: Sessions
  readonly probes: Probes
  readonly registration: Pick<Registration, 'identifySocket'>
  /** The address that a request comes from, as far as proxies are trusted. */
  readonly addressOf: (request: IncomingMessage) => string
  readonly log: Log
}

type Says = keyof typeof agentSays
type Input<Name extends Says> = z.output<(typeof agentSays)[Name]['input']>
type Word = (session: Session, payload: unknown) => Promise<unknown>

const Kept = z.object({ frames: z.array(Frame) })
const replayTimeoutMs = 2_000
/** Of one agent: a program that dials in a loop is told so. */
const dials = { most: 30, perSecond: 2 }
/** Of one connection. Frames and results come in batches. */
const words = { most: 1_000, perSecond: 500 }

/** What each event does, once its payload is parsed. */
const wordsOf: { readonly [Name in Says]: (session: Session, input: Input<Name>) => Promise<unknown> } = {
  hello: (session, input) => session.hello(input),
  beat: (session, input) => session.beat(input),
  accept: (session, input) => session.accept(input),
  decline: (session, input) => session.decline(input),
  started: (session, input) => session.started(input),
  frames: (session, input) => session.frames(input),
  finish: (session, input) => session.finish(input),
  claim: async (session, input) => {
    await session.claim(input)
    // Offers come as events, as soon as the coordinator has placed them.
    return { offers: [] as Offer[] }
  },
}

/** Opens the namespace. Returns what closes it. */
export function openGateway(parts: GatewayParts): { close(): void } {
  const { io, log } = parts
  const namespace = io.of(agentNamespace)
  const dialled = new Buckets(dials)
  const spoken = new Buckets(words)
  namespace.use(async (socket, next) => {
    next(await refusalFor(socket, (dialling) => admit(parts, dialled, dialling), log))
  })
  namespace.on('connection', (socket) => begin(parts, spoken, socket))
  return { close: () => close(namespace) }
}

function close(namespace: Namespace) {
  namespace.removeAllListeners('connection')
  for (const socket of namespace.sockets.values()) socket.conn.close()
}

interface Known {
  session: Session
}

async function admit(
  { registration, session, addressOf, log }: GatewayParts,
  dialled: Buckets,
  socket: Socket,
) {
  const { auth, headers } = socket.handshake
  // Before anything else: the rest may have another form in another version.
  checkProtocol((auth as { protocol?: unknown } | null)?.protocol)
  const { key, installation, boot } = parsePayload(Handshake, auth)
  const { agent, team } = await registration.identifySocket(key, installation)
  dialled.take(agent, 'This agent connects too often.')
  const peer = {
    agent,
    team,
    boot,
    connection: socket.id,
    ip: addressOf(socket.request) || null,
    userAgent: headers['user-agent'] ?? null,
  }
  const known: Known = { session: new Session(session, peer, transportOf(socket, log)) }
  Object.assign(socket.data as object, known)
}

function begin({ sessions, probes, log }: GatewayParts, spoken: Buckets, socket: Socket) {
  const { session } = socket.data as Known
  const { agent, connection } = session.peer
  const probed = {
    agent,
    connection,
    probe: async (timeoutMs: number) =>
      session.welcomed ? session.ailment(await probe(socket, timeoutMs)) : null,
  }
  sessions.add(session)
  probes.add(probed)
  for (const [name, { input }] of Object.entries(agentSays)) {
    const word: Word = (of, payload) => (wordsOf[name as Says] as Word)(of, parsePayload(input, payload))
    socket.on(name, (...given: unknown[]) => {
      const { payload, respond } = argumentsOf(given)
      void answered(async () => {
        spoken.take(connection, 'This connection says too much.')
        return await word(session, payload)
      }, log).then(respond)
    })
  }
  socket.onAny((name: string, ...given: unknown[]) => {
    if (name in agentSays) return
    argumentsOf(given).respond(unknownEvent(name))
  })
  socket.on('disconnect', (reason) => {
    probes.remove(probed)
    sessions.closed(session, reason)
  })
}

function unknownEvent(name: string): Answer<never> {
  const known = Object.keys(agentSays).join(', ')
  const refusal = new Refusal(
    'bad_request',
    `Nothing is known of '${name.slice(0, 100)}'. Known are ${known}.`,
  )
  return { ok: false, problem: problemOf(refusal) }
}

async function probe(socket: Socket, timeoutMs: number): Promise<z.infer<typeof Probe>> {
  return Probe.parse(await socket.timeout(timeoutMs).emitWithAck('probe', {}))
}

function transportOf(socket: Socket, log: Log): Transport {
  return {
    offer: (offer) => void socket.emit('offer', offer),
    cancel: (cancel) => void socket.emit('cancel', cancel),
    drain: (reason) => void socket.emit('drain', { reason }),
    dismissed: (reason) => void socket.emit('dismissed', { reason }),
    async replay(job, attempt, after) {
      const answer: unknown = await socket
        .timeout(replayTimeoutMs)
        .emitWithAck('replay', { job, attempt, after })
      return Kept.parse(answer).frames
    },
    close(mayReturn) {
      log.debug('a connection of an agent is closed', { connection: socket.id })
      // What was just said to it goes out first. A client comes back by itself only when its transport breaks.
      setImmediate(() => (mayReturn ? socket.conn.close() : socket.disconnect(true)))
    },
  }
}
