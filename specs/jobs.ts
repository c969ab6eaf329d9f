/** Jobs as people and programs see them. */
import * as z from 'zod'
import { Capability } from './agents.ts'
import { Instant, Json, Milliseconds, Note, Tag } from './common.ts'
import { AgentId, JobId, UserId } from './ids.ts'

export const jobStates = [
  'scheduled',
  'pending',
  'offered',
  'assigned',
  'running',
  'retry_wait',
  'cancelling',
  'completed',
  'no_change',
  'partial',
  'failed',
  'cancelled',
  'expired',
  'dead',
] as const
export const JobState = z.enum(jobStates)
export type JobState = z.infer<typeof JobState>

export const endStates = [
  'completed',
  'no_change',
  'partial',
  'failed',
  'cancelled',
  'expired',
  'dead',
] as const
export function hasEnded(state: JobState): boolean {
  return (endStates as readonly JobState[]).includes(state)
}

/** The names stand for numbers; anything between is fine too. */
export const priorities = { low: 25, normal: 50, high: 75, critical: 100 } as const
export const Priority = z
  .union([z.enum(['low', 'normal', 'high', 'critical']), z.int().min(0).max(100)])
  .transform((given) => (typeof given === 'number' ? given : priorities[given]))

/** What went wrong, by who can mend it. */
export const ErrorClass = z.enum([
  /** The world was not ready: tried again. */
  'retriable',
  /** It can never work: not tried again. */
  'fatal',
  'cancelled',
  /** An attempt took too long, or stood still. */
  'timeout',
  /** Its agent or its server was lost: tried again, and not counted as the job's own attempt. */
  'lost',
  /** It killed its worker. */
  'crashed',
])
export type ErrorClass = z.infer<typeof ErrorClass>

export const JobError = z.object({
  class: ErrorClass,
  message: z.string().max(2_000),
  detail: z.string().max(20_000).optional(),
})
export type JobError = z.infer<typeof JobError>

export const Retry = z.strictObject({
  attemptsMax: z.int().min(1).max(20).default(3),
  firstMs: Milliseconds.default(1_000),
  factor: z.number().min(1).max(10).default(2),
  maxMs: Milliseconds.default(300_000),
})

/** 0: no limit. */
export const Timeouts = z.strictObject({
  /** How long it may wait for an agent. */
  queueMs: Milliseconds.default(0),
  /** How long one attempt may take. */
  attemptMs: Milliseconds.default(0),
  /** How long an attempt may go without progress. */
  stallMs: Milliseconds.default(120_000),
  /** How long all of it may take, from submission on. */
  deadlineMs: Milliseconds.default(0),
})

export const Progress = z.object({
  stage: z.string().max(100),
  done: z.number().nonnegative(),
  /** Null while nobody knows. */
  total: z.number().nonnegative().nullable(),
  /** What is being looked at. */
  current: z.string().max(1_000).nullable(),
  message: z.string().max(500).nullable(),
})
export type Progress = z.infer<typeof Progress>

/** Why a job that could run does not. */
export const WaitingReason = z.enum([
  'queued',
  'no_agents',
  'no_capable_agent',
  'agents_busy',
  'agents_paused',
  'bound_agent_offline',
  'bound_agent_busy',
  'team_limit',
  'retry',
  'scheduled',
])
export type WaitingReason = z.infer<typeof WaitingReason>

export const Attempt = z.object({
  number: z.int(),
  agent: AgentId,
  /** What the agent was called then: it outlives the agent. */
  agentName: z.string().nullable().default(null),
  offeredAt: Instant,
  acceptedAt: Instant.nullable(),
  startedAt: Instant.nullable(),
  endedAt: Instant.nullable(),
  /** Null while it is under way. */
  outcome: z
    .enum([
      'completed',
      'no_change',
      'partial',
      'failed',
      'cancelled',
      'not_accepted',
      'lost',
      'timeout',
      'crashed',
    ])
    .nullable(),
  error: JobError.nullable(),
})
export type Attempt = z.infer<typeof Attempt>

export const JobEvent = z.object({
  /** Without gaps, from 1 on. */
  seq: z.int(),
  at: Instant,
  state: JobState,
  /** A user, an agent or 'server'. */
  by: z.string(),
  reason: z.string().nullable(),
})

