/**
 * Carries messages between server nodes by NOTIFY. Nothing here is certain to arrive: whoever is told `onGap` reads
 * again what it shows.
 *
 *   send ──▶ queue ──(20 times a second at most)──▶ one NOTIFY ──▶ every other node
 *                         └─ too large for one: a parcel in a table, and a NOTIFY that names it
 *
 * Nodes announce themselves and what they are interested in; while nobody else is there, nothing else is sent.
 */
import { randomUUID } from 'node:crypto'
import * as z from 'zod'
import { listen, type Listening } from '#db/listen.ts'
import { notifyBus, openParcel, sendParcel } from '#db/product/live.ts'
import type { Log } from '#runtime/index.ts'
import { Link } from '#runtime/postgres/link.ts'

export interface LineOptions {
  readonly url: string
  /** The schema of the product's tables. */
  readonly schema: string
  /** For logs and the list of connections. */
  readonly name: string
  readonly log: Log
  /** A message of another node. */
  onMessage(message: unknown, from: string): void
  /** Messages were lost, or may have been. */
  onGap(reason: string): void
  /** Whether the cluster has other members, also such that have not been heard here. */
  hasOthers(): boolean
  readonly announceMs?: number
}

const channel = 'safelight_bus'
const notifyBytesMax = 7_900
const betweenMs = 50
const queueBytesMax = 4_000_000
const announceDefaultMs = 10_000
/** A node that has not announced itself for so many rounds is gone. */
const roundsMissedMax = 3
/** Of the time between two announcements: a letter that is not back by then is taken for lost. */
const deafShare = 0.5
const deadlineMs = 5_000
const seenTimeoutMs = 500

const gapText = JSON.stringify({ type: 'gap' })
/** What it means where `deaf` is true. */
export const deafness =
  'notifications do not arrive, so what they would tell is looked up, which takes longer. ' +
  'Does the database address lead through a pooler in transaction mode?'

const Letter = z.union([
  z.object({ from: z.string(), messages: z.array(z.unknown()) }),
  z.object({ from: z.string(), parcel: z.int() }),
])
const Here = z.object({
  type: z.literal('here'),
  interests: z.array(z.string()),
  new: z.boolean(),
  /** Counts the announcements; each is answered by 'seen'. */
  number: z.int(),
})
const Seen = z.object({ type: z.literal('seen'), of: z.string(), number: z.int() })
const Bye = z.object({ type: z.literal('bye') })

interface Peer {
  readonly interests: ReadonlySet<string>
  readonly heardAt: number
  /** Its latest announcement. */
  readonly number: number
  /** The latest of ours that it has seen. */
  seen: number
}

export interface Interest {
  /** Resolves when the others know of it, or don't say so in time. */
  readonly known: Promise<void>
  readonly end: () => void
}

export class Line {
  /** This node, for as long as it runs. */
  readonly id = randomUUID()
  readonly #options: LineOptions
  readonly #link: Link
  readonly #peers = new Map<string, Peer>()
  readonly #interests = new Map<string, number>()
  readonly #awaited = new Set<() => void>()
  #announced = 0
  /** When the first letter was sent that has not come back: our own are heard like all others. */
  #unheardSince: number | undefined
  #knownDeaf = false
  /** The latest letter could not be sent: the next one says so. */
  #lost = false
  #listening: Listening | undefined
  #queue: string[] = []
  #queueBytes = 0
  #lastFlush = 0
  #timer: NodeJS.Timeout | undefined
  #announcing: NodeJS.Timeout | undefined
  #sending: Promise<void> = Promise.resolve()
  #opening: Promise<void> = Promise.resolve()
  #stopped = false

  constructor(options: LineOptions) {
    this.#options = options
    const { url, schema, name } = options
    this.#link = new Link({ url, schema, applicationName: `${name} bus` }, deadlineMs)
  }

