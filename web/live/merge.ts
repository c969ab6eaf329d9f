/**
 * What the dashboard knows, merged from what it is told. One rule holds everywhere: a thing is never replaced by an
 * older version of itself, whichever way either of them came.
 */
import type * as z from 'zod'
import type { Agent } from '#specs/agents.ts'
import type { Job, JobDetail, JobQuery } from '#specs/jobs.ts'
import type { Delta, JobFrames, Snapshot } from '#specs/live.ts'
import { caughtUp, emptyLog, told, type JobLog } from './log.ts'
import { matches } from './matches.ts'

type JobFramesMessage = z.infer<typeof JobFrames>
type Of<Message extends { topic: string }, Topic> = Extract<Message, { topic: Topic }>
export type Versioned = { readonly id: string; readonly version: number }

/** How the value of a topic grows. */
export interface Merging<Value, Topic extends Snapshot['topic']> {
  snapshot(given: Of<Snapshot, Topic>, before: Value | undefined): Value
  delta(given: Of<Delta, Topic>, before: Value): Value
  /** True where the value knows that it has missed something beside the deltas: it is asked for. */
  misses?(value: Value): boolean
  /** True where the value can't be kept right by deltas any more: a new snapshot is asked for. */
  spent?(value: Value): boolean
}

/** The newer of two versions of a thing. */
export function newer<Thing extends Versioned>(before: Thing | undefined, given: Thing): Thing {
  return before !== undefined && before.version > given.version ? before : given
}

export type Agents = ReadonlyMap<string, Agent>

export const agentsMerging: Merging<Agents, 'agents'> = {
  snapshot({ agents }, before) {
    return new Map(agents.map((agent) => [agent.id, newer(before?.get(agent.id), agent)]))
  },
  delta({ changed, removed }, before) {
    const agents = new Map(before)
    for (const agent of changed) agents.set(agent.id, newer(agents.get(agent.id), agent))
    for (const id of removed) agents.delete(id)
    return agents
  },
}

/** A page of a list of jobs. */
export type JobsPage = { readonly jobs: readonly Job[]; readonly next: string | null }

/**
 * The newest first. The first page takes new jobs in; a later page keeps what it was given, up to date. One that
 * grew or shrank too far from a page's length is spent.
 */
export function jobsMerging(query: JobQuery): Merging<JobsPage, 'jobs'> {
  const isFirst = query.after === undefined
  return {
    snapshot({ jobs, next }, before) {
      const known = new Map(before?.jobs.map((job) => [job.id, job]))
      // What the server lists belongs on the list, unless something newer is known that does not.
      const kept = jobs.map((job) => newer(known.get(job.id), job))
      const belongs = kept.filter((job, at) => job === jobs[at] || matches(job, query))
      return { jobs: belongs.toSorted(newestFirst), next }
    },
    delta({ changed, removed }, before) {
      const jobs = new Map(before.jobs.map((job) => [job.id, job]))
      for (const job of changed) {
        if (isFirst || jobs.has(job.id)) jobs.set(job.id, newer(jobs.get(job.id), job))
      }
      for (const id of removed) jobs.delete(id)
      return { ...before, jobs: belonging(jobs, changed).toSorted(newestFirst) }
    },
    spent({ jobs, next }) {
      return isFirst && (jobs.length > query.limit * 2 || (next !== null && jobs.length < query.limit / 2))
    },
  }

  function belonging(jobs: ReadonlyMap<string, Job>, changed: readonly Job[]): Job[] {
    const touched = new Set(changed.map(({ id }) => id))
    return [...jobs.values()].filter((job) => !touched.has(job.id) || matches(job, query))
  }
}

function newestFirst(one: Job, other: Job): number {
  return other.submittedAt - one.submittedAt || (other.id < one.id ? -1 : 1)
}

/** One job, with what it tells. */
export type JobValue = { readonly job: JobDetail; readonly log: JobLog }

export const jobMerging: Merging<JobValue, 'job'> = {
  snapshot({ job, frames, attempt }, before) {
    return { job: newer(before?.job, job), log: caughtUp(before?.log ?? emptyLog, attempt, frames) }
  },
  delta({ job }, before) {
    return { ...before, job: newer(before.job, job) }
  },
  misses: ({ log }) => log.ahead.length > 0,
}

export function withFrames(value: JobValue, { job, attempt, frames }: JobFramesMessage): JobValue {
  return job === value.job.id ? { ...value, log: told(value.log, attempt, frames) } : value
}