export const Job = z.object({
  id: JobId,
  /** Grows with every change. */
  version: z.int(),
  tool: z.string(),
  params: Json,
  state: JobState,
  priority: z.int(),
  agent: AgentId.nullable(),
  boundTo: AgentId.nullable(),
  /** What `agent`, or else `boundTo`, was called then: it outlives the agent. */
  agentName: z.string().nullable().default(null),
  /** What an agent must have to run it: capabilities and tags. */
  needs: z.array(z.string()).default([]),
  attempt: z.int(),
  /** Attempts that count: those lost with their agent do not. */
  failures: z.int(),
  waiting: z.object({ reason: WaitingReason, detail: z.string(), position: z.int().nullable() }).nullable(),
  progress: Progress.nullable(),
  error: JobError.nullable(),
  hasResult: z.boolean(),
  submittedBy: z.union([UserId, z.literal('server')]),
  submittedAt: Instant,
  startedAt: Instant.nullable(),
  endedAt: Instant.nullable(),
  deadlineAt: Instant.nullable(),
  /** The job that this one was made from, to run it again; and the latest one that was made so from this. */
  retryOf: JobId.nullable().default(null),
  retriedAs: JobId.nullable().default(null),
})
export type Job = z.infer<typeof Job>

/** With what a page about one job shows beside it. */
export const JobDetail = Job.extend({
  attempts: z.array(Attempt),
  events: z.array(JobEvent),
  retry: Retry,
  timeouts: Timeouts,
  capabilities: z.array(z.string()),
  tags: z.array(z.string()),
})
export type JobDetail = z.infer<typeof JobDetail>

export const NewJob = z.strictObject({
  tool: z.string().min(1).max(63),
  /** Checked against the tool's own schema. */
  params: Json.default({}),
  priority: Priority.default(priorities.normal),
  /** Only this agent may run it. */
  agent: AgentId.optional(),
  tags: z.array(Tag).max(20).default([]),
  /** Beside the tool's own. */
  capabilities: z.array(Capability).max(20).default([]),
  retry: Retry.prefault({}),
  timeouts: Timeouts.prefault({}),
  /** Not before this time. */
  notBefore: Instant.optional(),
})
export type NewJob = z.infer<typeof NewJob>
export const SubmitQuery = z.strictObject({
  /** Waits so long for the end: '30s'. */
  wait: z
    .string()
    .regex(/^[0-9]{1,2}s$/, "must be a number of seconds up to 60, like '30s'")
    .optional(),
})

export const JobQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  after: z.string().max(200).optional(),
  state: JobState.optional(),
  /** Several states at once. */
  group: z.enum(['upcoming', 'active', 'done', 'failed']).optional(),
  tool: z.string().max(63).optional(),
  agent: AgentId.optional(),
})
export type JobQuery = z.infer<typeof JobQuery>
export const stateGroups: Readonly<Record<'upcoming' | 'active' | 'done' | 'failed', readonly JobState[]>> = {
  upcoming: ['scheduled', 'pending', 'retry_wait'],
  active: ['offered', 'assigned', 'running', 'cancelling'],
  done: ['completed', 'no_change', 'partial', 'cancelled'],
  failed: ['failed', 'expired', 'dead'],
}
export const JobChange = z.strictObject({ priority: Priority })
export const CancelJob = z.strictObject({ reason: Note.optional() })

export const LogLine = z.object({
  /** Ascending within an attempt. Lines share their numbers with what was told of progress. */
  seq: z.int(),
  attempt: z.int(),
  at: Instant,
  level: z.enum(['debug', 'info', 'warn', 'error']),
  text: z.string().max(4_000),
})
export type LogLine = z.infer<typeof LogLine>
export const LogQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(1_000).default(200),
  after: z.string().max(200).optional(),
})

/** In place of a result while there is none yet: answered with 202. */
export const ResultPending = z.object({ job: JobId, state: JobState, output: z.never().optional() })
export const JobResult = z.object({
  job: JobId,
  attempt: z.int(),
  agent: AgentId,
  tool: z.string(),
  outcome: z.enum(['completed', 'no_change', 'partial']),
  finishedAt: Instant,
  output: Json,
  /** SHA-256 of the output as JSON without blanks and with sorted keys: the same for the same result. */
  hash: z.string().regex(/^[0-9a-f]{64}$/),
})
