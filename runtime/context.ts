/** What a handler may do besides changing its state. Nothing of it happens before the commit. */
import { Cron } from 'croner'
import type { Declarations, Target } from './definition.ts'
import { type Duration, milliseconds } from './duration.ts'
import { Refused } from './errors.ts'
import { type Log, logWith } from './log.ts'
import { addressOf, type Message } from './message.ts'
import { seededRandom } from './random.ts'

export interface SendOptions {
  /** Not before this much time has passed. */
  readonly delay?: Duration
  /** Higher runs first; 0 where absent. Order is kept between messages of equal priority. */
  readonly priority?: number
}

export interface TimerOptions {
  /** One timer per name: setting it again replaces it. The message's type where absent. */
  readonly name?: string
}

export interface Context<M extends Declarations = Declarations> {
  readonly key: string
  /** References to this very actor. */
  readonly self: Target<M>
  /** The sending actor's address, the name an outside caller gave, or null. */
  readonly sender: string | null
  /** W3C traceparent of this turn; what it sends carries it on. */
  readonly trace: string
  /** 1 at the first try. */
  readonly attempt: number
  /** The turn's time in epoch ms: the same however often it is read. */
  readonly now: number
  /** In [0, 1); repeats when the turn is replayed. Not for secrets. */
  random(): number
  send(message: Message, options?: SendOptions): void
  /** A durable timer: the actor gets `message` when the time has come. */
  after(delay: Duration, message: Message, options?: TimerOptions): void
  at(time: Date | number, message: Message, options?: TimerOptions): void
  /** A timer that repeats: an interval, or a cron pattern. Missed times are made up for once. */
  every(pattern: Duration | string, message: Message, options?: TimerOptions): void
  /** Takes a timer back, also where it has failed and waits for another attempt. */
  cancel(name: string): void
  /** An event for dashboards, given out after the commit. */
  publish(event: Readonly<Record<string, unknown>> & { readonly type: string }): void
  /** Runs `task` (a module's address, '#export' after it) on the worker pool; its result arrives as message `type`. */
  offload(task: string, input: unknown, type: keyof M & string): void
  /** The caller's own SQL, in this turn's transaction. Only in messages declared with `sql: true`. */
  sql<Row = Record<string, unknown>>(text: string, params?: readonly unknown[]): Promise<Row[]>
  /** Says no to the sender. Nothing is changed, and nothing is retried. */
  refuse(message: string, detail?: unknown): never
  /** Removes the actor's state at the end of this turn; the next message starts it afresh. */
  stop(): void
  /** Every line carries actor, message and trace beside its own facts. */
  readonly log: Log
}

export interface Send {
  readonly message: Message
  readonly delayMs: number
  readonly priority: number
}
export interface TimerSet {
  readonly name: string
  /** Null takes the timer back. */
  readonly message: Message | null
  readonly due: number
  readonly repeat: string | null
}
export interface OffloadCall {
  readonly task: string
  readonly input: unknown
  readonly type: string
}

/** What a turn did besides its state, as values. */
export interface Effects {
  readonly sends: Send[]
  readonly timers: TimerSet[]
  readonly events: { readonly type: string; readonly [field: string]: unknown }[]
  readonly offloads: OffloadCall[]
  stopped: boolean
}

/** What a turn starts from. */
export interface TurnFacts {
  readonly kind: { readonly name: string }
  readonly key: string
  /** The message's. */
  readonly type: string
  readonly self: unknown
  readonly sender: string | null
  readonly trace: string
  readonly attempt: number
  readonly now: number
  readonly seed: number
  readonly log: Log
  readonly sql: ((text: string, params?: readonly unknown[]) => Promise<Record<string, unknown>[]>) | null
}

/** Records effects as values; revoked when the turn has ended, so that nothing can be added to it later. */
export class TurnContext implements Context {
  readonly effects: Effects = { sends: [], timers: [], events: [], offloads: [], stopped: false }
  readonly #facts: TurnFacts
  #random: (() => number) | undefined
  #log: Log | undefined
  #ended = false
  /** Statements of `sql` that have not been answered. */
  #queries = 0

  constructor(facts: TurnFacts) {
    this.#facts = facts
  }
  get key() {
    return this.#facts.key
  }
  get self() {
    return this.#facts.self as Target<Declarations>
  }
  get sender() {
    return this.#facts.sender
  }
  get trace() {
    return this.#facts.trace
  }
  get attempt() {
    return this.#facts.attempt
  }
  get now() {
    return this.#facts.now
  }
  get log() {
    const { kind, key, type, trace, log } = this.#facts
    this.#log ??= logWith(log, { actor: addressOf({ kind: kind.name, key }), message: type, trace })
    return this.#log
  }
  random() {
    this.#random ??= seededRandom(this.#facts.seed)
    return this.#random()
  }
  send(message: Message, options?: SendOptions) {
    this.#open()
    const delayMs = options?.delay === undefined ? 0 : milliseconds(options.delay)
    this.effects.sends.push({ message, delayMs, priority: options?.priority ?? 0 })
  }
  after(delay: Duration, message: Message, options?: TimerOptions) {
    this.#set(message, this.now + milliseconds(delay), null, options)
  }
  at(time: Date | number, message: Message, options?: TimerOptions) {
    this.#set(message, Number(time), null, options)
  }
  every(pattern: Duration | string, message: Message, options?: TimerOptions) {
    this.#set(message, nextTime(String(pattern), this.now), String(pattern), options)
  }
  cancel(name: string) {
    this.#open()
    this.effects.timers.push({ name, message: null, due: 0, repeat: null })
  }
  publish(event: { readonly type: string }) {
    this.#open()
    this.effects.events.push(event)
  }
  offload(task: string, input: unknown, type: string) {
    this.#open()
    this.effects.offloads.push({ task, input, type })
  }
  sql<Row>(text: string, params?: readonly unknown[]): Promise<Row[]> {
    this.#open()
    const sql = this.#facts.sql
    if (!sql) throw new TypeError("ctx.sql needs 'sql: true' in the message's declaration")
    this.#queries++
    const rows = sql(text, params).finally(() => this.#queries--) as Promise<Row[]>
    // A handler that does not wait for it must not end the process when it fails.
    rows.catch(() => {})
    return rows
  }
  refuse(message: string, detail?: unknown): never {
    throw new Refused('refused', message, detail)
  }
  stop() {
    this.#open()
    this.effects.stopped = true
  }
  /** Nothing can be added any more. Returns how many statements have no answer yet. */
  end(): number {
    this.#ended = true
    return this.#queries
  }
  #set(message: Message, due: number, repeat: string | null, options?: TimerOptions) {
    this.#open()
    if (!Number.isFinite(due)) throw new RangeError(`a timer needs a time, not ${due}`)
    this.effects.timers.push({ name: options?.name ?? message.type, message, due, repeat })
  }
  #open() {
    if (this.#ended) throw new TypeError('this turn has ended: its context takes nothing any more')
  }
}

/** When a repeating timer is due next after `now`. */
export function nextTime(pattern: string, now: number): number {
  if (/^\d+(\.\d+)?(ms|s|m|h|d)?$/.test(pattern)) {
    const everyMs = milliseconds(/^[\d.]+$/.test(pattern) ? Number(pattern) : (pattern as Duration))
    if (everyMs < 1) throw new RangeError(`a timer can't repeat every '${pattern}': give at least 1 ms`)
    return now + everyMs
  }
  const next = new Cron(pattern, { timezone: 'UTC', paused: true }).nextRun(new Date(now))
  if (!next) throw new RangeError(`the pattern '${pattern}' has no next time`)
  return next.getTime()
}
