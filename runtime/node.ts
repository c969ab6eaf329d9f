/** A node of the cluster: the handle through which the outside world talks to actors. */
import { shardOf } from './address.ts'
import { Asks } from './asks.ts'
import type { Kind } from './definition.ts'
import { type Duration, milliseconds } from './duration.ts'
import { Fenced, reasonOf, Refused, Unavailable } from './errors.ts'
import { type EventListener, Events } from './events.ts'
import { doctor, type DoctorOptions, type Finding } from './doctor.ts'
import { explain, type Explanation } from './explain.ts'
import { Life } from './life.ts'
import { type Log, silent } from './log.ts'
import { type DeadLetter, type Message, type Rare, resumeType } from './message.ts'
import { type Metrics, metricsOf } from './metrics.ts'
import { bodyOf } from './outgoing.ts'
import type { Clock, DeadFilter, HistoryRow, Random, Scheduler, Store, Wake } from './ports.ts'
import { discard, type Edit, redrive, type Redriven } from './redrive.ts'
import type { Sending } from './send-item.ts'
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

type Asking = Pick<Sending, 'message' | 'rare' | 'trace' | 'boundOf'>

const openingMaxMs = 5_000
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
  #lettersDone: Promise<unknown> = Promise.resolve()

  constructor(parts: NodeParts) {
    this.name = parts.name
    this.#parts = parts
    this.#log = parts.log ?? silent
    this.settings = settingsFrom(parts.settings)
    this.#kinds = new Map(parts.kinds.map((kind) => [kind.name, kind]))
    if (this.#kinds.size !== parts.kinds.length) throw new TypeError('two kinds have the same name')
    this.#asks = new Asks(parts.clock)
  }

  /** Resolves when the node is a member with a lease, and the shards that were free for it are open. */
  async start() {
    await this.#join()
    const life = this.#life
    await life?.membership.begun
    this.#listening = await this.#parts.wake.listen({
      woken: (call) => this.#life?.woken(call),
      listening: () => this.#life?.listening(),
    })
    this.#life?.notifier.topology()
    if (life) await this.#opened(life)
  }

  /** A long backlog is read on while the node is in use: what is asked meanwhile goes by mail. */
  #opened(life: Life): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#parts.clock.after(openingMaxMs, resolve)
      void life.intake.allOpen().then(cancel).then(resolve)
    })
  }

  /** What the runtime tells of itself. Returns what ends the listening. */
  onEvent(listener: EventListener): () => void {
    return this.#events.on(listener)
  }

  /** Sends durably: resolves when the message is stored, and will be handled exactly once. */
  send(message: Message, options: SendFromOutside = {}): Promise<void> {
    return new Promise((resolve, reject) => {
      const life = this.#alive()
      const boundOf = this.#check(message)
      const { from = null, dedupe = null } = options
      const trace = traceOf(options.trace, this.#parts.random)
      life.send(
        { message, from, trace, rare: this.#rareOf(life, options), dedupe, instead: null, boundOf },
        resolve,
        reject,
      )
    })
  }

  /** Asks and waits for the answer. Its effects are committed before it is answered. */
  async ask<Reply>(message: Message<Reply>, options: AskOptions = {}): Promise<Reply> {
    this.#alive()
    return this.#askChecked(message, options, this.#check(message))
  }

  #askChecked<Reply>(message: Message<Reply>, options: AskOptions, kind?: Kind): Promise<Reply> {
    const life = this.#alive()
    const timeoutMs =
      options.timeout === undefined ? this.settings.askTimeoutMs : milliseconds(options.timeout)
    const { ask, answered } = this.#asks.open(message, timeoutMs)
    try {
      const { requestId } = options
      const rare: Rare = {
        replyTo: { node: life.incarnation, ask },
        deadline: life.now() + timeoutMs,
        ...(requestId !== undefined && { requestId: requestIdOf(message, requestId) }),
      }
      const trace = traceOf(options.trace, this.#parts.random)
      const shard = shardOf(message.kind, message.key, life.shards)
      const durable = kind?.messages.get(message.type)?.delivery === 'durable'
      if (life.intake.isOpen(shard) && !durable) this.#askHere(life, shard, { message, rare, trace })
      else this.#askByMail(life, ask, { message, rare, trace, ...(kind && { boundOf: kind }) })
    } catch (error) {
      this.#asks.fail(ask, error as Error)
    }
    return answered as Promise<Reply>
  }

  #askHere(life: Life, shard: number, { message, rare, trace }: Asking) {
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
  }
  #askByMail(life: Life, ask: number, { message, rare, trace, boundOf }: Asking) {
    // A request that is repeated may be answered already: its owner looks that up, however full the mailbox is.
    const bounded = boundOf && rare?.requestId === undefined
    life.send(
      { message, from: null, trace, rare, dedupe: null, instead: null, ...(bounded && { boundOf }) },
      () => {},
      (error) => this.#asks.fail(ask, error),
    )
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
  doctor(options: DoctorOptions = {}): Promise<Finding[]> {
    return doctor(this.#parts.store, options)
  }
  metrics(): Metrics {
    return metricsOf(this.name, this.#life, this.#asks.size)
  }

  deadLetters(filter: Partial<DeadFilter> = {}): Promise<readonly DeadLetter[]> {
    return this.#parts.store.readDead({ limit: 100, ...filter })
  }
  /**
   * Sends dead letters again, as they are or with what `edit` makes of each; the attempts stay counted.
   * Those that can't be sent stay, and are named with the reason.
   */
  redrive(filter: Partial<DeadFilter>, edit?: Edit): Promise<Redriven> {
    const { store } = this.#parts
    return this.#oneByOne(() => redrive(this.#alive(), store, this.#kinds, { limit: 1000, ...filter }, edit))
  }
  /** Removes dead letters for good. Returns how many. */
  discard(filter: Partial<DeadFilter>): Promise<number> {
    return this.#oneByOne(() => discard(this.#alive(), this.#parts.store, { limit: 1000, ...filter }))
  }
  /** The same letters, asked for twice at once, are read only after the first has dealt with them. */
  #oneByOne<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#lettersDone.then(work)
    this.#lettersDone = result.catch(() => {})
    return result
  }
  /** Lets a parked actor go on. */
  async resume(target: { kind: string; key: string }): Promise<void> {
    await this.#askChecked({ kind: target.kind, key: target.key, type: resumeType }, {})
  }

  /** True while this node is a member with a lease. */
  get joined(): boolean {
    return this.#life !== null && this.#life.membership.last !== null
  }
  /** False while there may be other members, as far as the latest sweep tells. */
  get alone(): boolean {
    return this.#life?.membership.last?.nodes.length === 1
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
  #check(message: Message): Kind {
    checkMessageForm(message)
    const kind = this.#kinds.get(message.kind)
    if (!kind)
      throw new Refused(
        'unknown_kind',
        `no kind '${message.kind}' is known here; known: ${[...this.#kinds.keys()].join(', ')}`,
      )
    checkMessage(kind, message)
    return kind
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
