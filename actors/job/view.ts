/** A job's memory as the world sees it. */
import type * as z from 'zod'
import type { Cancel, Offer } from '#specs/agent-link.ts'
import { hasEnded, type Job, type JobDetail } from '#specs/jobs.ts'
import type { FleetSettings } from '../settings.ts'
import { agentNameOf, agentOf, JobMemory, type JobRecord, needsOf } from './state.ts'

export function jobView(id: string, job: JobRecord): Job {
  return {
    id,
    version: job.version,
    tool: job.tool,
    params: job.params,
    state: job.state,
    priority: job.priority,
    agent: agentOf(job),
    boundTo: job.boundTo,
    agentName: agentNameOf(job),
    needs: needsOf(job),
    attempt: job.holder?.attempt ?? job.attempt,
    failures: job.failures,
    waiting: waitingOf(job),
    progress: job.progress,
    error: job.error,
    hasResult: job.hasResult,
    submittedBy: job.submittedBy as Job['submittedBy'],
    submittedAt: job.submittedAt,
    startedAt: job.startedAt,
    endedAt: job.endedAt,
    deadlineAt: deadlineOf(job),
    retryOf: job.retryOf,
    retriedAs: job.retriedAs,
  }
}

export function jobDetail(id: string, job: JobRecord): JobDetail {
  return {
    ...jobView(id, job),
    attempts: job.attempts,
    events: job.events,
    retry: job.retry,
    timeouts: job.timeouts,
    capabilities: job.capabilities,
    tags: job.tags,
  }
}

/** A row of `product.job`, as lists read it. */
export function jobOfRow({ key, state }: { readonly key: string; readonly state: string }): Job {
  return jobView(key, recordOf(state))
}
export function jobDetailOfRow({ key, state }: { readonly key: string; readonly state: string }): JobDetail {
  return jobDetail(key, recordOf(state))
}

export function offerOf(
  id: string,
  { attempt, tool, params, timeouts }: JobRecord,
  acceptMs: number,
): z.infer<typeof Offer> {
  return {
    job: id,
    attempt,
    tool,
    params,
    attemptMs: timeouts.attemptMs,
    stallMs: timeouts.stallMs,
    acceptMs,
  }
}

export function cancelOf(
  { id, attempt, graceMs }: { id: string; attempt: number; graceMs: number },
  { by, reason }: NonNullable<JobRecord['cancelled']>,
): z.infer<typeof Cancel> {
  return { job: id, attempt, graceMs, reason: reason ?? `cancelled by ${by}` }
}

/** What the agent that has the job is to be told of it, as its row says: for where that was lost on the way. */
export function orderOfRow(
  { key, state }: { readonly key: string; readonly state: string },
  { acceptMs, cancelGraceMs: graceMs }: Pick<FleetSettings, 'acceptMs' | 'cancelGraceMs'>,
): { readonly offer?: Offer; readonly cancel?: Cancel } {
  const job = recordOf(state)
  if (job.state === 'offered') return { offer: offerOf(key, job, acceptMs) }
  const { holder, cancelled } = job
  if (job.state !== 'cancelling' || !holder || !cancelled) return {}
  return { cancel: cancelOf({ id: key, attempt: holder.attempt, graceMs }, cancelled) }
}

export function deadlineOf({ submittedAt, timeouts }: JobRecord): number | null {
  return timeouts.deadlineMs === 0 ? null : submittedAt + timeouts.deadlineMs
}

function recordOf(state: string): JobRecord {
  const { job } = JobMemory.parse(JSON.parse(state))
  if (!job) throw new TypeError('a row of a job without a job in it')
  return job
}

/** Why it waits, as far as the job itself knows; who looks at the agents too knows better. */
function waitingOf({ state, notBefore }: JobRecord): Job['waiting'] {
  if (hasEnded(state)) return null
  if (state === 'pending') return { reason: 'queued', detail: 'It waits for an agent.', position: null }
  if (state === 'retry_wait')
    return { reason: 'retry', detail: 'It has failed and is tried again in a while.', position: null }
  if (state !== 'scheduled') return null
  const time = notBefore === null ? 'later' : `at ${new Date(notBefore).toISOString()}`
  return { reason: 'scheduled', detail: `It may not start yet: it is due ${time}.`, position: null }
}
