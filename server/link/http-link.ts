/** The same words over HTTP calls, for networks in which a socket can't be had. A call may come to any node. */
import type { IncomingHttpHeaders } from 'node:http'
import type * as z from 'zod'
import {
  type Accepted,
  type Beat,
  type Finish,
  type Frames,
  Handshake,
  type Hello,
  type Offer,
  type Welcomed,
} from '#specs/agent-link.ts'
import type { RunningAttempt } from '#specs/agents.ts'
import type { linkRoutes } from '#specs/routes/link.ts'
import { badInput } from '../rest/parse.ts'
import { Mail } from './mail.ts'
import { checkProtocol } from './protocol.ts'
import { Session, type SessionParts } from './session.ts'
import type { Sessions } from './sessions.ts'

/** Who calls. */
export interface HttpPeer {
  readonly agent: string
  readonly team: string
  readonly ip: string
  readonly userAgent: string | null
  /** The start of the program, where it says so. */
  readonly boot: string
}
type News = z.input<(typeof linkRoutes)['agentBeat']['answer']>

interface Caller {
  readonly session: Session
  readonly mail: Mail
  usedAt: number
}

const claimWaitMs = 1_000

export class HttpLink {
  readonly #parts: SessionParts
  readonly #sessions: Sessions
  readonly #callers = new Map<string, Caller>()

  constructor(parts: SessionParts, sessions: Sessions) {
    this.#parts = parts
    this.#sessions = sessions
  }

  async hello(peer: HttpPeer, hello: z.output<typeof Hello>): Promise<Welcomed> {
    const { session } = this.#open(peer)
    return session.hello(hello)
  }

  /** Waits for news for a while, so that an offer gets through at once. */
  async beat(peer: HttpPeer, beat: Beat, signal: AbortSignal): Promise<News> {
    const { session, mail } = await this.#callerOf(peer)
    await session.beat(beat)
    if (!beat.leaving) await mail?.news(this.#parts.times.holdMs, signal)
    return {
      now: this.#parts.presence.now(),
      draining: session.draining,
      offers: mail?.takeOffers() ?? [],
      cancels: mail?.cancelsFor(beat.running) ?? [],
    }
  }

  async claim(peer: HttpPeer, claim: { free: number }, signal: AbortSignal): Promise<{ offers: Offer[] }> {
    const { session, mail } = await this.#callerOf(peer)
    await session.claim(claim)
    await mail?.news(claimWaitMs, signal)
    return { offers: mail?.takeOffers() ?? [] }
  }

  async accept(peer: HttpPeer, attempt: RunningAttempt): Promise<Accepted> {
    return (await this.#callerOf(peer)).session.accept(attempt)
  }
  async decline(peer: HttpPeer, declined: RunningAttempt & { reason: string }): Promise<Accepted> {
    return (await this.#callerOf(peer)).session.decline(declined)
  }
  async started(peer: HttpPeer, attempt: RunningAttempt): Promise<Accepted> {
    return (await this.#callerOf(peer)).session.started(attempt)
  }
  async frames(peer: HttpPeer, frames: Frames): Promise<Accepted> {
    const accepted = await (await this.#callerOf(peer)).session.frames(frames)
    // It can't be asked again for what dies with this server.
    await this.#parts.logs.written()
    return accepted
  }
  async finish(peer: HttpPeer, finish: Finish): Promise<Accepted> {
    return (await this.#callerOf(peer)).session.finish(finish)
  }

  /** Forgets those that have not called for a while; that they are silent shows by itself. */
  forgetQuiet(): void {
    const oldest = performance.now() - this.#parts.times.unhealthyMs
    for (const [agent, { session, usedAt }] of this.#callers) {
      if (usedAt >= oldest) continue
      this.#callers.delete(agent)
      this.#sessions.forget(session)
    }
  }

  /** An agent that has a socket here may still hand something in by HTTP. */
  async #callerOf(peer: HttpPeer): Promise<{ session: Session; mail: Mail | null }> {
    const open = this.#sessions.of(peer.agent)
    const known = this.#callers.get(peer.agent)
    if (known && known.session === open) {
      known.usedAt = performance.now()
      return known
    }
    if (open) return { session: open, mail: null }
    const caller = this.#open(peer)
    if (!(await caller.session.adopt())) this.#sessions.forget(caller.session)
    return caller
  }

  #open({ agent, team, ip, userAgent, boot }: HttpPeer): Caller {
    const mail = new Mail()
    // The same on every node, so that none takes the agent for connected elsewhere.
    const connection = `http-${boot}`
    const session = new Session(this.#parts, { agent, team, boot, connection, ip, userAgent }, mail)
    const caller = { session, mail, usedAt: performance.now() }
    this.#sessions.add(session)
    this.#callers.set(agent, caller)
    return caller
  }
}

const headersOf = {
  boot: 'x-safelight-boot',
  protocol: 'x-safelight-protocol',
} as const

/** What every call of an agent carries besides its key, where it says so. */
export function bootIn(headers: IncomingHttpHeaders): string {
  const protocol = headers[headersOf.protocol]
  if (protocol !== undefined) checkProtocol(protocolIn(protocol))
  const boot = headers[headersOf.boot]
  if (boot === undefined) return 'without-socket'
  const parsed = Handshake.shape.boot.safeParse(boot)
  if (parsed.success) return parsed.data
  throw badInput([{ path: `header ${headersOf.boot}`, message: 'must be 8 to 64 letters, digits, - or _' }])
}

function protocolIn(header: string | string[]): number {
  const version = Number(header)
  if (Number.isInteger(version)) return version
  throw badInput([{ path: `header ${headersOf.protocol}`, message: 'must be a whole number' }])
}
