/**
 * Keeps the agent connected, for ever:
 *
 *   open a link ─▶ hello ─▶ welcomed: beats, words both ways ─▶ link gone ─▶ wait a little ─┐
 *        ▲                                                                                 │
 *        └─────────────────────────────────────────────────────────────────────────────────┘
 *
 * It ends only when the server says that this agent is not wanted any more, or can't be understood.
 */
import { setTimeout as pause } from 'node:timers/promises'
import type { AgentFacts, Beat, Handshake, Welcomed } from '#specs/agent-link.ts'
import type { RunningAttempt } from '#specs/agents.ts'
import type { ProblemCode } from '#specs/problem.ts'
import type * as z from 'zod'
import { type Ending, messageOf } from '../exit-codes.ts'
import type { Log } from '../log.ts'
import { backOffMs } from './back-off.ts'
import { waitForWelcome } from './early.ts'
import { httpLink } from './http-link.ts'
import {
  type AgentWord,
  type AnswerOf,
  askEveryMs,
  type InputOf,
  type Link,
  LinkDown,
  type Listener,
  Refused,
} from './link.ts'
import { type Opening, openSocket } from './socket-link.ts'

export interface ConnectionParts {
  readonly server: string
  readonly handshake: z.input<typeof Handshake>
  readonly facts: AgentFacts
  readonly log: Log
  readonly random: () => number
  /** What it holds, for a hello. */
  running(): RunningAttempt[]
  beat(): Beat
  readonly listener: Listener
  welcomed(told: Welcomed): void
  lost(reason: string): void
  /** The server does not want it, or can't understand it. */
  ended(ending: Ending, reason: string): void
}

/** Before the server has said otherwise. */
const usualHeartbeatMs = 10_000
const callMinMs = 5_000
const unansweredMax = 3
const leaveMaxMs = 2_000
/** However long the server says. */
const waitMaxMs = 300_000
/** So many sockets in a row could not be had, and it is tried without one. */
const httpAfterFailures = 2
const socketAgainBeats = [1, 2, 4, 6]

/** Refusals that say nothing about this connection. */
const passing: readonly ProblemCode[] = ['unavailable', 'outcome_unknown', 'internal', 'too_many_requests']
const endings: Partial<Record<string, Ending>> = {
  not_signed_in: 'dismissed',
  not_allowed: 'dismissed',
  gone: 'dismissed',
  not_found: 'dismissed',
  unsupported_version: 'tooOld',
}

interface Opened {
  readonly link: Link
  /** Lets the words pass that came before the welcome. */
  readonly release: () => void
}

export class Connection {
  readonly #parts: ConnectionParts
  readonly #closing = new AbortController()
  #link: Link | undefined
  #next: Opened | undefined
  #welcomed: Welcomed | undefined
  #answeredFrom = performance.now()
  #socketFailures = 0
  #lastComplaint = ''
  #beatNow = () => {}
  #leaving = false

  constructor(parts: ConnectionParts) {
    this.#parts = parts
  }

  get kind(): Link['kind'] | null {
    return this.#link?.kind ?? null
  }
  /** What the server said last when it welcomed this agent. */
  get terms(): Welcomed | undefined {
    return this.#welcomed
  }
  /**
   * How long ago the latest call was sent that the server has answered. Not when the answer came: a process that was
   * stopped may find it waiting when it is let go on, and would take a dead lease for a fresh one.
   */
  silentMs(): number {
    return performance.now() - this.#answeredFrom
  }

