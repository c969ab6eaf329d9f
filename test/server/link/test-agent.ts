/** An agent that does only what a spec tells it, over a real socket. */
import { io, type Socket } from 'socket.io-client'
import type * as z from 'zod'
import {
  agentNamespace,
  type AgentFacts,
  agentSays,
  type Answer,
  type Cancel,
  type Frame,
  type Offer,
  protocolVersion,
  type Welcomed,
} from '#specs/agent-link.ts'
import type { Load, RunningAttempt } from '#specs/agents.ts'
import type { Problem } from '#specs/problem.ts'
import { Events } from '#test/support/events.ts'

/** With what an agent dials. */
export interface Dial {
  readonly agent: string
  readonly key: string
  readonly installation: string
  readonly boot: string
  readonly facts: AgentFacts
  readonly protocol?: number
}

export type Told =
  | { readonly kind: 'offer'; readonly told: Offer }
  | { readonly kind: 'cancel'; readonly told: Cancel }
  | { readonly kind: 'drain'; readonly told: Why }
  | { readonly kind: 'dismissed'; readonly told: Why }
  | { readonly kind: 'probe'; readonly told: unknown }
  | { readonly kind: 'connected' }
  | { readonly kind: 'refused'; readonly problem: Problem | undefined; readonly message: string }
  | { readonly kind: 'closed'; readonly reason: string }

type Why = { readonly reason: string }
type Says = keyof typeof agentSays
type Input<Name extends Says> = z.input<(typeof agentSays)[Name]['input']>
type Output<Name extends Says> = z.output<(typeof agentSays)[Name]['answer']>

export const load: Load = {
  cpuPercent: 5,
  memoryPercent: 30,
  loopLagMs: 1,
  threads: 4,
  busyThreads: 0,
  queued: 0,
}

export const userAgent = 'test-agent/1 (here)'

export class TestAgent {
  readonly id: string
  readonly told = new Events<Told>()
  readonly socket: Socket
  readonly dial: Dial
  /** Answers to replays come from here. */
  kept: Frame[] = []
  /** False: checks are not answered. */
  answers = true
  /** What it answers to checks. */
  vitals = { loopLagMs: 1, busyThreads: 0, threads: 4 }

  constructor(url: string, dial: Dial) {
    this.id = dial.agent
    this.dial = dial
    const { key, installation, boot, protocol = protocolVersion } = dial
    this.socket = io(`${url}${agentNamespace}`, {
      auth: { key, installation, boot, protocol },
      extraHeaders: { 'user-agent': userAgent },
      transports: ['websocket'],
      reconnection: false,
      forceNew: true,
    })
    this.socket.on('offer', (told: Offer) => this.told.push({ kind: 'offer', told }))
    this.socket.on('cancel', (told: Cancel) => this.told.push({ kind: 'cancel', told }))
    this.socket.on('drain', (told: Why) => this.told.push({ kind: 'drain', told }))
    this.socket.on('dismissed', (told: Why) => this.told.push({ kind: 'dismissed', told }))
    this.socket.on('connect', () => this.told.push({ kind: 'connected' }))
    this.socket.on('connect_error', (error: Error & { data?: Problem }) =>
      this.told.push({ kind: 'refused', problem: error.data, message: error.message }),
    )
    this.socket.on('disconnect', (reason) => this.told.push({ kind: 'closed', reason }))
    this.socket.on('probe', (told: unknown, answer: (probe: unknown) => void) => {
      this.told.push({ kind: 'probe', told })
      if (this.answers) answer(this.vitals)
    })
    this.socket.on('replay', ({ after }: { after: number }, answer: (kept: unknown) => void) =>
      answer({ frames: this.kept.filter(({ seq }) => seq > after) }),
    )
  }

  /** What comes of it, whatever is said. */
  async try(name: string, payload: unknown): Promise<Answer<unknown>> {
    return (await this.socket.emitWithAck(name, payload)) as Answer<unknown>
  }
  /** The answer; rejects where the server says no. */
  async say<Name extends Says>(name: Name, payload: Input<Name>): Promise<Output<Name>> {
    const answer = await this.try(name, payload)
    if (!answer.ok) throw new Error(`${name}: ${JSON.stringify(answer.problem)}`)
    return agentSays[name].answer.parse(answer.value) as Output<Name>
  }
  async refused(name: string, payload: unknown): Promise<Problem> {
    const answer = await this.try(name, payload)
    if (answer.ok) throw new Error(`${name} was not refused`)
    return answer.problem
  }

  hello(running: readonly RunningAttempt[] = []): Promise<Welcomed> {
    return this.say('hello', { facts: this.dial.facts, running: [...running] })
  }
  beat(running: readonly RunningAttempt[] = [], given: Partial<Load> = {}) {
    return this.say('beat', { load: { ...load, ...given }, running: [...running], draining: false })
  }
  async offer(): Promise<Offer> {
    return (await this.told.next('offer')).told
  }
  async cancel(): Promise<Cancel> {
    return (await this.told.next('cancel')).told
  }
  /** Takes the next offer and starts it. */
  async run(): Promise<RunningAttempt & { readonly offer: Offer }> {
    const offer = await this.offer()
    const attempt = { job: offer.job, attempt: offer.attempt }
    await this.say('accept', attempt)
    await this.say('started', attempt)
    return { ...attempt, offer }
  }
  finish({ job, attempt }: RunningAttempt, given: Partial<Input<'finish'>> = {}) {
    return this.say('finish', { job, attempt, outcome: 'completed', output: 'done', frames: 0, ...given })
  }
  frames({ job, attempt }: RunningAttempt, frames: Frame[]) {
    return this.say('frames', { job, attempt, frames })
  }
  /** Runs whatever it is offered, at once. */
  keepRunning(output: unknown = 'done'): this {
    this.socket.on('offer', ({ job, attempt }: Offer) => {
      void this.socket
        .emitWithAck('accept', { job, attempt })
        .then(() => this.socket.emitWithAck('started', { job, attempt }))
        .then(() =>
          this.socket.emitWithAck('finish', { job, attempt, outcome: 'completed', output, frames: 0 }),
        )
    })
    return this
  }
  close() {
    this.socket.close()
  }
}

/** Frames of both sorts, with these numbers. */
export function frames(from: number, to: number): Frame[] {
  return Array.from({ length: to - from + 1 }, (_, index) => {
    const seq = from + index
    return seq % 2 === 0
      ? { type: 'log', seq, at: 1_000 + seq, level: 'info', text: `line ${seq}` }
      : {
          type: 'progress',
          seq,
          at: 1_000 + seq,
          progress: { stage: 'walk', done: seq, total: 100, current: null, message: null },
        }
  })
}
