/** What pages watch, each as a stream of its whole value. */
import { merge, ReplaySubject, share, timer, type Observable } from 'rxjs'
import type { Pool } from '#specs/agents.ts'
import type { Job, JobQuery } from '#specs/jobs.ts'
import type { Live } from './live.ts'
import {
  agentsMerging,
  jobMerging,
  jobsMerging,
  withFrames,
  type Agents,
  type JobsPage,
  type JobValue,
} from './merge.ts'
import { paced } from './pace.ts'

/** How long a topic is followed after the last page that shows it is gone: the next page often wants it too. */
const lingerMs = 5_000

export type FeedsParts = {
  readonly live: Live
  /** True while the reader wants the screen to hold still. */
  readonly paused$: Observable<boolean>
  /** Emits when what is known is not for whoever looks next. */
  readonly over$: Observable<unknown>
  readonly listJobs: ListJobs
}
type ListJobs = (query: JobQuery) => Promise<{ items: Job[]; next: string | null }>

export class Feeds {
  readonly pool$: Observable<Pool>
  readonly agents$: Observable<Agents>
  readonly #live: Live
  readonly #paused$: Observable<boolean>
  readonly #listJobs: ListJobs

  constructor({ live, paused$, over$, listJobs }: FeedsParts) {
    this.#live = live
    this.#paused$ = paused$
    this.#listJobs = listJobs
    this.pool$ = this.#pool().pipe(shared(over$))
    this.agents$ = this.#agents().pipe(shared(over$))
  }

  /** A page of the list of jobs; only one list is followed at a time. */
  jobs(query: JobQuery): Observable<JobsPage> {
    const { after: _, ...firstPage } = query
    return this.#live
      .follow<JobsPage, 'jobs'>({
        topic: 'jobs',
        merging: jobsMerging(query),
        request: (since) => ({ topic: 'jobs', query: firstPage, ...(since && { since }) }),
        ...(query.after !== undefined && {
          complete: async (snapshot) => {
            const { items, next } = await this.#listJobs(query)
            return { ...snapshot, jobs: items, next }
          },
        }),
      })
      .pipe(paced(this.#paused$))
  }

  /** One job, with what it tells while it runs. */
  job(id: string): Observable<JobValue> {
    return this.#live
      .follow<JobValue, 'job'>({
        topic: 'job',
        merging: jobMerging,
        // Without its place among the deltas: only a snapshot brings the frames that were missed.
        request: (_, value) => ({
          topic: 'job',
          job: id,
          ...(value && value.log.seq > 0 && { frame: { attempt: value.log.attempt, seq: value.log.seq } }),
        }),
        concerns: ({ job }) => job.id === id,
        hears: (heard) =>
          heard.kind === 'frames' && heard.frames.job === id
            ? (value) => withFrames(value, heard.frames)
            : undefined,
      })
      .pipe(paced(this.#paused$))
  }

  #pool(): Observable<Pool> {
    return this.#live.follow<Pool, 'pool'>({
      topic: 'pool',
      merging: { snapshot: ({ pool }) => pool, delta: ({ pool }) => pool },
      request: (since) => ({ topic: 'pool', ...(since && { since }) }),
    })
  }

  #agents(): Observable<Agents> {
    const agents$ = this.#live.follow<Agents, 'agents'>({
      topic: 'agents',
      merging: agentsMerging,
      request: (since) => ({ topic: 'agents', ...(since && { since }) }),
    })
    return agents$.pipe(paced(this.#paused$))
  }
}

function shared<Value>(over$: Observable<unknown>) {
  return share<Value>({
    connector: () => new ReplaySubject<Value>(1),
    resetOnRefCountZero: () => merge(timer(lingerMs), over$),
  })
}
