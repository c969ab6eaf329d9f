/** Which attempts an agent holds, as far as its connection knows, and when their jobs were last told that they are alive. */
import { reasonOf } from '#runtime/errors.ts'
import type { Log } from '#runtime/index.ts'
import type { Accepted, Frame } from '#specs/agent-link.ts'
import type { RunningAttempt } from '#specs/agents.ts'
import type { Progress } from '#specs/jobs.ts'
import type { Streams } from '../live/streams.ts'

export interface HoldingsParts {
  readonly streams: Pick<Streams, 'source'>
  replay(job: string, attempt: number, after: number): Promise<readonly Frame[]>
  /** Tells the job, which answers whether the attempt is still the one that counts. */
  tellAlive(held: RunningAttempt, progress: Progress | null): Promise<Accepted>
  /** The job says that the attempt does not count any more. */
  refused(held: RunningAttempt, reason: string): void
  readonly aliveMs: number
  readonly log: Log
}

interface Held {
  readonly job: string
  readonly attempt: number
  readonly endSource: () => void
  progress: Progress | null
  /** It was told to stop: its last words are heard, but it keeps nothing alive. */
  stopping: boolean
  /** Something was told that the job does not know yet. */
  fresh: boolean
  toldAt: number
}

export class Holdings {
  readonly #parts: HoldingsParts
  readonly #held = new Map<string, Held>()
  /** Attempts whose job is being asked about them. */
  readonly #asked = new Map<string, Promise<Accepted>>()
  #timer: NodeJS.Timeout | undefined
  #stopped = false

  constructor(parts: HoldingsParts) {
    this.#parts = parts
  }

  all(): readonly RunningAttempt[] {
    return [...this.#held.values()]
  }

  has({ job, attempt }: RunningAttempt): boolean {
    return this.#held.get(job)?.attempt === attempt
  }

  /** What the agent's actor says that it may go on with; nothing else is its. */
  set(keep: readonly RunningAttempt[]): void {
    const kept = new Map(keep.map(({ job, attempt }) => [job, attempt]))
    for (const held of this.#held.values()) if (kept.get(held.job) !== held.attempt) this.remove(held)
    for (const attempt of keep) this.add(attempt)
  }

  add({ job, attempt }: RunningAttempt): void {
    const known = this.#held.get(job)
    if (this.#stopped || known?.attempt === attempt) return
    if (known) this.remove(known)
    const endSource = this.#parts.streams.source(job, (of, after) => {
      if (of !== attempt) return Promise.reject(new Error(`attempt ${of} is not running`))
      return this.#parts.replay(job, attempt, after)
    })
    this.#held.set(job, {
      job,
      attempt,
      endSource,
      progress: null,
      stopping: false,
      fresh: false,
      toldAt: Number.NEGATIVE_INFINITY,
    })
  }

  remove({ job, attempt }: RunningAttempt): void {
    const held = this.#held.get(job)
    if (held?.attempt !== attempt) return
    held.endSource()
    this.#held.delete(job)
  }

  stopping({ job, attempt }: RunningAttempt): void {
    const held = this.#held.get(job)
    if (held?.attempt === attempt) held.stopping = true
  }

  /** Whether the attempt is the agent's. One that is not known here is asked about, once at a time. */
  async check({ job, attempt }: RunningAttempt): Promise<Accepted> {
    if (this.has({ job, attempt })) return { accepted: true, reason: null }
    const key = `${job} ${attempt}`
    const asked = this.#asked.get(key) ?? this.#ask({ job, attempt }).finally(() => this.#asked.delete(key))
    this.#asked.set(key, asked)
    return asked
  }

  /** The attempt has told something: its job hears of it, at once at first, then now and then. */
  heard({ job, attempt }: RunningAttempt, frames: readonly Frame[]): void {
    const held = this.#held.get(job)
    if (held?.attempt !== attempt || held.stopping || frames.length === 0) return
    const told = frames.findLast((frame) => frame.type === 'progress')
    if (told) held.progress = told.progress
    held.fresh = true
    if (performance.now() - held.toldAt >= this.#parts.aliveMs) void this.#tell(held)
    else this.#wait()
  }

  stop(): void {
    this.#stopped = true
    clearTimeout(this.#timer)
    for (const { endSource } of this.#held.values()) endSource()
    this.#held.clear()
  }

  async #ask(attempt: RunningAttempt): Promise<Accepted> {
    const accepted = await this.#parts.tellAlive(attempt, null)
    if (accepted.accepted) this.add(attempt)
    return accepted
  }

  async #tell(held: Held) {
    held.fresh = false
    held.toldAt = performance.now()
    try {
      const { accepted, reason } = await this.#parts.tellAlive(held, held.progress)
      if (accepted || this.#held.get(held.job) !== held) return
      this.remove(held)
      this.#parts.refused({ job: held.job, attempt: held.attempt }, reason ?? '')
    } catch (error) {
      held.fresh = true
      this.#wait()
      this.#parts.log.debug('a job was not told that it is alive', { job: held.job, reason: reasonOf(error) })
    }
  }

  #wait() {
    if (!this.#stopped) this.#timer ??= setTimeout(() => this.#tellAll(), this.#parts.aliveMs / 2)
  }

  #tellAll() {
    this.#timer = undefined
    const due = performance.now() - this.#parts.aliveMs
    for (const held of this.#held.values()) {
      if (!held.fresh) continue
      if (held.toldAt <= due) void this.#tell(held)
      else this.#wait()
    }
  }
}
