/**
 * One attempt at a job, from the offer to its finish:
 *
 *   accepting ─▶ waiting for a thread ─▶ running ─▶ ended
 *                        └──────────────────┴─▶ stopping ─▶ ended
 */
import type { Accepted, Finish, Frame, Offer } from '#specs/agent-link.ts'
import type { RunningAttempt } from '#specs/agents.ts'
import type { JobError, Progress } from '#specs/jobs.ts'
import { messageOf } from '../exit-codes.ts'
import { type AgentWord, type AnswerOf, type InputOf, mayPass } from '../link/link.ts'
import type { Log } from '../log.ts'
import { FrameSender } from './frame-sender.ts'
import type { Hear, Pool, PoolEnd, PoolJob } from './pool.ts'

/** What of the server an attempt needs. */
export interface Server {
  call<W extends AgentWord>(word: W, body: InputOf<W>): Promise<AnswerOf<W>>
}

export type Phase = 'accepting' | 'waiting' | 'running' | 'stopping' | 'ended'

/** Why an attempt is stopped before its tool has ended. Dropped: nobody wants to hear of it any more. */
export interface Stop {
  readonly why: 'cancelled' | 'timeout' | 'given back' | 'dropped'
  readonly message: string
  readonly graceMs: number
}

/** A tool that has run out of time gets so long to stop by itself. */
const timeoutGraceMs = 10_000
const messageMax = 2_000
/** A timer that is set to more goes off at once. */
const timerMaxMs = 2 ** 31 - 1

export class Attempt implements RunningAttempt {
  readonly job: string
  readonly attempt: number
  readonly tool: string
  readonly frames: FrameSender
  progress: Progress | null = null
  #phase: Phase = 'accepting'
  readonly #offer: Offer
  readonly #server: Server
  readonly #log: Log
  #poolJob: PoolJob | undefined
  #stop: Stop | undefined
  #startedTold = true
  #attemptTimer: NodeJS.Timeout | undefined
  #stallTimer: NodeJS.Timeout | undefined

  constructor(offer: Offer, server: Server, log: Log) {
    this.#offer = offer
    this.#server = server
    this.#log = log
    this.job = offer.job
    this.attempt = offer.attempt
    this.tool = offer.tool
    this.frames = new FrameSender(
      (frames: Frame[]) => server.call('frames', { ...this.name, frames }),
      (reason) => this.drop(reason),
    )
  }

  get name(): RunningAttempt {
    return { job: this.job, attempt: this.attempt }
  }
  get phase(): Phase {
    return this.#phase
  }
  /** Still in hand. What was dropped may need a moment to free its thread, but nobody counts on it any more. */
  get active(): boolean {
    return this.#phase !== 'ended' && this.#stop?.why !== 'dropped'
  }

  /** Takes the job, if it is still to be had. False where it is not, or nobody can tell. */
  async accept(): Promise<boolean> {
    try {
      const { accepted, reason } = await this.#server.call('accept', this.name)
      if (!accepted) this.#log.info(`${this.job} went elsewhere: ${reason ?? 'the offer was over'}`)
      return accepted
    } catch (error) {
      this.#log.warn(`${this.job} could not be accepted: ${messageOf(error)}`)
      return false
    }
  }

  /** Runs the tool. Resolves with what to tell the server, or null where it is not to be told. */
  async run(pool: Pool): Promise<Finish | null> {
    this.#phase = 'waiting'
    this.#log.info(`${this.job}, attempt ${this.attempt}: ${this.tool}`)
    const { tool, params } = this.#offer
    this.#poolJob = pool.start({ tool, params, attempt: this.attempt }, (says) => this.#hear(says))
    // Stopped while it was being accepted.
    if (this.#stop) this.#halt(this.#stop)
    const end = await this.#poolJob.ended
    this.#phase = 'ended'
    clearTimeout(this.#attemptTimer)
    clearTimeout(this.#stallTimer)
    return this.#finishOf(end)
  }

  readonly #hear: Hear = (says) => {
    if (says.type === 'begun') return this.#begin()
    const { type, ...told } = says
    if (says.type === 'progress') {
      this.progress = says.progress
      this.#stallTimer?.refresh()
    }
    this.frames.tell({ type, ...told } as Parameters<FrameSender['tell']>[0])
  }

  #begin(): void {
    if (this.#phase === 'waiting') this.#phase = 'running'
    void this.#tellStarted()
    const { attemptMs, stallMs } = this.#offer
    this.#attemptTimer = this.#limit(attemptMs, `the attempt took longer than ${attemptMs} ms`)
    this.#stallTimer = this.#limit(stallMs, `no progress for ${stallMs} ms`)
  }

  #limit(ms: number, message: string): NodeJS.Timeout | undefined {
    if (ms === 0) return undefined
    const stop = () => this.stop({ why: 'timeout', message, graceMs: timeoutGraceMs })
    return setTimeout(stop, Math.min(ms, timerMaxMs))
  }

  async #tellStarted(): Promise<void> {
    this.#startedTold = true
    try {
      this.#mind(await this.#server.call('started', this.name))
    } catch (error) {
      this.#startedTold = !mayPass(error)
    }
  }

  #mind({ accepted, reason }: Accepted): void {
    if (!accepted) this.drop(reason ?? 'the server has it run elsewhere')
  }

  /** The server is back, and lets it go on: what could not be said is said now. */
  resume(): void {
    if (!this.#startedTold) void this.#tellStarted()
    this.frames.resume()
  }

  /** The first reason counts, except that what nobody wants any more is never told of. */
  stop(stop: Stop): void {
    if (this.#phase === 'ended') return
    if (this.#stop === undefined || stop.why === 'dropped') this.#stop = stop
    if (this.#poolJob) this.#halt(stop)
  }

  drop(reason: string): void {
    if (this.#phase === 'ended' || this.#stop?.why === 'dropped') return
    this.#log.warn(`${this.job}, attempt ${this.attempt} is dropped: ${reason}`)
    this.stop({ why: 'dropped', message: reason, graceMs: dropGraceMs })
  }

  #halt({ graceMs }: Stop): void {
    this.#phase = 'stopping'
    this.#poolJob?.stop(graceMs)
  }

  #finishOf(end: PoolEnd): Finish | null {
    if (this.#stop?.why === 'dropped') return null
    const finish = { ...this.name, frames: this.frames.log.last }
    const done = end.how === 'returned' && 'output' in end.end ? end.end : null
    if (this.#stop && !(done && this.#stop.why === 'given back')) {
      const error = { class: classOf[this.#stop.why], message: this.#stop.message.slice(0, messageMax) }
      return { ...finish, outcome: this.#stop.why === 'cancelled' ? 'cancelled' : 'failed', error }
    }
    if (done) return { ...finish, outcome: done.outcome, output: done.output as Finish['output'] }
    return { ...finish, outcome: 'failed', error: errorOf(end) }
  }
}

/** Its work is void: it gets little time to stop by itself. */
const dropGraceMs = 1_000

const classOf = { cancelled: 'cancelled', timeout: 'timeout', 'given back': 'lost', dropped: 'lost' } as const

function errorOf(end: PoolEnd): JobError {
  if (end.how === 'crashed') return { class: 'crashed', message: end.message.slice(0, messageMax) }
  if (end.how === 'returned' && end.end.outcome === 'failed') return end.end.error
  return { class: 'fatal', message: 'the tool stopped although nobody told it to' }
}
