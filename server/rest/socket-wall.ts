/**
 * What sockets have to pass before those who serve them: where agents call from, and what the policy denies of what pages
 * watch. So neither is walked around by a socket.
 */
import type { IncomingMessage } from 'node:http'
import type { Server, Socket } from 'socket.io'
import * as z from 'zod'
import type { Log } from '#runtime/log.ts'
import { agentNamespace } from '#specs/agent-link.ts'
import { dashboardNamespace, type Watch } from '#specs/live.ts'
import { routes, type RouteName } from '#specs/routes.ts'
import { argumentsOf, refusalFor } from '../link/payload.ts'
import type { Caller } from './handlers.ts'
import type { Places } from './places.ts'
import type { Policy } from './policy.ts'
import { problemOf, refusalOf } from './refusal.ts'

export interface SocketWallParts {
  readonly io: Server
  readonly places: Pick<Places, 'check'>
  readonly policy: Policy
  /** The address that a request comes from, as far as proxies are trusted. */
  readonly addressOf: (request: IncomingMessage) => string
  readonly log: Log
}

type Topic = Watch['topic']

/** The routes that show what a topic shows. */
const shownBy: Readonly<Record<Topic, readonly RouteName[]>> = {
  pool: ['pool'],
  agents: ['listAgents'],
  jobs: ['listJobs'],
  job: ['getJob', 'jobLog'],
}
const Asked = z.object({ topic: z.enum(Object.keys(shownBy) as [Topic, ...Topic[]]) })

/** To be called before anybody else listens: what comes first looks first. */
export function raiseSocketWall(parts: SocketWallParts): void {
  const { io, places, addressOf, log } = parts
  io.of(agentNamespace).use(async (socket, next) => {
    next(await refusalFor(socket, async () => places.check('agents', addressOf(socket.request)), log))
  })
  io.of(dashboardNamespace).on('connection', (socket) => watchBeyondPolicy(parts, socket))
}

/** After a change of the policy every page is cut off; it comes back by itself and asks anew for what it shows. */
export function cutPages(io: Server): void {
  for (const { conn } of io.of(dashboardNamespace).sockets.values()) conn.close()
}

function watchBeyondPolicy({ policy }: SocketWallParts, socket: Socket): void {
  socket.use((packet, next) => {
    const [name, ...given] = packet as unknown as [string, ...unknown[]]
    const { payload, respond } = argumentsOf(given)
    const asked = Asked.safeParse(payload)
    if (name !== 'watch' || !asked.success) return next()
    const { caller } = socket.data as { caller: Caller }
    try {
      for (const route of shownBy[asked.data.topic]) policy.check(routes[route], caller)
    } catch (error) {
      respond({ ok: false, problem: problemOf(refusalOf(error)) })
      return
    }
    next()
  })
}