  /** Says something to the server. Rejects at once with a LinkDown while it is away. */
  async call<W extends AgentWord>(word: W, body: InputOf<W>): Promise<AnswerOf<W>> {
    if (this.#link === undefined) throw new LinkDown('the server is away')
    return await this.#callOver(this.#link, word, body)
  }

  /** Says how it is without waiting for the next heartbeat. */
  beatNow(): void {
    this.#beatNow()
  }

  /** The last word: the program ends, and keeps these results for its next start. Waits for the answer, but not for long: where it is lost, its silence will show. */
  async leave(kept: RunningAttempt[]): Promise<void> {
    const link = this.#link
    if (link === undefined) return
    this.#leaving = true
    const last = { ...this.#parts.beat(), running: kept, draining: true, leaving: true }
    const told = this.#callOver(link, 'beat', last)
    await Promise.race([told, pause(leaveMaxMs, undefined, { ref: false })]).catch(() => {})
  }

  close(): void {
    this.#closing.abort()
    for (const link of [this.#link, this.#next?.link]) link?.close('the agent ends')
  }

  async run(): Promise<void> {
    let failures = 0
    while (!this.#closing.signal.aborted) {
      let waitMs = 0
      try {
        const livedMs = await this.#live(await this.#open())
        // Whoever is cut off again at once is not wanted at once.
        failures = livedMs > this.#heartbeatMs ? 0 : failures + 1
      } catch (error) {
        if (this.#endedBy(error)) return
        this.#complain(error)
        failures += 1
        waitMs = error instanceof Refused ? (error.problem.retryAfterMs ?? 0) : 0
      }
      const backOff = backOffMs(failures, this.#heartbeatMs, this.#parts.random)
      if (this.#next === undefined) await this.#pause(Math.max(waitMs, backOff))
    }
  }

  get #heartbeatMs(): number {
    return this.#welcomed?.heartbeatMs ?? usualHeartbeatMs
  }

  async #pause(ms: number): Promise<void> {
    await pause(Math.min(ms, waitMaxMs), undefined, { signal: this.#closing.signal }).catch(() => {})
  }

  async #open(): Promise<Opened> {
    const next = this.#next
    this.#next = undefined
    if (next) return next
    try {
      const opened = await this.#openSocket()
      this.#socketFailures = 0
      return opened
    } catch (error) {
      this.#socketFailures += 1
      if (error instanceof Refused || this.#socketFailures < httpAfterFailures) throw error
      const { opening, release } = this.#opening()
      return { link: httpLink(opening), release }
    }
  }

  async #openSocket(): Promise<Opened> {
    const { opening, release } = this.#opening()
    return { link: await openSocket(opening), release }
  }

  #opening(): { opening: Opening; release: () => void } {
    const { server, handshake, log } = this.#parts
    const { listener, release } = waitForWelcome(this.#parts.listener)
    return {
      opening: { server, handshake, log, listener, callMs: Math.max(callMinMs, this.#heartbeatMs) },
      release,
    }
  }

  /** Resolves with how long it lived when the link is gone; rejects where it never came to a welcome. */
  async #live({ link, release }: Opened): Promise<number> {
    const { facts, log, server } = this.#parts
    try {
      this.#welcomed = await this.#callOver(link, 'hello', { facts, running: this.#parts.running() })
    } catch (error) {
      link.close('no welcome')
      throw error
    }
    const from = performance.now()
    this.#link = link
    this.#lastComplaint = ''
    log.info(
      `connected to ${server} as ${this.#welcomed.name}${link.kind === 'http' ? ', without a socket' : ''}`,
    )
    this.#parts.welcomed(this.#welcomed)
    release()
    const over = new AbortController()
    this.#keepBeating(link, this.#welcomed.heartbeatMs, over.signal)
    if (link.kind === 'http') void this.#seekSocket(link, this.#welcomed.heartbeatMs, over.signal)
    const reason = await link.closed
    over.abort()
    this.#link = undefined
    if (!this.#closing.signal.aborted) log.warn(`cut off from the server: ${reason}. Coming back.`)
    this.#parts.lost(reason)
    return performance.now() - from
  }

  /** A timer of its own, so that no work and no answer holds a heartbeat up. */
  #keepBeating(link: Link, heartbeatMs: number, over: AbortSignal): void {
    let unanswered = 0
    let timer: NodeJS.Timeout | undefined
    const beatIn = (ms: number) => {
      clearTimeout(timer)
      if (!over.aborted) timer = setTimeout(beat, ms)
    }
    const beat = () => {
      // Nothing comes after the last word.
      if (this.#leaving) return
      const sentAt = performance.now()
      beatIn(heartbeatMs * (0.9 + 0.2 * this.#parts.random()))
      if (unanswered >= unansweredMax && this.silentMs() > heartbeatMs * unansweredMax)
        return link.close('the server does not answer')
      unanswered += 1
      void this.#beatOver(link).then((answered) => {
        if (answered) unanswered = 0
        // Without a socket the answer brings what the server has to say, so it is asked for again.
        if (link.kind === 'http') beatIn(Math.max(0, sentAt + askEveryMs - performance.now()))
      })
    }
    this.#beatNow = beat
    over.addEventListener('abort', () => clearTimeout(timer))
    beatIn(link.kind === 'http' ? 0 : heartbeatMs * this.#parts.random())
  }

  /** False where there was no answer. */
  async #beatOver(link: Link): Promise<boolean> {
    const told = this.#parts.beat()
    try {
      const { draining } = await this.#callOver(link, 'beat', told)
      if (draining && !told.draining) this.#parts.listener.drain({ reason: 'the server says so' })
      return true
    } catch (error) {
      if (!(error instanceof Refused)) return false
      // It does not know this agent any more, or not yet: another hello shows which.
      if (this.#endedBy(error) || !passing.includes(error.code)) link.close(error.message)
      return true
    }
  }

  /** While it has to do without, it looks now and then whether a socket can be had again. */
  async #seekSocket(link: Link, heartbeatMs: number, over: AbortSignal): Promise<void> {
    for (let tries = 0; ; tries++) {
      const beats = socketAgainBeats[Math.min(tries, socketAgainBeats.length - 1)] ?? 1
      await pause(beats * heartbeatMs, undefined, { signal: over }).catch(() => {})
      if (over.aborted) return
      const opened = await this.#openSocket().catch(() => null)
      if (opened === null) continue
      if (over.aborted) return opened.link.close('another link is there')
      this.#next = opened
      return link.close('a socket can be had again')
    }
  }

  async #callOver<W extends AgentWord>(link: Link, word: W, body: InputOf<W>): Promise<AnswerOf<W>> {
    const sentAt = performance.now()
    const answered = () => {
      this.#answeredFrom = Math.max(this.#answeredFrom, sentAt)
    }
    try {
      const answer = await link.call(word, body)
      answered()
      return answer
    } catch (error) {
      // Also a server that says no is there, and knows that this agent is.
      if (error instanceof Refused) answered()
      throw error
    }
  }

  #endedBy(error: unknown): boolean {
    const ending = error instanceof Refused ? endings[error.code] : undefined
    if (ending === undefined) return false
    this.#closing.abort()
    this.#parts.ended(ending, messageOf(error))
    return true
  }

  /** Once for each new reason, not for each try. */
  #complain(error: unknown): void {
    const complaint = messageOf(error)
    const { log, server } = this.#parts
    if (complaint === this.#lastComplaint) return log.debug(`still no connection to ${server}`)
    this.#lastComplaint = complaint
    log.warn(`no connection to ${server}: ${complaint}. Trying on for ever.`)
  }
}
