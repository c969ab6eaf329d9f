/** A node of the cluster: the handle through which the outside world talks to actors. */
import { shardOf } from './address.ts'
import { Asks } from './asks.ts'
import type { Kind } from './definition.ts'
import { type Duration, milliseconds } from './duration.ts'
import { Fenced, reasonOf, Refused, Unavailable } from './errors.ts'
import { type EventListener, Events } from './events.ts'
import { doctor, type Finding } from './doctor.ts'
import { explain, type Explanation } from './explain.ts'
import { Life } from './life.ts'
import { type Log, silent } from './log.ts'
import { type DeadLetter, type Message, type Rare, resumeType } from './message.ts'
import { type Metrics, metricsOf } from './metrics.ts'
import { bodyOf } from './outgoing.ts'
import type { Clock, DeadFilter, HistoryRow, Random, Scheduler, Store, Wake } from './ports.ts'
import { discard, redrive } from './redrive.ts'
import { type Settings, settingsFrom } from './settings.ts'
import { newTrace } from './trace.ts'
import { checkMessage, checkMessageForm } from './turn.ts'

export interface NodeParts {
  readonly name: string
  readonly kinds: readonly Kind[]
  readonly store: Store
  readonly wake: Wake
  readonly clock: Clock
  readonly scheduler: Scheduler
  readonly random: Random
  readonly settings?: Partial<Settings>
  readonly log?: Log
  /** Runs `ctx.offload` tasks. */
  readonly offload?: (task: string, input: unknown) => Promise<unknown>
  /** Called when the node has stopped. */
  readonly closed?: () => Promise<void>
}

export interface SendFromOutside {
  readonly delay?: Duration
  readonly priority?: number
  /** Sent once per key, however often it is tried. */
  readonly dedupe?: string
  /** Messages from the same name to the same actor stay in order even when one fails. */
  readonly from?: string
  /** W3C traceparent of the caller. */
  readonly trace?: string
}
export interface AskOptions {
  readonly timeout?: Duration
  /** Repeating an ask with the same id is answered, not run again. Kept for an hour. */
  readonly requestId?: string
  readonly trace?: string
}

/** A turn as history keeps it. */
export type Turn = HistoryRow & { readonly at: number }

const rejoinFirstMs = 50
const rejoinMaxMs = 2_000

/** Starts a node: it joins, takes its share of the shards, and runs their actors. */
export async function startNode(parts: NodeParts): Promise<Node> {
  const node = new Node(parts)
  await node.start()
  return node
}

export class Node {
  readonly name: string
  readonly settings: Settings
  readonly #parts: NodeParts
  readonly #log: Log
  readonly #kinds: ReadonlyMap<string, Kind>
  readonly #events = new Events()
  readonly #asks: Asks
  #life: Life | null = null
  #listening: { stop(): Promise<void> } | null = null
  #stopping = false

