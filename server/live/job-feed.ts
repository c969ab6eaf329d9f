/** What pages watch of one job on this node: its row as it changes. Its frames go another way, see `streams.ts`. */
import { isDeepStrictEqual } from 'node:util'
import { reasonOf } from '#runtime/errors.ts'
import type { Log } from '#runtime/index.ts'
import type { JobDetail } from '#specs/jobs.ts'
import type { Position } from '#specs/live.ts'
import type { Reads } from '../fleet/reads.ts'
import { notFound } from '../rest/refusal.ts'
import { Counter } from './counter.ts'
import type { Watcher } from './team-feed.ts'
import { Window } from './window.ts'

const windowMs = 50
/** What a pending job waits for changes without the job. */
const pendingEveryMs = 5_000

export class JobFeed {
  readonly #team: string
  readonly #job: string
  readonly #reads: Reads
  readonly #log: Log
  readonly #watchers = new Set<Watcher>()
  readonly #counter = new Counter()
  readonly #changed: Window<'job', true>
  /** Those who are about to watch: a change while they read is one that they have to hear of. */
  #arriving = 0
  #last: JobDetail | null = null
  #reading: Promise<unknown> = Promise.resolve()
  #again: NodeJS.Timeout | undefined

  constructor(team: string, job: string, reads: Reads, log: Log) {
    this.#team = team
    this.#job = job
    this.#reads = reads
    this.#log = log
    this.#changed = new Window(windowMs, () => void this.#tell())
  }

  get watched(): boolean {
    return this.#watchers.size + this.#arriving > 0
  }

  changed(): void {
    if (this.watched) this.#changed.add('job', true)
  }

  /** The job as it is, and whether the watcher has not missed any delta since. */
  async watch(
    watcher: Watcher,
    since: Position | undefined,
  ): Promise<{ job: JobDetail; at: Position; isNew: boolean }> {
    this.#arriving++
    try {
      const job = await this.#refresh()
      this.#watchers.add(watcher)
      return { job, at: this.#counter.at, isNew: this.#counter.since(since)?.length !== 0 }
    } finally {
      this.#arriving--
    }
  }
  unwatch(watcher: Watcher): void {
    this.#watchers.delete(watcher)
  }

  stop(): void {
    clearTimeout(this.#again)
    this.#changed.stop()
  }

  async #tell() {
    try {
      await this.#refresh()
    } catch (error) {
      this.#log.warn('a job could not be read for those who watch it', {
        job: this.#job,
        reason: reasonOf(error),
      })
    }
  }

  #refresh(): Promise<JobDetail> {
    const refreshed = this.#reading.then(async () => {
      const job = await this.#reads.job(this.#team, this.#job)
      if (!job) throw notFound()
      if (!isDeepStrictEqual(job, this.#last)) {
        this.#last = job
        const at = this.#counter.next()
        for (const watcher of this.#watchers) watcher.send({ topic: 'job', at, job })
      }
      clearTimeout(this.#again)
      if (job.state === 'pending') this.#again = setTimeout(() => this.changed(), pendingEveryMs)
      return job
    })
    this.#reading = refreshed.catch(() => {})
    return refreshed
  }
}
