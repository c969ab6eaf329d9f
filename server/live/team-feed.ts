/**
 * What the pages of one team watch on this node: its pool, its agents, its jobs. Each topic counts its deltas; they go to
 * every watcher in the same order and without a number missing, so a page knows when it has missed one.
 */
import { isDeepStrictEqual } from 'node:util'
import type * as z from 'zod'
import { reasonOf } from '#runtime/errors.ts'
import type { Log } from '#runtime/index.ts'
import type { Agent, Pool } from '#specs/agents.ts'
import { type Job, type JobQuery, stateGroups } from '#specs/jobs.ts'
import type { Delta, Position, Snapshot } from '#specs/live.ts'
import type { Reads } from '../fleet/reads.ts'
import { Counter } from './counter.ts'
import { Window } from './window.ts'

export type Answer = Snapshot | { resumed: Delta[] }
export interface Watcher {
  send(delta: Delta): void
}
type Query = z.output<typeof JobQuery>

const windowMs = 100
const poolWindowMs = 500
/** What of a job decides on which lists it is; of so many jobs it is remembered. */
const tracesMax = 5_000
/** Whoever has missed more starts afresh. */
const missedMax = 500

interface Trace {
  readonly state: Job['state']
  readonly tool: string
  readonly agent: string | null
  readonly boundTo: string | null
}

export class TeamFeed {
  readonly #team: string
  readonly #reads: Reads
  readonly #log: Log
  /** Also of those who are about to watch: a change while they read is one that they have to hear of. */
  readonly #pool = { watchers: new Set<Watcher>(), arriving: 0, counter: new Counter() }
  readonly #agents = { watchers: new Set<Watcher>(), counter: new Counter() }
  readonly #jobs = { watchers: new Map<Watcher, Query>(), counter: new Counter() }
  readonly #traces = new Map<string, Trace>()
  readonly #changedAgents: Window<string, Agent | null>
  readonly #changedJobs: Window<string, Job>
  readonly #changedPool: Window<'pool', true>
  #lastPool: Pool | null = null
  #readingPool: Promise<unknown> = Promise.resolve()

  constructor(team: string, reads: Reads, log: Log) {
    this.#team = team
    this.#reads = reads
    this.#log = log
    this.#changedAgents = new Window(windowMs, (changes) => this.#tellAgents(changes))
    this.#changedJobs = new Window(windowMs, (changes) => this.#tellJobs(changes))
    this.#changedPool = new Window(poolWindowMs, () => void this.#tellPool())
  }

  get watched(): boolean {
    return this.#pool.watchers.size + this.#agents.watchers.size + this.#jobs.watchers.size > 0
  }

  agentChanged(id: string, agent: Agent | null): void {
    this.#changedAgents.add(id, agent)
    this.#poolChanged()
  }
  jobChanged(job: Job): void {
    this.#changedJobs.add(job.id, job)
    this.#poolChanged()
  }

