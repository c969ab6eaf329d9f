/**
 * The dashboard's socket: lets people in, and lets each of their pages watch what it shows.
 *
 *   bus ─▶ feeds (team, job) ─▶ visitor ─▶ page
 *   streams (frames) ───────────▶
 */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import type { Namespace, Server, Socket } from 'socket.io'
import type { Log } from '#runtime/index.ts'
import { dashboardNamespace, dashboardSays } from '#specs/live.ts'
import { Buckets } from '../link/limits.ts'
import { answered, argumentsOf, parsePayload, refusalFor } from '../link/payload.ts'
import type { Reads } from '../fleet/reads.ts'
import type { Ended } from '../people/parts.ts'
import type { Guard } from '../rest/guard.ts'
import type { UserCaller } from '../rest/handlers.ts'
import { isFromOwnPage } from '../rest/origin.ts'
import { problemOf, Refusal } from '../rest/refusal.ts'
import type { Bus } from './bus.ts'
import { Feeds } from './feeds.ts'
import type { Streams } from './streams.ts'
import { Visitor } from './visitor.ts'

export interface LiveParts {
  readonly io: Server
  readonly bus: Bus
  readonly streams: Streams
  readonly reads: Reads
  /** The same guard that HTTP calls pass. */
  readonly identify: Guard['identify']
  readonly publicUrl: string
  readonly addressOf: (request: IncomingMessage) => string
  readonly log: Log
  /** Of one person, on this node. */
  readonly socketsMax?: number
}
export interface Live {
  stop(): void
}

const socketsDefaultMax = 50
const words = { most: 200, perSecond: 50 }
/** How often it is looked whose session has run out. */
const expiryEveryMs = 10_000

export function startLive(parts: LiveParts): Live {
  const { io, bus, streams, reads, log } = parts
  const feeds = new Feeds(bus, reads, log)
  const visitors = new Set<Visitor>()
  const namespace = io.of(dashboardNamespace)
  const spoken = new Buckets(words)
  namespace.use(async (socket, next) => {
    next(await refusalFor(socket, (opening) => admit(parts, visitors, opening), log))
  })
  namespace.on('connection', (socket) => {
    const { caller } = socket.data as { caller: UserCaller }
    const visitor = new Visitor(socket, caller, { feeds, streams, log })
    visitors.add(visitor)
    socket.on('disconnect', () => {
      visitors.delete(visitor)
      visitor.left()
    })
    listen(socket, visitor, spoken, log)
  })
  const quits = [
    bus.on('ended', ({ ended }) => {
      for (const visitor of visitors)
        if (isMeant(ended, visitor.caller)) visitor.signOut('The session has ended. Sign in again.')
    }),
    bus.on('gap', ({ reason }) => {
      if (visitors.size > 0) log.info('every open page starts afresh', { reason })
      feeds.forgetAll()
      for (const visitor of visitors) visitor.cut()
    }),
  ]
  const expiry = setInterval(() => void signOutExpired(parts, visitors), expiryEveryMs)
  return {
    stop() {
      clearInterval(expiry)
      for (const quit of quits) quit()
      close(namespace)
      feeds.stop()
    },
  }
}

function close(namespace: Namespace) {
  namespace.removeAllListeners('connection')
  for (const socket of namespace.sockets.values()) socket.conn.close()
}

async function admit(parts: LiveParts, visitors: ReadonlySet<Visitor>, socket: Socket) {
  const caller = await callerOf(parts, socket)
  const { socketsMax = socketsDefaultMax } = parts
  const open = [...visitors].filter((visitor) => visitor.caller.user === caller.user).length
  if (open >= socketsMax)
    throw new Refusal(
      'too_many_requests',
      `You have ${open} pages open, which is the most. Close some of them.`,
      {
        retryAfterMs: expiryEveryMs,
      },
    )
  Object.assign(socket.data as object, { caller })
}

/** A page shows its cookie, a program its token, as the socket's `auth` or as a header. */
async function callerOf({ identify, publicUrl, addressOf }: LiveParts, socket: Socket): Promise<UserCaller> {
  const { auth, headers } = socket.handshake
  const token: unknown = (auth as { token?: unknown } | null)?.token
  const shown: IncomingHttpHeaders =
    typeof token === 'string' ? { ...headers, authorization: `Bearer ${token}` } : headers
  const { caller } = await identify(shown, addressOf(socket.request))
  if (caller.kind !== 'user')
    throw new Refusal('not_allowed', "An agent's key opens only what is for agents. Use an API token.")
  if (caller.via === 'session' && headers.origin !== undefined && !isFromOwnPage(headers, publicUrl))
    throw new Refusal(
      'not_allowed',
      `A session's cookie counts only for pages of this server: open ${publicUrl}.`,
    )
  if (caller.scopes !== null && !caller.scopes.includes('read'))
    throw new Refusal(
      'not_allowed',
      "This token is not for that: it lacks the scope 'read'. Make one that has it.",
    )
  return caller
}

function listen(socket: Socket, visitor: Visitor, spoken: Buckets, log: Log) {
  const take = () => spoken.take(socket.id, 'This page asks too much.')
  socket.on('watch', (...given: unknown[]) => {
    const { payload, respond } = argumentsOf(given)
    let told = false
    const answer = (value: unknown) => {
      told = true
      respond({ ok: true, value })
    }
    void answered(async () => {
      take()
      await visitor.watch(parsePayload(dashboardSays.watch.input, payload), answer)
    }, log).then((result) => {
      if (!result.ok && !told) respond(result)
    })
  })
  socket.on('unwatch', (...given: unknown[]) => {
    const { payload, respond } = argumentsOf(given)
    void answered(async () => {
      take()
      await visitor.unwatch(parsePayload(dashboardSays.unwatch.input, payload))
      return { done: true }
    }, log).then(respond)
  })
  socket.onAny((name: string, ...given: unknown[]) => {
    if (name in dashboardSays) return
    const refusal = new Refusal(
      'bad_request',
      `Nothing is known of '${name.slice(0, 100)}'. Known are watch, unwatch.`,
    )
    argumentsOf(given).respond({ ok: false, problem: problemOf(refusal) })
  })
}

function isMeant(ended: Ended, { user, credential, via }: UserCaller): boolean {
  if (ended.what !== 'user') return ended.credential === credential
  return ended.user === user && (via !== 'token' || ended.disabled)
}

/** What they came with has run out: a session may have been prolonged meanwhile, the rest has not. */
async function signOutExpired(parts: LiveParts, visitors: ReadonlySet<Visitor>) {
  const now = Date.now()
  for (const visitor of visitors) {
    if (visitor.caller.expiresAt > now) continue
    const isKnown = await visitor
      .renew((socket) => callerOf(parts, socket))
      .catch((error: unknown) => {
        parts.log.debug('a session could not be looked up', { reason: String(error) })
        return true
      })
    if (!isKnown) visitor.signOut('The session has ended. Sign in again.')
  }
}
