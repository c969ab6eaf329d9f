/** Follows one job over the live socket, as the dashboard does, until it has ended. */
import { io, type Socket } from 'socket.io-client'
import type * as z from 'zod'
import type { Answer, Frame } from '#specs/agent-link.ts'
import { hasEnded, type JobDetail } from '#specs/jobs.ts'
import { dashboardNamespace, Delta, JobFrames, serverTells, Snapshot } from '#specs/live.ts'
import { Problem, type ProblemCode } from '#specs/problem.ts'
import { Declined } from './client.ts'
import { progressOf } from './print.ts'

export interface Follower {
  job(job: JobDetail): void
  line(text: string): void
  /** How far it is; of what came at once only the latest. */
  progress?(text: string): void
  /** The connection was lost, or is there again. */
  connected?(isThere: boolean): void
}

const redialFirstMs = 500
const redialMaxMs = 3_000
const retryMs = 1_000
/** Said by a server that is just starting, or has just lost its database. */
const passing: readonly ProblemCode[] = ['unavailable', 'too_many_requests', 'outcome_unknown']

/**
 * Resolves with the job's end. A cut connection is dialled again, and what was told meanwhile comes after; only a refusal
 * or the signal ends it before.
 */
export function follow(
  server: { readonly url: string; readonly token: string },
  job: string,
  follower: Follower,
  signal?: AbortSignal,
): Promise<JobDetail> {
  const socket = io(`${server.url}${dashboardNamespace}`, {
    auth: { token: server.token },
    transports: ['websocket'],
    reconnectionDelay: redialFirstMs,
    reconnectionDelayMax: redialMaxMs,
  })
  return new Pursuit(socket, job, follower, signal).ended
}

class Pursuit {
  readonly ended: Promise<JobDetail>
  readonly #socket: Socket
  readonly #job: string
  readonly #follower: Follower
  readonly #end = Promise.withResolvers<JobDetail>()
  /** The last frame that has come, of all attempts. */
  #place: { readonly attempt: number; readonly seq: number } | undefined
  #isThere = true
  #retry: NodeJS.Timeout | undefined

  constructor(socket: Socket, job: string, follower: Follower, signal: AbortSignal | undefined) {
    this.#socket = socket
    this.#job = job
    this.#follower = follower
    const stop = () => this.#end.reject(signal?.reason)
    signal?.addEventListener('abort', stop)
    if (signal?.aborted) stop()
    this.#listen()
    this.ended = this.#end.promise.finally(() => {
      signal?.removeEventListener('abort', stop)
      clearTimeout(this.#retry)
      socket.close()
    })
  }

  #listen() {
    const socket = this.#socket
    socket.on('connect', () => this.#watch())
    socket.on('connect_error', (error) => this.#notLetIn(error))
    socket.on('disconnect', (reason) => {
      if (reason === 'io client disconnect') return
      this.#away()
      // Only then it does not dial by itself.
      if (reason === 'io server disconnect') this.#again(() => socket.connect(), retryMs)
    })
    socket.on('signedOut', (given) =>
      this.#understood(serverTells.signedOut.input, given, ({ reason }) =>
        this.#end.reject(new Error(reason)),
      ),
    )
    socket.on('delta', (given) => this.#understood(Delta, given, (delta) => this.#changed(delta)))
    socket.on('frames', (given) =>
      this.#understood(JobFrames, given, ({ attempt, frames }) => this.#told(attempt, frames)),
    )
  }

  #understood<S extends z.ZodType>(schema: S, given: unknown, act: (value: z.output<S>) => void) {
    const parsed = schema.safeParse(given)
    if (parsed.success) return act(parsed.data)
    this.#end.reject(
      new Error('the server says what this program does not expect: are both of the same version?', {
        cause: parsed.error,
      }),
    )
  }

  #changed(delta: Delta) {
    if (delta.topic !== 'job') return
    // What it has told last may still be on its way; the answer to a watch has it.
    if (hasEnded(delta.job.state)) this.#watch()
    else this.#seen(delta.job)
  }

  #watch() {
    const frame = this.#place === undefined ? {} : { frame: this.#place }
    this.#socket.emit('watch', { topic: 'job', job: this.#job, ...frame }, (answer: Answer<unknown>) => {
      if (!answer.ok) return this.#refused(answer.problem, () => this.#watch())
      this.#back()
      this.#understood(Snapshot, answer.value, (snapshot) => {
        if (snapshot.topic !== 'job') return
        this.#told(snapshot.attempt, snapshot.frames)
        this.#seen(snapshot.job)
      })
    })
  }

  /** Where the server itself has said no, the socket does not dial again. */
  #notLetIn(error: Error) {
    if (this.#socket.active) return this.#away()
    const problem = Problem.safeParse('data' in error ? error.data : null)
    if (problem.success) this.#refused(problem.data, () => this.#socket.connect())
    else this.#end.reject(new Error(`the server refuses the connection: ${error.message}`))
  }

  #refused(problem: Problem, again: () => void) {
    if (!passing.includes(problem.code)) return this.#end.reject(new Declined(problem, true))
    this.#away()
    this.#again(again, problem.retryAfterMs ?? retryMs)
  }
  #again(act: () => void, afterMs: number) {
    clearTimeout(this.#retry)
    this.#retry = setTimeout(act, afterMs)
  }

  #away() {
    if (this.#isThere) this.#follower.connected?.(false)
    this.#isThere = false
  }
  #back() {
    if (!this.#isThere) this.#follower.connected?.(true)
    this.#isThere = true
  }

  #seen(found: JobDetail) {
    this.#follower.job(found)
    if (hasEnded(found.state)) this.#end.resolve(found)
  }

  #told(attempt: number, frames: readonly Frame[]) {
    const latest = frames.findLast(({ type }) => type === 'progress')
    for (const frame of frames) {
      this.#place = { attempt, seq: frame.seq }
      if (frame.type === 'log') this.#follower.line(`${frame.level}: ${frame.text}`)
      else if (frame === latest) this.#follower.progress?.(progressOf(frame.progress))
    }
  }
}