  stop(): void {
    for (const window of [this.#changedAgents, this.#changedJobs, this.#changedPool]) window.stop()
  }

  unwatch(topic: 'pool' | 'agents' | 'jobs', watcher: Watcher): void {
    if (topic === 'jobs') this.#jobs.watchers.delete(watcher)
    else (topic === 'pool' ? this.#pool : this.#agents).watchers.delete(watcher)
  }

  /** It is so small that it is always told anew. */
  async watchPool(watcher: Watcher): Promise<Answer> {
    this.#pool.arriving++
    try {
      const pool = await this.#refreshPool()
      this.#pool.watchers.add(watcher)
      return { topic: 'pool', at: this.#pool.counter.at, pool }
    } finally {
      this.#pool.arriving--
    }
  }

  async watchAgents(watcher: Watcher, since: Position | undefined): Promise<Answer> {
    const { watchers, counter } = this.#agents
    const { at } = counter
    watchers.add(watcher)
    const missed = counter.since(since)
    const ids = missed && idsOf(missed)
    if (!missed || !ids) return { topic: 'agents', at, agents: await this.#reads.allAgents(this.#team) }
    const found = new Map((await this.#readAgents(ids)).map((agent) => [agent.id, agent]))
    return {
      resumed: spread(missed, ids).map(({ at: place, about }) => ({
        topic: 'agents',
        at: place,
        changed: about.flatMap((id) => found.get(id) ?? []),
        removed: about.filter((id) => !found.has(id)),
      })),
    }
  }

  async watchJobs(watcher: Watcher, query: Query, since: Position | undefined): Promise<Answer> {
    const { watchers, counter } = this.#jobs
    const { at } = counter
    watchers.set(watcher, query)
    const missed = counter.since(since)
    const ids = missed && idsOf(missed)
    if (!missed || !ids) {
      const { items, next } = await this.#reads.jobs(this.#team, query)
      return { topic: 'jobs', at, jobs: items, next }
    }
    const found = new Map((await this.#readJobs(ids)).map((job) => [job.id, job]))
    const belongs = (id: string) => {
      const job = found.get(id)
      return job && isOn(query, job) ? [job] : []
    }
    return {
      resumed: spread(missed, ids).map(({ at: place, about }) => ({
        topic: 'jobs',
        at: place,
        changed: about.flatMap(belongs),
        removed: about.filter((id) => belongs(id).length === 0),
      })),
    }
  }

  #readAgents(ids: readonly string[]) {
    return ids.length === 0 ? Promise.resolve([]) : this.#reads.agentsOf(this.#team, ids)
  }
  #readJobs(ids: readonly string[]) {
    return ids.length === 0 ? Promise.resolve([]) : this.#reads.jobsOf(this.#team, ids)
  }

  #tellAgents(changes: ReadonlyMap<string, Agent | null>) {
    const at = this.#agents.counter.next([...changes.keys()])
    const changed = [...changes.values()].filter((agent) => agent !== null)
    const removed = [...changes].filter(([, agent]) => agent === null).map(([id]) => id)
    for (const watcher of this.#agents.watchers) watcher.send({ topic: 'agents', at, changed, removed })
  }

  /** Each list hears of its own jobs, and of those that are not on it any more. */
  #tellJobs(changes: ReadonlyMap<string, Job>) {
    const at = this.#jobs.counter.next([...changes.keys()])
    const jobs = [...changes.values()]
    const before = new Map(jobs.map(({ id }) => [id, this.#traces.get(id)]))
    for (const [watcher, query] of this.#jobs.watchers) {
      const changed = jobs.filter((job) => isOn(query, job))
      const removed = jobs
        .filter((job) => !isOn(query, job))
        .filter(({ id }) => {
          const trace = before.get(id)
          return !trace || isOn(query, trace)
        })
        .map(({ id }) => id)
      watcher.send({ topic: 'jobs', at, changed, removed })
    }
    for (const job of jobs) this.#trace(job)
  }

  #trace({ id, state, tool, agent, boundTo }: Job) {
    this.#traces.delete(id)
    this.#traces.set(id, { state, tool, agent, boundTo })
    if (this.#traces.size <= tracesMax) return
    for (const oldest of this.#traces.keys()) return void this.#traces.delete(oldest)
  }

  #poolChanged() {
    if (this.#pool.watchers.size + this.#pool.arriving > 0) this.#changedPool.add('pool', true)
  }

  async #tellPool() {
    try {
      await this.#refreshPool()
    } catch (error) {
      this.#log.warn('the pool could not be counted', { team: this.#team, reason: reasonOf(error) })
    }
  }

  /** One at a time, so that a later count never gives way to an earlier one. */
  #refreshPool(): Promise<Pool> {
    const refreshed = this.#readingPool.then(async () => {
      const pool = await this.#reads.pool(this.#team)
      if (!isDeepStrictEqual(pool, this.#lastPool)) {
        this.#lastPool = pool
        const at = this.#pool.counter.next()
        for (const watcher of this.#pool.watchers) watcher.send({ topic: 'pool', at, pool })
      }
      return pool
    })
    this.#readingPool = refreshed.catch(() => {})
    return refreshed
  }
}

/** Whether a job belongs on a list. */
function isOn({ state, group, tool, agent }: Query, job: Trace): boolean {
  return (
    (state === undefined || job.state === state) &&
    (group === undefined || stateGroups[group].includes(job.state)) &&
    (tool === undefined || job.tool === tool) &&
    (agent === undefined || job.agent === agent || job.boundTo === agent)
  )
}

interface Missed {
  readonly at: Position
  readonly about: readonly string[]
}

/** What was missed; null where it is too much. */
function idsOf(missed: readonly Missed[]): string[] | null {
  const ids = new Set(missed.flatMap(({ about }) => about))
  return ids.size > missedMax ? null : [...ids]
}

/** Each thing once, with the latest delta that was about it. */
function spread(missed: readonly Missed[], ids: readonly string[]): Missed[] {
  const left = new Set(ids)
  return missed
    .toReversed()
    .map(({ at, about }) => ({ at, about: [...new Set(about)].filter((id) => left.delete(id)) }))
    .toReversed()
}
