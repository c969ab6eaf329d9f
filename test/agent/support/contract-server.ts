/**
 * A server that speaks the agents' contract and nothing else: real sockets, real HTTP. It checks every word it hears,
 * notes it, and answers as a spec tells it to.
 */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server as HttpServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { Server, type Socket } from 'socket.io'
import type * as z from 'zod'
import {
  type Accepted,
  agentNamespace,
  agentSays,
  type Beat,
  type Cancel,
  type Finish,
  type Frames,
  Handshake,
  type Hello,
  type Offer,
  Register,
} from '#specs/agent-link.ts'
import type { RunningAttempt } from '#specs/agents.ts'
import { newId } from '#specs/ids.ts'
import { type ProblemCode, statusOf } from '#specs/problem.ts'
import { linkRoutes } from '#specs/routes/link.ts'
import { Events } from '../../support/events.ts'

type Way = 'socket' | 'http'
export type Heard =
  | { readonly kind: 'registered'; readonly body: Register }
  | { readonly kind: 'connected'; readonly boot: string; readonly at: number }
  | { readonly kind: 'disconnected'; readonly at: number }
  | { readonly kind: 'hello'; readonly body: z.infer<typeof Hello>; readonly way: Way }
  | { readonly kind: 'beat'; readonly body: Beat; readonly way: Way; readonly at: number }
  | { readonly kind: 'accept'; readonly body: RunningAttempt; readonly at: number }
  | {
      readonly kind: 'decline'
      readonly body: RunningAttempt & { readonly reason: string }
      readonly way: Way
    }
  | { readonly kind: 'started'; readonly body: RunningAttempt; readonly at: number }
  | { readonly kind: 'frames'; readonly body: Frames; readonly at: number }
  | { readonly kind: 'finish'; readonly body: Finish; readonly way: Way; readonly at: number }
  | { readonly kind: 'claim'; readonly body: { readonly free: number } }

type Word = keyof typeof agentSays
type Said = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly problem: unknown }
const yes: Accepted = { accepted: true, reason: null }

export const testKey = 'agt_key_for_specs'
export const testToken = 'art_for_specs'
export const agentId = newId('agent')

export class ContractServer {
  readonly heard = new Events<Heard>()
  /** What was not as the contract has it. Specs expect none. */
  readonly violations: string[] = []
  terms = { heartbeatMs: 100, leaseMs: 2_000 }
  pull = false
  draining = false
  /** Which of the attempts that an agent says it runs it may go on with. */
  keep: (running: RunningAttempt[]) => RunningAttempt[] = (running) => running
  /** Answers instead of the usual ones: a value, a problem's code, or null for none at all. */
  readonly answers: { [W in Word]?: (body: never) => unknown } = {}
  /** With this code every handshake is refused. */
  refuseSockets: ProblemCode | null = null
  /** As if something in between knew no WebSocket. */
  noSockets = false
  /** How often a socket was asked for where there was none. */
  socketsMissed = 0
  /** What callers have said that they are, by each way. */
  readonly userAgents = new Set<string>()
  offersForHttp: Offer[] = []
  cancelsForHttp: Cancel[] = []
  #http: HttpServer
  #io: Server
  #port = 0

