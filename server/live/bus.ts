/**
 * What happens, told to whoever listens on any server node: at once on this one, by NOTIFY on the others. News, not
 * truth: after a gap whoever shows something reads it again.
 */
import { randomUUID } from 'node:crypto'
import * as z from 'zod'
import { type ActorEvent, actorEvent } from '#actors/events.ts'
import { reasonOf } from '#runtime/errors.ts'
import type { Log, Node } from '#runtime/index.ts'
import type { JobFrames } from '#specs/live.ts'
import type { Ended } from '../people/parts.ts'
import { type Interest, Line } from './line.ts'

export type BusEvent =
  | ActorEvent
  /** What an attempt has told. */
  | ({ readonly type: 'frames'; readonly team: string } & z.infer<typeof JobFrames>)
  /** A way in has been closed before its time. */
  | { readonly type: 'ended'; readonly ended: Ended }
  /** Messages may have been lost. Never crosses from one node to another. */
  | { readonly type: 'gap'; readonly reason: string }
export type BusEventType = BusEvent['type']
export type BusEventOf<Type extends BusEventType> = Extract<BusEvent, { type: Type }>
type Listener<Type extends BusEventType = BusEventType> = (event: BusEventOf<Type>) => void

/** Answers another node's question, or null where it knows nothing of it. */
export type Answerer = (question: unknown) => Promise<unknown>

export interface BusOptions {
  /** Whose actors' events it carries. */
  readonly node: Pick<Node, 'onEvent' | 'alone'>
  readonly url: string
  /** The schema of the product's tables. */
  readonly schema: string
  /** This server's name, for logs. */
  readonly name: string
  readonly log: Log
  readonly announceMs?: number
}

const Message = z.discriminatedUnion('type', [
  z.object({ type: z.literal('event'), event: z.looseObject({ type: z.string() }) }),
  z.object({ type: z.literal('question'), id: z.string(), about: z.string(), body: z.unknown() }),
  z.object({ type: z.literal('answer'), id: z.string(), body: z.unknown() }),
])

/** Whose changes a node wants to hear of. */
export const topicOf = {
  team: (team: string) => `team:${team}`,
  job: (job: string) => `job:${job}`,
}

const connectionsMax = 100_000

export class Bus {
  readonly #line: Line
  readonly #log: Log
  readonly #listeners = new Map<BusEventType, Set<Listener>>()
  readonly #answerers = new Map<string, Answerer>()
  readonly #questions = new Map<string, (answer: unknown) => void>()
  readonly #node: BusOptions['node']
  /** Connection and standing of agents, as they were last told. */
  readonly #connections = new Map<string, string>()
  #quit: (() => void) | undefined

  constructor({ node, ...options }: BusOptions) {
    this.#log = options.log
    this.#node = node
    this.#line = new Line({
      ...options,
      hasOthers: () => !node.alone,
      onMessage: (message) => this.#hear(message),
      onGap: (reason) => this.#tellHere({ type: 'gap', reason }),
    })
  }

  async start(): Promise<void> {
    this.#quit = this.#node.onEvent((event) => {
      if (event.type === 'published') {
        const told = actorEvent(event.event)
        if (told) this.tell(told)
      } else if (event.type === 'fenced') this.#tellHere({ type: 'gap', reason: 'this node was fenced' })
    })
    await this.#line.start()
  }

  async stop(): Promise<void> {
    this.#quit?.()
    await this.#line.stop()
  }

  /** Calls back for each event of the type, from any node. Returns what ends it. */
  on<Type extends BusEventType>(type: Type, listener: Listener<Type>): () => void {
    const listeners = this.#listeners.get(type) ?? new Set()
    this.#listeners.set(type, listeners)
    const kept = listener as unknown as Listener
    listeners.add(kept)
    return () => void listeners.delete(kept)
  }

  /** Tells those who listen here, and the other nodes as far as they care. */
  tell(event: BusEvent): void {
    this.#tellHere(event)
    if (!this.#line.alone && this.#wanted(event)) this.#line.send({ type: 'event', event })
  }

  /** Says that this node wants to hear of a topic. */
  interest(topic: string): Interest {
    return this.#line.interest(topic)
  }
  /** Whether there is no other server. */
  get alone(): boolean {
    return this.#line.alone
  }
  /** There are others, and nothing of theirs is heard. */
  get deaf(): boolean {
    return this.#line.deaf && !this.#line.alone
  }

  /** Asks the other nodes; the first answer counts, null where none comes in time. */
  async ask(about: string, body: unknown, timeoutMs: number): Promise<unknown> {
    if (this.#line.alone) return null
    const id = randomUUID()
    const { promise, resolve } = Promise.withResolvers<unknown>()
    this.#questions.set(id, resolve)
    const timer = setTimeout(() => resolve(null), timeoutMs)
    this.#line.send({ type: 'question', id, about, body })
    try {
      return await promise
    } finally {
      clearTimeout(timer)
      this.#questions.delete(id)
    }
  }
  /** Answers what other nodes ask about it. */
  answers(about: string, answerer: Answerer): void {
    this.#answerers.set(about, answerer)
  }

  /** What everybody needs goes to everybody; of the rest, what somebody has asked for. */
  #wanted(event: BusEvent): boolean {
    if (event.type === 'gap') return false
    if (event.type === 'frames') return this.#line.wanted(topicOf.job(event.job))
    // What the others want now can't be heard.
    if (this.deaf) return true
    if (event.type === 'agent')
      return this.#concernsConnection(event) || this.#line.wanted(topicOf.team(event.team))
    if (event.type === 'job')
      return this.#line.wanted(topicOf.team(event.team)) || this.#line.wanted(topicOf.job(event.job.id))
    return true
  }

  /** Whoever holds an agent's connection has to hear of another one, and of what people want of the agent. */
  #concernsConnection({ id, agent }: BusEventOf<'agent'>): boolean {
    const shown = agent === null ? '' : `${agent.connection?.id} ${agent.standing}`
    const known = this.#connections.get(id)
    if (this.#connections.size >= connectionsMax) this.#connections.clear()
    this.#connections.set(id, shown)
    return known !== shown
  }

  #tellHere(event: BusEvent) {
    for (const listener of this.#listeners.get(event.type) ?? []) {
      try {
        listener(event)
      } catch (error) {
        this.#log.error('a listener of the bus failed', { event: event.type, reason: reasonOf(error) })
      }
    }
  }

  #hear(given: unknown) {
    const message = Message.safeParse(given)
    // Of a newer program: it is only news.
    if (!message.success) return
    const { data } = message
    if (data.type === 'event') this.#tellHere(data.event as unknown as BusEvent)
    else if (data.type === 'answer') this.#questions.get(data.id)?.(data.body)
    else void this.#answer(data)
  }

  async #answer({ id, about, body }: { id: string; about: string; body: unknown }) {
    try {
      const answer = (await this.#answerers.get(about)?.(body)) ?? null
      if (answer !== null) this.#line.send({ type: 'answer', id, body: answer })
    } catch (error) {
      this.#log.warn('a question of another server was not answered', { about, reason: reasonOf(error) })
    }
  }
}
