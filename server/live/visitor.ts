/** One open page of the dashboard: what it watches, and what it is told. */
import type { Socket } from 'socket.io'
import type * as z from 'zod'
import type { Log } from '#runtime/index.ts'
import type { Delta, JobFrames, Unwatch, Watch } from '#specs/live.ts'
import type { UserCaller } from '../rest/handlers.ts'
import { Refusal } from '../rest/refusal.ts'
import type { Feeds } from './feeds.ts'
import type { JobFeed } from './job-feed.ts'
import type { Streams } from './streams.ts'
import type { Answer, TeamFeed, Watcher } from './team-feed.ts'

export interface VisitorParts {
  readonly feeds: Feeds
  readonly streams: Streams
  readonly log: Log
}
type WatchOf<Topic extends Watch['topic']> = Extract<z.output<typeof Watch>, { topic: Topic }>
type TeamWatch = Exclude<z.output<typeof Watch>, { topic: 'job' }>
type Frames = z.input<typeof JobFrames>

/** A page that does not read what it is sent is cut off; when it comes back it is told what it missed. */
const waitingMax = 500
const jobsWatchedMax = 20

export class Visitor {
  #caller: UserCaller
  readonly #socket: Socket
  readonly #parts: VisitorParts
  /** What ends each watch: one per topic, and one per job. */
  readonly #watches = new Map<string, () => void>()
  /** What is asked about one topic is done in turn. */
  readonly #turns = new Map<string, Promise<unknown>>()
  #gone = false

  constructor(socket: Socket, caller: UserCaller, parts: VisitorParts) {
    this.#socket = socket
    this.#caller = caller
    this.#parts = parts
  }

  get caller() {
    return this.#caller
  }
  /** Looks again who this is. False where they are nobody any more. */
  async renew(look: (socket: Socket) => Promise<UserCaller>): Promise<boolean> {
    try {
      this.#caller = await look(this.#socket)
      return true
    } catch (error) {
      if (error instanceof Refusal && error.code === 'not_signed_in') return false
      throw error
    }
  }

  /** Watches a topic, instead of what was watched of it before. `answer` goes out before anything that follows. */
  watch(given: z.output<typeof Watch>, answer: (value: Answer) => void): Promise<void> {
    const key = keyOf(given)
    return this.#inTurn(key, async () => {
      this.#end(key)
      try {
        await (given.topic === 'job'
          ? this.#watchJob(given, key, answer)
          : this.#watchTeam(given, key, answer))
      } catch (error) {
        this.#end(key)
        throw error
      }
    })
  }

  unwatch(given: z.output<typeof Unwatch>): Promise<void> {
    const key = keyOf(given)
    return this.#inTurn(key, async () => this.#end(key))
  }

  signOut(reason: string): void {
    this.#socket.emit('signedOut', { reason })
    setImmediate(() => this.#socket.disconnect(true))
  }
  /** The page comes back by itself and is told what it missed. */
  cut(): void {
    this.#socket.conn.close()
  }
  left(): void {
    this.#gone = true
    for (const key of this.#watches.keys()) this.#end(key)
  }

  #inTurn(key: string, work: () => Promise<void>): Promise<void> {
    const done = (this.#turns.get(key) ?? Promise.resolve()).then(work)
    const settled = done
      .catch(() => {})
      .finally(() => {
        if (this.#turns.get(key) === settled) this.#turns.delete(key)
      })
    this.#turns.set(key, settled)
    return done
  }

  async #watchTeam(given: TeamWatch, key: string, answer: (value: Answer) => void) {
    const feed = await this.#parts.feeds.team(this.#caller.team)
    const held = this.#hold()
    this.#begin(key, () => feed.unwatch(given.topic, held))
    const watched = await watchTeam(feed, given, held)
    if (!this.#begin(key, () => feed.unwatch(given.topic, held))) return
    answer(watched)
    held.release()
  }

  async #watchJob({ job, since, frame }: WatchOf<'job'>, key: string, answer: (value: Answer) => void) {
    if ([...this.#watches.keys()].filter((watched) => watched.startsWith('job ')).length >= jobsWatchedMax)
      throw new Refusal(
        'too_many_requests',
        `One page watches ${jobsWatchedMax} jobs at most: unwatch one first.`,
      )
    const { team } = this.#caller
    const feed: JobFeed = await this.#parts.feeds.job(team, job)
    const held = this.#hold()
    this.#begin(key, () => feed.unwatch(held))
    const { job: detail, at, isNew } = await feed.watch(held, since)
    const watched = { team, job, newest: detail.attempt }
    const stream = await this.#parts.streams.watch(watched, frame ?? null, (attempt, frames) =>
      this.#tell(job, attempt, frames),
    )
    if (!this.#begin(key, () => (feed.unwatch(held), stream.stop()))) return
    const { attempt, frames } = stream.first
    if (isNew)
      answer({ topic: 'job', at, job: detail, frames: [...frames], attempt: attempt || detail.attempt })
    else {
      answer({ resumed: [] })
      if (frames.length > 0) this.#tell(job, attempt, frames)
    }
    held.release()
    stream.begin()
  }

  #tell(job: string, attempt: number, frames: Frames['frames'] | readonly Frames['frames'][number][]) {
    this.#send('frames', { job, attempt, frames: [...frames] } satisfies Frames)
  }

  /** From now on this is what ends the watch. False where the page has gone meanwhile. */
  #begin(key: string, end: () => void): boolean {
    if (this.#gone) {
      end()
      return false
    }
    this.#watches.set(key, end)
    return true
  }
  #end(key: string) {
    this.#watches.get(key)?.()
    this.#watches.delete(key)
  }

  /** Holds deltas back until the answer to the watch has gone out. */
  #hold(): Watcher & { release(): void } {
    let held: Delta[] | null = []
    return {
      send: (delta) => {
        if (held) held.push(delta)
        else this.#send('delta', delta)
      },
      release: () => {
        const waiting = held ?? []
        held = null
        for (const delta of waiting) this.#send('delta', delta)
      },
    }
  }

  #send(event: 'delta' | 'frames', message: Delta | Frames) {
    if (this.#gone) return
    if (waitingFor(this.#socket) > waitingMax) {
      this.#parts.log.debug('a page does not read what it is sent; it is cut off', {
        user: this.#caller.user,
      })
      return this.cut()
    }
    this.#socket.emit(event, message)
  }
}

function watchTeam(feed: TeamFeed, given: TeamWatch, watcher: Watcher) {
  if (given.topic === 'pool') return feed.watchPool(watcher)
  if (given.topic === 'agents') return feed.watchAgents(watcher, given.since)
  return feed.watchJobs(watcher, given.query, given.since)
}

function keyOf(given: { topic: string; job?: string | undefined }): string {
  return given.job === undefined ? given.topic : `job ${given.job}`
}

/** Packets that have not been written yet. */
function waitingFor(socket: Socket): number {
  return (socket.conn as unknown as { writeBuffer: readonly unknown[] }).writeBuffer.length
}