  constructor() {
    ;[this.#http, this.#io] = this.#make()
  }

  static async start(): Promise<ContractServer> {
    const server = new ContractServer()
    await server.listen()
    return server
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`
  }
  get sockets(): Socket[] {
    return [...this.#io.of(agentNamespace).sockets.values()]
  }

  async listen(): Promise<void> {
    this.#http.listen(this.#port, '127.0.0.1')
    await once(this.#http, 'listening')
    this.#port = (this.#http.address() as AddressInfo).port
  }

  /** Nobody is there any more: open sockets break, new ones are refused. */
  async close(): Promise<void> {
    this.cut()
    await this.#io.close()
    this.#http.closeAllConnections()
  }

  /** There again, on the same port. */
  async comeBack(): Promise<void> {
    ;[this.#http, this.#io] = this.#make()
    await this.listen()
  }

  /** Breaks all sockets; new ones are let in. */
  cut(): void {
    for (const socket of this.sockets) socket.conn.close()
  }

  say(word: string, body: unknown): void {
    this.#io.of(agentNamespace).emit(word, body)
  }

  /** Asks all agents and resolves with the first answer. */
  async ask(word: string, body: unknown): Promise<unknown> {
    const [first] = this.sockets
    if (!first) throw new Error('no agent is connected')
    return await first.emitWithAck(word, body)
  }

  /** Offers a job to whoever is connected. */
  offer(tool: string, params: unknown = {}, more: Partial<Offer> = {}): Offer {
    const offer = offerOf(tool, params, more)
    this.say('offer', offer)
    return offer
  }

  async finishOf({ job }: Pick<Offer, 'job'>): Promise<Finish> {
    for (;;) {
      const { body } = await this.heard.next('finish')
      if (body.job === job) return body
    }
  }

  framesOf({ job, attempt }: Pick<Offer, 'job' | 'attempt'>): Frames['frames'] {
    return this.heard.all.flatMap((heard) =>
      heard.kind === 'frames' && heard.body.job === job && heard.body.attempt === attempt
        ? heard.body.frames
        : [],
    )
  }

  #make(): [HttpServer, Server] {
    const http = createServer((request, response) => void this.#serve(request, response))
    const io = new Server(http, {
      maxHttpBufferSize: 2_000_000,
      allowRequest: (_, answer) => {
        if (this.noSockets) this.socketsMissed += 1
        answer(null, !this.noSockets)
      },
    })
    const agents = io.of(agentNamespace)
    agents.use((socket, next) => next(this.#objection(socket)))
    agents.on('connection', (socket) => this.#serveSocket(socket))
    return [http, io]
  }

  #objection(socket: Socket): Error | undefined {
    const parsed = Handshake.safeParse(socket.handshake.auth)
    if (!parsed.success) this.violations.push(`handshake: ${parsed.error.message}`)
    const code = this.refuseSockets ?? (parsed.data?.key === testKey ? null : 'not_signed_in')
    return code === null ? undefined : Object.assign(new Error(code), { data: problemOf(code) })
  }

  #serveSocket(socket: Socket): void {
    const { boot } = Handshake.parse(socket.handshake.auth)
    this.userAgents.add(`socket: ${socket.handshake.headers['user-agent']}`)
    this.heard.push({ kind: 'connected', boot, at: performance.now() })
    socket.on('disconnect', () => this.heard.push({ kind: 'disconnected', at: performance.now() }))
    for (const word of Object.keys(agentSays) as Word[])
      socket.on(word, async (body: unknown, answer: (said: Said) => void) => {
        const said = await this.#hear(word, body, 'socket')
        if (said !== null) answer(said)
      })
  }

  async #hear(word: Word, given: unknown, way: Way): Promise<Said | null> {
    const parsed = agentSays[word].input.safeParse(given)
    if (!parsed.success) {
      this.violations.push(`${word}: ${parsed.error.message}`)
      return { ok: false, problem: problemOf('bad_input') }
    }
    this.heard.push({ kind: word, body: parsed.data, way, at: performance.now() } as unknown as Heard)
    const otherwise = this.answers[word] as ((body: unknown) => unknown) | undefined
    const value = otherwise ? await otherwise(parsed.data) : this.#usual(word, parsed.data)
    if (value === null) return null
    if (typeof value === 'string') return { ok: false, problem: problemOf(value as ProblemCode) }
    return { ok: true, value }
  }

  #usual(word: Word, body: unknown): unknown {
    if (word === 'hello') {
      const { running } = body as z.infer<typeof Hello>
      const { draining, pull } = this
      return {
        agent: agentId,
        name: 'studio',
        now: Date.now(),
        ...this.terms,
        draining,
        pull,
        keep: this.keep(running),
      }
    }
    if (word === 'beat') return { now: Date.now(), draining: this.draining }
    if (word === 'claim') return { offers: [] }
    return yes
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const reply = (status: number, body: unknown) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    }
    if (request.url === '/livez') return reply(200, { alive: true })
    this.userAgents.add(`http: ${request.headers['user-agent']}`)
    const name = (Object.keys(linkRoutes) as (keyof typeof linkRoutes)[]).find(
      (route) => linkRoutes[route].path === request.url,
    )
    if (name === undefined) return reply(404, problemOf('not_found'))
    const body: unknown = await json(request)
    if (name === 'registerAgent') return this.#register(Register.parse(body), reply)
    if (request.headers.authorization !== `Bearer ${testKey}`) return reply(401, problemOf('not_signed_in'))
    const said = await this.#hear(wordOf[name] ?? 'hello', body, 'http')
    if (said === null) return
    if (!said.ok) return reply((said.problem as { status: number }).status, said.problem)
    reply(200, name === 'agentBeat' ? { ...(said.value as object), ...this.#takeForHttp() } : said.value)
  }

  #takeForHttp() {
    return { offers: this.offersForHttp.splice(0), cancels: this.cancelsForHttp.splice(0) }
  }

  #register(body: Register, reply: (status: number, body: unknown) => void): void {
    if (body.token !== testToken) return reply(401, problemOf('not_signed_in'))
    this.heard.push({ kind: 'registered', body })
    reply(201, { agent: agentId, name: body.name, key: testKey, isNew: true })
  }
}

const wordOf: Readonly<Partial<Record<keyof typeof linkRoutes, Word>>> = {
  agentHello: 'hello',
  agentBeat: 'beat',
  agentClaim: 'claim',
  agentAccept: 'accept',
  agentDecline: 'decline',
  agentStarted: 'started',
  agentFrames: 'frames',
  agentFinish: 'finish',
}

export function offerOf(tool: string, params: unknown = {}, more: Partial<Offer> = {}): Offer {
  return {
    job: newId('job'),
    attempt: 1,
    tool,
    params: params as Offer['params'],
    attemptMs: 0,
    stallMs: 0,
    acceptMs: 2_000,
    ...more,
  }
}

function problemOf(code: ProblemCode) {
  return { type: 'about:blank', title: code, status: statusOf[code], code, detail: `the spec says ${code}` }
}
