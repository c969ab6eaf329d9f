/** The messages that wait for one actor, in memory, in the order in which they may run. */
import type { Answer, Attempt, Mail } from './message.ts'

/** A message in memory. */
export interface Received {
  readonly mail: Mail
  /** Where its row lies: deleted by the commit that handles it. 'ask': nowhere. */
  readonly source: 'mail' | 'deferred' | 'ask'
  readonly attempts: readonly Attempt[]
  /** A timer's name and repetition. */
  readonly timer: { readonly name: string | null; readonly repeat: string | null } | null
  /** What an earlier run of the same request was answered. */
  readonly known?: Answer
  /** For an offload: what the pool made of it. */
  readonly result?: { readonly body: string } | { readonly error: unknown }
  /** Postgres refused what this message's turn wrote. */
  readonly rejected?: Error
}

/** What holds a lane back: a message that waits for another attempt, and the name of the timer that it is of. */
interface Hold {
  readonly id: string
  readonly timer: string | null
}

/** How many messages wait in all mailboxes of a node together. */
export interface Load {
  waiting: number
}

/** One sender's lane to one receiver waits while its first message waits for another attempt. */
export class Mailbox {
  readonly #load: Load
  #waiting: Received[] = []
  #head = 0
  /** By sender. */
  readonly #held = new Map<string, Hold>()
  /** Timers taken back by a turn that is not committed yet. */
  readonly #cancelled = new Map<Received, unknown>()

  constructor(load: Load) {
    this.#load = load
  }

  get size() {
    return this.#waiting.length - this.#head
  }
  get idle() {
    return this.size === 0 && this.#held.size === 0
  }
  get heldSenders(): readonly string[] {
    return [...this.#held.keys()]
  }
  get oldestSentAt() {
    return this.#waiting[this.#head]?.mail.sentAt ?? null
  }

  /** Behind all of the same priority. */
  push(received: Received) {
    this.#load.waiting++
    const priority = priorityOf(received)
    let at = this.#waiting.length
    while (at > this.#head && priorityOf(this.#waiting[at - 1] as Received) < priority) at--
    if (at === this.#waiting.length) this.#waiting.push(received)
    else this.#waiting.splice(at, 0, received)
  }

  /** Back to the front, in the given order: they had left it already. */
  putBack(messages: readonly Received[]) {
    this.#load.waiting += messages.length
    this.#waiting.splice(this.#head, 0, ...messages)
  }

  /** Takes the next message that may run. */
  next(): Received | undefined {
    for (let at = this.#head; at < this.#waiting.length; at++) {
      const received = this.#waiting[at] as Received
      if (!this.#mayRun(received)) continue
      this.#load.waiting--
      if (at === this.#head) this.#advance()
      else this.#waiting.splice(at, 1)
      return received
    }
    return undefined
  }

  /** What `next` would take. */
  peek(): Received | undefined {
    for (let at = this.#head; at < this.#waiting.length; at++) {
      const received = this.#waiting[at] as Received
      if (this.#mayRun(received)) return received
    }
    return undefined
  }

  /** Whether `next` would find one. */
  get ready(): boolean {
    if (this.size === 0) return false
    if (this.#held.size === 0 && this.#cancelled.size === 0) return true
    return this.peek() !== undefined
  }

  hold(sender: string, by: Mail, timer: string | null) {
    this.#held.set(sender, { id: idOf(by), timer })
  }
  release(sender: string) {
    this.#held.delete(sender)
  }
  /** The timer of that name was taken back while it waited for another attempt. */
  releaseTimer(name: string) {
    for (const [sender, { timer }] of this.#held) if (timer === name) this.#held.delete(sender)
  }

  /** Keeps a fired timer from running, until the turn that took it back is committed or void. */
  cancelTimer(name: string, by: unknown) {
    for (let at = this.#head; at < this.#waiting.length; at++) {
      const received = this.#waiting[at] as Received
      if (received.timer?.name === name && !this.#cancelled.has(received)) this.#cancelled.set(received, by)
    }
  }
  settleCancelled(by: unknown, committed: boolean): Received[] {
    if (this.#cancelled.size === 0) return []
    const settled = [...this.#cancelled].filter(([, turn]) => turn === by).map(([received]) => received)
    for (const received of settled) {
      this.#cancelled.delete(received)
      if (committed) this.#remove(received)
    }
    return committed ? settled : []
  }

  /** Takes everything out. */
  drain(): Received[] {
    const all = this.#waiting.slice(this.#head)
    this.#waiting = []
    this.#head = 0
    this.#load.waiting -= all.length
    return all
  }

  #mayRun(received: Received): boolean {
    if (this.#cancelled.has(received)) return false
    const sender = received.mail.sender
    if (sender === null || this.#held.size === 0) return true
    const holder = this.#held.get(sender)
    return holder === undefined || holder.id === idOf(received.mail)
  }
  #remove(received: Received) {
    const at = this.#waiting.indexOf(received, this.#head)
    if (at < 0) return
    this.#load.waiting--
    this.#waiting.splice(at, 1)
  }
  #advance() {
    this.#waiting[this.#head] = undefined as unknown as Received
    this.#head++
    if (this.#head === this.#waiting.length) {
      this.#waiting.length = 0
      this.#head = 0
    } else if (this.#head > 1024 && this.#head * 2 > this.#waiting.length) {
      this.#waiting = this.#waiting.slice(this.#head)
      this.#head = 0
    }
  }
}

/** A message's identity as a string. */
export function idOf(mail: { lane: number; seq: number }): string {
  return `${mail.lane}-${mail.seq}`
}

function priorityOf(received: Received): number {
  return received.mail.rare?.priority ?? 0
}