  constructor(parts: NodeParts) {
    this.name = parts.name
    this.#parts = parts
    this.#log = parts.log ?? silent
    this.settings = settingsFrom(parts.settings)
    this.#kinds = new Map(parts.kinds.map((kind) => [kind.name, kind]))
    if (this.#kinds.size !== parts.kinds.length) throw new TypeError('two kinds have the same name')
    this.#asks = new Asks(parts.clock)
  }

  /** Resolves when the node is a member with a lease. */
  async start() {
    await this.#join()
    await this.#life?.membership.begun
    this.#listening = await this.#parts.wake.listen({
      woken: (call) => this.#life?.woken(call),
      listening: () => this.#life?.listening(),
    })
    this.#life?.notifier.topology()
  }

  /** What the runtime tells of itself. Returns what ends the listening. */
  onEvent(listener: EventListener): () => void {
    return this.#events.on(listener)
  }

  /** Sends durably: resolves when the message is stored, and will be handled exactly once. */
  send(message: Message, options: SendFromOutside = {}): Promise<void> {
    return new Promise((resolve, reject) => {
      const life = this.#alive()
      this.#check(life, message)
      const { from = null, dedupe = null } = options
      const trace = traceOf(options.trace, this.#parts.random)
      life.send(
        { message, from, trace, rare: this.#rareOf(life, options), dedupe, instead: null },
        resolve,
        reject,
      )
    })
  }

  /** Asks and waits for the answer. Its effects are committed before it is answered. */
  async ask<Reply>(message: Message<Reply>, options: AskOptions = {}): Promise<Reply> {
    this.#check(this.#alive(), message)
    return this.#askChecked(message, options)
  }

  #askChecked<Reply>(message: Message<Reply>, options: AskOptions): Promise<Reply> {
    const life = this.#alive()
    const timeoutMs =
      options.timeout === undefined ? this.settings.askTimeoutMs : milliseconds(options.timeout)
    const { ask, answered } = this.#asks.open(message, timeoutMs)
    const rare: Rare = {
      replyTo: { node: life.incarnation, ask },
      deadline: life.now() + timeoutMs,
      ...(options.requestId !== undefined && { requestId: requestIdOf(message, options.requestId) }),
    }
    const trace = traceOf(options.trace, this.#parts.random)
    const shard = shardOf(message.kind, message.key, life.shards)
    const durable = this.#kinds.get(message.kind)?.messages.get(message.type)?.delivery === 'durable'
    if (life.intake.isOpen(shard) && !durable) {
      const { kind, key, type } = message
      life.ask({
        shard,
        lane: life.incarnation,
        seq: 0,
        kind,
        key,
        type,
        body: bodyOf(message),
        sender: null,
        senderTurn: 0,
        trace,
        sentAt: life.now(),
        rare,
      })
    } else {
      life.send(
        { message, from: null, trace, rare, dedupe: null, instead: null },
        () => {},
        (error) => this.#asks.fail(ask, error),
      )
    }
    return answered as Promise<Reply>
  }

  /** Everything that is known of one actor: where it is, and why it does what it does. */
  explain(target: { kind: string; key: string }): Promise<Explanation> {
    return explain(target, this.#life, this.#kinds, this.#parts.store)
  }
  /** The latest turns of an actor, in their order: what it was told, what that changed, what it sent. */
  history(
    target: { kind: string; key: string },
    { limit = 100, fromTurn = 0 } = {},
  ): Promise<readonly Turn[]> {
    const table = this.#kinds.get(target.kind)?.table
    const { kind, key } = target
    return this.#parts.store.readHistory({ kind, key, limit, fromTurn, ...(table && { table }) })
  }
  /** What troubles the runtime as a whole, each with its cure. */
  doctor(): Promise<Finding[]> {
    return doctor(this.#parts.store)
  }
  metrics(): Metrics {
    return metricsOf(this.name, this.#life, this.#asks.size)
  }

  deadLetters(filter: Partial<DeadFilter> = {}): Promise<readonly DeadLetter[]> {
    return this.#parts.store.readDead({ limit: 100, ...filter })
  }
  /** Sends dead letters again; the attempts stay counted. Returns how many. */
  redrive(filter: Partial<DeadFilter>, edit?: (letter: DeadLetter) => unknown): Promise<number> {
    return redrive(this.#alive(), this.#parts.store, this.#kinds, { limit: 1000, ...filter }, edit)
  }
  discard(filter: Partial<DeadFilter>): Promise<number> {
    return discard(this.#alive(), this.#parts.store, { limit: 1000, ...filter })
  }
  /** Lets a parked actor go on. */
  resume(target: { kind: string; key: string }): Promise<void> {
    return this.#askChecked({ kind: target.kind, key: target.key, type: resumeType }, {})
  }

  /** True while this node is a member with a lease. */
  get joined(): boolean {
    return this.#life !== null && this.#life.membership.last !== null
  }
  get incarnation(): number | null {
    return this.#life?.incarnation ?? null
  }

  /** Stops in good order: shards are handed over (`drain`, the default), or left to the others. */
  async stop({ drain = true }: { drain?: boolean } = {}) {
    if (this.#stopping) return
    this.#stopping = true
    const life = this.#life
    await life?.leave(drain)
    await this.#listening?.stop()
    this.#life = null
    this.#asks.failAll(`the node '${this.name}' has stopped`)
    await this.#parts.closed?.()
  }

  async #join() {
    for (let failures = 0; !this.#stopping; failures++) {
      try {
        const joined = await this.#parts.store.join({ name: this.name, leaseMs: this.settings.leaseMs })
        if (!this.#stopping) this.#begin(joined)
        return
      } catch (error) {
        this.#log.warn('the node could not join', { reason: reasonOf(error) })
        await new Promise<void>((resolve) =>
          this.#parts.clock.after(
            Math.min(rejoinMaxMs, rejoinFirstMs * 2 ** Math.min(failures, 10)),
            resolve,
          ),
        )
      }
    }
  }

  #begin(joined: Awaited<ReturnType<Store['join']>>) {
    const { store, wake, clock, scheduler, random } = this.#parts
    const life = new Life(
      {
        kinds: this.#kinds,
        store,
        wake,
        clock,
        scheduler,
        random,
        settings: this.settings,
        log: this.#log,
        events: this.#events,
        asks: this.#asks,
        offload: this.#parts.offload ?? noPool,
        fenced: (error) => void this.#beginAgain(life, error),
      },
      joined,
    )
    this.#life = life
    life.start()
    this.#events.emit({ type: 'joined', incarnation: life.incarnation })
  }

  /** Whatever the last life still held is void; the next starts with empty memory. */
  async #beginAgain(life: Life, error: Error) {
    if (this.#life !== life) return
    this.#life = null
    life.end()
    this.#log.warn('this incarnation is over; the node joins again', {
      incarnation: life.incarnation,
      reason: reasonOf(error),
    })
    this.#events.emit({ type: 'fenced', incarnation: life.incarnation })
    this.#asks.failAll(`the node '${this.name}' lost its lease while the answer was awaited`)
    if (!(error instanceof Fenced))
      await this.#parts.store.leave({ incarnation: life.incarnation }).catch(() => {})
    await this.#join()
  }

  #alive(): Life {
    if (this.#stopping) throw new Refused('stopping', `the node '${this.name}' is stopping`)
    if (!this.#life) throw new Unavailable(`the node '${this.name}' is joining the cluster`)
    return this.#life
  }

  /** What can be known at once is told at once. */
  #check(life: Life, message: Message) {
    checkMessageForm(message)
    const kind = this.#kinds.get(message.kind)
    if (!kind)
      throw new Refused(
        'unknown_kind',
        `no kind '${message.kind}' is known here; known: ${[...this.#kinds.keys()].join(', ')}`,
      )
    checkMessage(kind, message)
    const resident = life.residents.find(`${message.kind}/${message.key}`)
    if (resident && resident.mailbox.size >= kind.mailboxMax)
      throw new Refused(
        'mailbox_full',
        `the mailbox of ${resident.address} is full (${kind.mailboxMax} messages)`,
      )
  }

  #rareOf(life: Life, options: SendFromOutside): Rare | null {
    if (options.delay === undefined && options.priority === undefined) return null
    return {
      ...(options.delay !== undefined && { due: life.now() + milliseconds(options.delay) }),
      ...(options.priority !== undefined && { priority: options.priority }),
    }
  }
}

/** One id may be used for different requests. */
function requestIdOf({ kind, key, type }: Message, requestId: string): string {
  if (requestId.length > 256 || requestId.includes('\0') || !requestId.isWellFormed()) {
    throw new TypeError('a request id holds at most 256 characters, all of them valid')
  }
  return `${kind}/${key} ${type} ${requestId}`
}

function traceOf(given: string | undefined, random: () => number): string {
  if (given === undefined) return newTrace(random)
  if (/^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/.test(given)) return given
  throw new TypeError(`'${given}' is no W3C traceparent`)
}

function noPool(): Promise<unknown> {
  return Promise.reject(new TypeError('this node has no pool for ctx.offload: give startNode an `offload`'))
}
