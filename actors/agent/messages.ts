/** What can be told to `agent/<id>`, and by whom. */
import * as z from 'zod'
import { type Declarations, reference } from '#runtime/index.ts'
import { AgentFacts, Register } from '#specs/agent-link.ts'
import {
  Agent,
  AgentChange,
  AgentEvent,
  Connection,
  Load,
  Maker,
  Pause,
  RunningAttempt,
  Why,
} from '#specs/agents.ts'
import { Done, Instant, Milliseconds } from '#specs/common.ts'
import { JobId, TeamId } from '#specs/ids.ts'
import { Refusal } from '../refusal.ts'

const by = { by: z.string() }

export const Registration = z.object({
  team: TeamId,
  name: Register.shape.name,
  tags: z.array(z.string()),
  installation: Register.shape.installation,
  facts: AgentFacts,
  /** When its token was first used. */
  redeemedAt: Instant.nullable().default(null),
  /** Whose token it registers with. */
  enrolledBy: Maker.nullable().default(null),
})
export const Connected = z.object({
  server: z.string(),
  connection: Connection.shape.id,
  boot: z.string(),
  ip: Connection.shape.ip,
  userAgent: Connection.shape.userAgent,
  facts: AgentFacts,
  /** When its gateway heard it say so, on the database's clock: of two hellos that overtake each other the later counts. */
  at: Instant.optional(),
  /** What it says it runs; attempts that have ended but are not handed in yet belong to it. */
  running: z.array(RunningAttempt),
})
export const Welcome = z.object({ agent: Agent, keep: z.array(RunningAttempt), draining: z.boolean() })

export const agentMessages = {
  // From the gateway. All are safe to repeat.
  register: { input: Registration, reply: Agent, error: Refusal },
  /** A socket has been opened, or the first call of an agent without one has come. */
  connected: { input: Connected, reply: Welcome, error: Refusal },
  disconnected: { input: z.object({ connection: z.string(), reason: z.string() }) },
  /** Its program takes no new work, and ends when it is idle. */
  ends: { input: z.object({ connection: z.string() }) },
  /** Its last word over this connection: the program ends now, and keeps the results of these attempts for its next start. */
  left: { input: z.object({ connection: z.string(), running: z.array(RunningAttempt) }) },
  /** It has not been heard of for so long that a step of the ladder is due. */
  silent: {
    input: z.object({
      level: z.enum(['unhealthy', 'offline', 'stale', 'inactive']),
      ageMs: Milliseconds,
    }),
  },
  /** It is heard of again, or its load is another than before. */
  heard: { input: z.object({ load: Load.nullable() }) },
  /** It is there, but so many checks over this connection have failed in a row, the latest for this reason. */
  ails: { input: z.object({ connection: z.string(), failures: z.int(), why: z.string() }) },
  /** A check over this connection went well again. */
  well: { input: z.object({ connection: z.string() }) },

  // From the border.
  get: { reply: Agent, error: Refusal },
  pause: { input: z.object({ ...by, ...Pause.shape }), reply: Agent, error: Refusal },
  resume: { input: z.object({ ...by, ...Why.shape }), reply: Agent, error: Refusal },
  cordon: { input: z.object({ ...by, ...Why.shape }), reply: Agent, error: Refusal },
  drain: { input: z.object({ ...by, ...Why.shape }), reply: Agent, error: Refusal },
  revoke: { input: z.object({ ...by, ...Why.shape }), reply: Agent, error: Refusal },
  /** A new name is taken in `agent_identity` in the same commit. */
  change: { input: z.object({ ...by, ...AgentChange.shape }), reply: Agent, error: Refusal, sql: true },
  /** 'now': at once. 'drain': when it is idle. Its identity and its keys go in the same commit as the agent. */
  remove: {
    input: z.object({ ...by, mode: z.enum(['drain', 'now']) }),
    reply: Done,
    error: Refusal,
    sql: true,
  },

  // From the coordinator and from jobs.
  grant: { input: z.object({ team: TeamId, job: JobId, attempt: z.int(), bound: z.boolean() }) },
  /** The job needs the slot no more; what became of the attempt, where that says something about the agent. */
  freed: {
    input: z.object({
      job: JobId,
      attempt: z.int(),
      outcome: z.enum(['done', 'failed', 'crashed', 'timeout', 'not_accepted', 'none']),
      error: z.string().nullable(),
    }),
  },
  /** The attempt is not wanted any more: the agent is told to stop, and keeps the slot until it has, or its grace is over. */
  stop: { input: z.object({ job: JobId, attempt: z.int(), reason: z.string() }) },
  /** The same, and its job has told the agent. Should that be lost, its next hello shows it. */
  stopping: { input: z.object({ job: JobId, attempt: z.int() }) },
  /** The job is its again: it came back in time. */
  kept: { input: z.object({ job: JobId, attempt: z.int(), bound: z.boolean() }) },

  // From itself, when a time has come.
  pauseEnds: {},
  /** See `watch.ts` of jobs: what strikes late, because the database was away, is put off once. */
  graceStruck: { input: z.object({ due: z.number(), again: z.boolean() }) },
  graceJudged: { input: z.object({ due: z.number(), again: z.boolean() }) },
  shareGrows: {},
  stopEnds: { input: z.object({ job: JobId, attempt: z.int() }) },
  removeIfIdle: { sql: true },
} as const satisfies Declarations

export const agent = reference('agent', agentMessages)

/** `agent_history/<agent>`: what happened to an agent. An actor of its own, because it is large and seldom changes. */
export const agentHistoryMessages = {
  note: { input: z.object({ event: AgentEvent }) },
  /** The newest first; `after` is the last page's `next`. */
  list: {
    input: z.object({ limit: z.int().min(1).max(200), after: z.string().nullable() }),
    reply: z.object({ items: z.array(AgentEvent), next: z.string().nullable() }),
  },
} as const satisfies Declarations

export const agentHistory = reference('agent_history', agentHistoryMessages)
