/** What the screen says about jobs. */
import type { Agent } from '#specs/agents.ts'
import type { Attempt, ErrorClass, Job, JobState } from '#specs/jobs.ts'
import { priorities } from '#specs/jobs.ts'
import { folderIn } from '#specs/tools.ts'
import { outlookWords } from '../agents/outlook.ts'
import type { Sign } from '../ui/tone.ts'

export const stateSigns: Readonly<Record<JobState, Sign>> = {
  scheduled: sign('wait', 'clock', 'Scheduled', 'It waits for its time.'),
  pending: sign('wait', 'clock', 'Pending', 'It waits for an agent.'),
  offered: sign('busy', 'right', 'Offered', 'An agent was offered it.'),
  assigned: sign('busy', 'right', 'Assigned', 'An agent has taken it and is about to start.'),
  running: sign('good', 'play', 'Running', 'An agent works on it.'),
  retry_wait: sign('warn', 'again', 'Retrying soon', 'It failed and is tried again after a while.'),
  cancelling: sign('warn', 'stop', 'Cancelling', 'The agent was told to stop.'),
  completed: sign('good', 'check', 'Completed', 'It is done.'),
  no_change: sign('off', 'dash', 'No change', 'Nothing has changed since the last time.'),
  partial: sign('warn', 'warn', 'Partial', 'It is done, but some of it could not be read.'),
  failed: sign('bad', 'cross', 'Failed', 'It failed and is not tried again.'),
  cancelled: sign('off', 'stop', 'Cancelled', 'Somebody has cancelled it.'),
  expired: sign('bad', 'clock', 'Expired', 'Its time was over before it was done.'),
  dead: sign('bad', 'cross', 'Dead', 'It failed as often as it may; only people can help.'),
}

function sign(tone: Sign['tone'], icon: Sign['icon'], word: string, meaning: string): Sign {
  return { tone, icon, word, meaning }
}

const outcomeSigns: Readonly<Record<NonNullable<Attempt['outcome']>, Sign>> = {
  completed: stateSigns.completed,
  no_change: stateSigns.no_change,
  partial: stateSigns.partial,
  failed: stateSigns.failed,
  cancelled: stateSigns.cancelled,
  not_accepted: sign('off', 'dash', 'Not accepted', 'The agent did not take it in time.'),
  lost: sign('warn', 'cut', 'Lost', 'Its agent was lost; this does not count as the job’s own failure.'),
  timeout: sign('bad', 'clock', 'Timed out', 'It took too long, or stood still.'),
  crashed: sign('bad', 'cross', 'Crashed', 'It brought its worker down.'),
}

export function attemptSign({ outcome, startedAt, acceptedAt }: Attempt): Sign {
  if (outcome !== null) return outcomeSigns[outcome]
  return startedAt !== null
    ? stateSigns.running
    : acceptedAt !== null
      ? stateSigns.assigned
      : stateSigns.offered
}

export const errorWords: Readonly<Record<ErrorClass, string>> = {
  retriable: 'It failed, but may work another time',
  fatal: 'It failed, and can never work like this',
  cancelled: 'It was cancelled',
  timeout: 'It took too long, or stood still',
  lost: 'Its agent was lost',
  crashed: 'It brought its worker down',
}

/** 'high', or the number where it has no name. */
export function priorityWord(priority: number): string {
  const named = Object.entries(priorities).find(([, value]) => value === priority)
  return named?.[0] ?? String(priority)
}

/** What a job is about, in a few words: the folder it looks at, or what it was given. */
export function subjectOf({ params }: Pick<Job, 'params'>): string {
  if (params === null || typeof params !== 'object' || Array.isArray(params)) return ''
  const path = params['path']
  if (typeof path === 'string') return path
  const given = Object.entries(params).map(([name, value]) => `${name} ${JSON.stringify(value)}`)
  return given.join(', ').slice(0, 120)
}

/**
 * Why a waiting job waits, and what helps. A list brings no more than that a job waits for an agent: then what is known of
 * the agents says why.
 */
export function waitingWords(job: Job, agents?: ReadonlyMap<string, Agent>): string | null {
  if (job.waiting === null) return null
  const isLooked = job.waiting.reason !== 'queued' || job.waiting.position !== null
  if (!isLooked && agents !== undefined) return outlookWords({ ...job, folder: folderIn(job.params) }, agents)
  const place = job.waiting.position === null ? '' : ` Place ${job.waiting.position} in the queue.`
  return `${sentence(job.waiting.detail)}${place}`
}

function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`
}

export const jobActions = {
  cancel: (state: JobState) =>
    ['scheduled', 'pending', 'offered', 'assigned', 'running', 'retry_wait'].includes(state),
  retry: (state: JobState) => ['failed', 'dead', 'expired', 'cancelled'].includes(state),
  priority: (state: JobState) => ['scheduled', 'pending', 'retry_wait'].includes(state),
} as const