  /** Resolves when this node hears the others. */
  async start(): Promise<void> {
    const { url, name, log } = this.#options
    const heard = Promise.withResolvers<void>()
    let times = 0
    this.#listening = listen({
      url,
      applicationName: `${name} bus`,
      channels: [channel],
      onNotify: (payload) => this.#take(payload),
      onListening: () => {
        if (times++ > 0 && !this.alone) this.#gap('the connection that hears the other servers was lost')
        this.#unheardSince = undefined
        this.#announce(true)
        heard.resolve()
      },
      onLost: (error) => log.warn('the other servers are not heard', { reason: error.message }),
      onDeaf: (reason) => log.error(reason),
    })
    this.#announcing = setInterval(() => this.#round(), this.#announceMs)
    await heard.promise
  }

  /** Whether anybody else is there. While nothing is heard, the cluster knows. */
  get alone(): boolean {
    return this.#peers.size === 0 && !(this.deaf && this.#options.hasOthers())
  }
  /** Nothing is heard, not even what this node says itself. */
  get deaf(): boolean {
    return (
      this.#unheardSince !== undefined &&
      performance.now() - this.#unheardSince > this.#announceMs * deafShare
    )
  }
  /** Whether another node has said that it wants to hear of this. */
  wanted(topic: string): boolean {
    for (const { interests } of this.#peers.values()) if (interests.has(topic)) return true
    return false
  }
  /** Lets the others know that this node wants to hear of it. */
  interest(topic: string): Interest {
    const count = this.#interests.get(topic) ?? 0
    this.#interests.set(topic, count + 1)
    if (count === 0) this.#announce(false)
    let ended = false
    return {
      known: this.#seenByAll(),
      end: () => {
        if (ended) return
        ended = true
        const left = (this.#interests.get(topic) ?? 1) - 1
        if (left > 0) this.#interests.set(topic, left)
        else this.#interests.delete(topic)
      },
    }
  }

  /** Sends to every other node, if there is one. */
  send(message: object): void {
    if (!this.alone) this.#put(message)
  }

  async stop(): Promise<void> {
    if (this.#stopped) return
    this.#put({ type: 'bye' })
    this.#stopped = true
    clearInterval(this.#announcing)
    clearTimeout(this.#timer)
    this.#flush()
    await this.#listening?.stop()
    await this.#sending
    await this.#opening
    await this.#link.close()
  }

  get #announceMs() {
    return this.#options.announceMs ?? announceDefaultMs
  }

  #announce(isNew: boolean) {
    if (this.alone && !isNew) return
    this.#announced += 1
    this.#put({ type: 'here', interests: [...this.#interests.keys()], new: isNew, number: this.#announced })
  }

  async #seenByAll() {
    const number = this.#announced
    const late = performance.now() + seenTimeoutMs
    const isSeen = () => [...this.#peers.values()].every(({ seen }) => seen >= number)
    while (!isSeen() && performance.now() < late && !this.#stopped) {
      const { promise, resolve } = Promise.withResolvers<void>()
      const timer = setTimeout(resolve, late - performance.now())
      this.#awaited.add(resolve)
      await promise
      clearTimeout(timer)
      this.#awaited.delete(resolve)
    }
  }

  /** The announcement goes out even when nobody is known: that is how two nodes meet. */
  #round() {
    this.#hark()
    this.#put({ type: 'here', interests: [...this.#interests.keys()], new: false, number: this.#announced })
    if (this.deaf) {
      // Whether they are still there can't be heard.
      if (!this.#options.hasOthers()) this.#peers.clear()
      return
    }
    const oldest = performance.now() - roundsMissedMax * this.#announceMs
    for (const [id, peer] of this.#peers) {
      if (peer.heardAt >= oldest) continue
      this.#peers.delete(id)
      this.#gap('another server has gone without a word')
    }
  }

  /** While nothing is heard, much is missed all the time: whoever shows something reads it again in each round. */
  #hark() {
    const { log } = this.#options
    const deaf = this.deaf && !this.alone
    if (deaf) this.#gap('the other servers are not heard')
    if (deaf && !this.#knownDeaf) log.error(`the other servers are not heard: ${deafness}`)
    if (this.#knownDeaf && !deaf) log.warn('the other servers are heard again')
    this.#knownDeaf = deaf
  }

  #gap(reason: string) {
    if (!this.#stopped) this.#options.onGap(reason)
  }

  #put(message: object) {
    if (this.#stopped) return
    const text = JSON.stringify(message)
    this.#queue.push(text)
    this.#queueBytes += text.length
    if (this.#queueBytes > queueBytesMax) {
      this.#queue = [gapText]
      this.#queueBytes = 0
    }
    if (this.#timer) return
    const waitMs = Math.max(0, this.#lastFlush + betweenMs - performance.now())
    this.#timer = setTimeout(() => this.#flush(), waitMs)
  }

  #flush() {
    this.#timer = undefined
    if (this.#queue.length === 0) return
    this.#lastFlush = performance.now()
    if (this.#lost) this.#queue.unshift(gapText)
    this.#lost = false
    const messages = `[${this.#queue.join(',')}]`
    this.#queue = []
    this.#queueBytes = 0
    this.#sending = this.#sending.then(() => this.#send(messages))
  }

  async #send(messages: string) {
    const letter = `{"from":"${this.id}","messages":${messages}}`
    const sentAt = performance.now()
    this.#unheardSince ??= sentAt
    try {
      await this.#link.read<unknown>((client) =>
        Buffer.byteLength(letter) <= notifyBytesMax
          ? notifyBus.run(client, letter)
          : sendParcel.run(client, messages, this.id),
      )
    } catch (error) {
      if (this.#unheardSince === sentAt) this.#unheardSince = undefined
      this.#lost = true
      this.#options.log.warn('the other servers could not be told', { reason: String(error) })
    }
  }

  #take(payload: string) {
    const letter = Letter.safeParse(parsed(payload))
    if (!letter.success || this.#stopped) return
    const { data } = letter
    if (data.from === this.id) return this.#heardItself()
    // A parcel takes a moment to open; what comes after it waits, so that one sender's messages stay in order.
    this.#opening = this.#opening.then(async () => {
      const messages = 'parcel' in data ? await this.#open(data.parcel) : data.messages
      for (const message of messages) this.#hear(message, data.from)
    })
  }

  #heardItself() {
    if (this.deaf && !this.alone) this.#gap('for a while the other servers were not heard')
    this.#unheardSince = undefined
  }

  async #open(id: number): Promise<readonly unknown[]> {
    try {
      const [row] = await this.#link.read((client) => openParcel.run(client, id))
      const messages = parsed(row?.body ?? '')
      if (Array.isArray(messages)) return messages
      this.#gap('a parcel of another server was gone before it was opened')
    } catch {
      this.#gap('a parcel of another server could not be opened')
    }
    return []
  }

  #hear(message: unknown, from: string) {
    if (this.#stopped) return
    const here = Here.safeParse(message)
    const seen = Seen.safeParse(message)
    if (here.success) this.#meet(here.data, from)
    else if (seen.success) this.#wasSeen(seen.data, from)
    else if (Bye.safeParse(message).success) this.#peers.delete(from)
    else if (isGap(message)) this.#gap('another server had more to tell than it could send')
    else this.#options.onMessage(message, from)
  }

  #meet({ interests, number, new: isNew }: z.infer<typeof Here>, from: string) {
    const known = this.#peers.get(from)
    this.#peers.set(from, {
      interests: new Set(interests),
      heardAt: performance.now(),
      number,
      seen: known?.seen ?? 0,
    })
    if (!known || isNew) this.#announce(false)
    if (!known && !isNew) this.#gap('a server was there that was not heard before')
    if (number !== known?.number) this.#put({ type: 'seen', of: from, number })
  }

  #wasSeen({ of, number }: z.infer<typeof Seen>, from: string) {
    const peer = this.#peers.get(from)
    if (!peer || of !== this.id) return
    peer.seen = Math.max(peer.seen, number)
    for (const wake of this.#awaited) wake()
  }
}

function isGap(message: unknown): boolean {
  return (message as { type?: unknown } | null)?.type === 'gap'
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
