/** What a job remembers. */
import { createHash } from 'node:crypto'
import * as z from 'zod'
import type { Json } from '#specs/common.ts'
import type { Head } from '../coordinator/queue.ts'
import { Attempt, JobError, JobEvent, JobState, Progress, Retry, Timeouts } from '#specs/jobs.ts'

/** An attempt at an agent: numbers alone are not enough, because an earlier attempt may come back. */
const Holder = z.object({ agent: z.string(), attempt: z.int() })
export type Holder = z.infer<typeof Holder>

/** An agent that did not take an offer: passed over until then, longer each time. */
const PassedOver = z.object({ agent: z.string(), until: z.number(), times: z.int() })
export type PassedOver = z.infer<typeof PassedOver>

export const JobRecord = z.object({
  /** Grows with every change. */
  version: z.int(),
  team: z.string(),
  tool: z.string(),
  /** Checked when it was submitted. */
  params: z.custom<z.infer<typeof Json>>(),
  priority: z.int(),
  boundTo: z.string().nullable(),
  boundName: z.string().nullable().default(null),
  /** The folder that it looks into, as folders are compared, and the deepest root that holds it: see `place.ts`. */
  folder: z.string().nullable().default(null),
  place: z.string().nullable().default(null),
  tags: z.array(z.string()),
  capabilities: z.array(z.string()),
  retry: Retry,
  timeouts: Timeouts,
  notBefore: z.number().nullable(),
  seq: z.int(),
  submittedBy: z.string(),
  submittedAt: z.number(),
  /** The job that it was made from, to run that again; and the latest that was made so from it. */
  retryOf: z.string().nullable().default(null),
  retriedAs: z.string().nullable().default(null),

  state: JobState,
  /** The highest number given to an attempt so far. */
  attempt: z.int(),
  /** The attempt that counts. */
  holder: Holder.nullable(),
  /** The one before, taken for lost: it may come back as long as its successor has told no progress. */
  previous: Holder.nullable(),
  /** Attempts that count, those lost with their agent, and those that killed their worker. */
  failures: z.int(),
  losses: z.int(),
  crashes: z.int(),
  passedOver: z.array(PassedOver),
  /** When it stops waiting for an agent; null while it has one. */
  queueUntil: z.number().nullable(),
  cancelled: z.object({ by: z.string(), reason: z.string().nullable() }).nullable(),
  progress: Progress.nullable(),
  /** When the attempt was last heard of. */
  aliveAt: z.number().nullable(),
  error: JobError.nullable(),
  hasResult: z.boolean(),
  /** What it has found, where that is small. */
  result: z
    .object({ agent: z.string(), attempt: z.int(), output: z.custom<z.infer<typeof Json>>() })
    .nullable(),
  startedAt: z.number().nullable(),
  endedAt: z.number().nullable(),
  /** The latest ones. */
  attempts: z.array(Attempt),
  events: z.array(JobEvent),
  lastEvent: z.int(),
  /** The names of timers that are set. */
  timers: z.array(z.string()),
})
export type JobRecord = z.infer<typeof JobRecord>

/** Nothing before it was created. */
export const JobMemory = z.object({ job: JobRecord.nullable().default(null) }).prefault({})
export type JobMemory = z.infer<typeof JobMemory>

export const attemptsKept = 50
export const eventsKept = 200

/** The place in the queue: a point of priority is worth `ageingMs` of waiting. */
export function rankOf(job: Pick<JobRecord, 'submittedAt' | 'priority'>, ageingMs: number): number {
  return Math.round(job.submittedAt - job.priority * ageingMs)
}

/** What an agent must have: its capabilities and tags. */
export function needsOf(job: Pick<JobRecord, 'capabilities' | 'tags'>): string[] {
  return [...new Set([...job.capabilities, ...job.tags])].toSorted()
}

/** An index takes a row of 2,700 bytes at most. */
const classMax = 1_000

/**
 * Jobs of one class can go to the same agents. Those bound to an agent sort after all others. It says what they need, unless
 * that is too long.
 */
export function classOf(job: Pick<JobRecord, 'capabilities' | 'tags' | 'boundTo' | 'place'>): string {
  if (job.boundTo !== null) return boundClass(job.boundTo)
  const place = job.place === null ? [] : [placeMark + encodeURIComponent(job.place)]
  const name = [...needsOf(job), ...place].join(' ')
  return name.length <= classMax ? name : `#${createHash('sha256').update(name).digest('hex')}`
}

/** No capability and no tag begins so. */
const placeMark = '%'

interface Asked {
  readonly needs: readonly string[]
  readonly place: string | null
}
/** What the jobs of the class ask for; null where the class does not say it. */
export function askedByClass(name: string): Asked | null {
  if (name.startsWith('#')) return null
  const words = name.split(' ').filter((word) => word !== '')
  const place = words.find((word) => word.startsWith(placeMark))
  return {
    needs: words.filter((word) => word !== place),
    place: place === undefined ? null : decodeURIComponent(place.slice(placeMark.length)),
  }
}
export function boundClass(agent: string): string {
  return `~${agent}`
}

/** What its coordinator has to know of it. */
export function headOf(id: string, job: JobRecord, ageingMs: number): Head {
  const { seq, attempt, boundTo, place, passedOver } = job
  return {
    job: id,
    class: classOf(job),
    needs: needsOf(job),
    rank: rankOf(job, ageingMs),
    seq,
    attempt,
    boundTo,
    place,
    passedOver,
  }
}

/** Who has it; when it has ended, who had it last. */
export function agentOf({ holder, endedAt, attempts }: JobRecord): string | null {
  if (holder) return holder.agent
  if (endedAt === null) return null
  return (attempts.findLast((attempt) => attempt.endedAt === endedAt) ?? attempts.at(-1))?.agent ?? null
}

/** What that agent, or else the one it is bound to, was called. */
export function agentNameOf(job: JobRecord): string | null {
  const agent = agentOf(job) ?? job.boundTo
  const attempt = job.attempts.findLast((known) => known.agent === agent)
  return attempt?.agentName ?? (agent === job.boundTo ? job.boundName : null)
}

/** The filter columns of `product.job`. */
export function jobColumns(
  { job }: JobMemory,
  ageingMs: number,
): Readonly<Record<string, string | number | boolean | readonly string[] | null | object>> {
  if (!job) throw new TypeError('a job that was never created has no row')
  return {
    team: job.team,
    status: job.state,
    in_queue: job.state === 'pending',
    class: classOf(job),
    needs: needsOf(job),
    rank: rankOf(job, ageingMs),
    seq: job.seq,
    tool: job.tool,
    folder: job.folder,
    place: job.place,
    agent: agentOf(job),
    bound_to: job.boundTo,
    attempt: job.attempt,
    passed_over: job.passedOver,
    ended_at: job.endedAt === null ? null : new Date(job.endedAt).toISOString(),
  }
}
