/** What can be told to `job/<id>`, and by whom. */
import * as z from 'zod'
import { type Declarations, reference } from '#runtime/index.ts'
import { Accepted } from '#specs/agent-link.ts'
import { RunningAttempt } from '#specs/agents.ts'
import { Instant, Json, Note } from '#specs/common.ts'
import { AgentId, JobId, TeamId } from '#specs/ids.ts'
import { Job, JobDetail, JobError, NewJob, Progress } from '#specs/jobs.ts'
import { Refusal } from '../refusal.ts'

/** An agent's word about one of its attempts. */
const ofAttempt = z.object({ agent: AgentId, attempt: RunningAttempt.shape.attempt })

export const Created = z.object({
  team: TeamId,
  spec: NewJob,
  /** What an agent must be able to do: the tool itself, and what the spec asks for besides. */
  capabilities: z.array(z.string()),
  /** From `newSubmission`: the place in the queue, and when it was submitted. */
  seq: z.int(),
  at: Instant,
  submittedBy: Job.shape.submittedBy,
  /** Of the roots of all agents the deepest that holds its folder, '' where none does; null where it looks into none. */
  place: z.string().nullable().default(null),
  /** What the agent that it is bound to is called. */
  boundName: z.string().nullable().default(null),
  /** The job that is run again. */
  retryOf: Job.shape.retryOf,
})
export const Finished = ofAttempt.extend({
  outcome: z.enum(['completed', 'no_change', 'partial', 'failed', 'cancelled']),
  output: Json.nullable(),
  error: JobError.nullable(),
  /** The last frame's number. */
  frames: z.int().nonnegative(),
})
/** A time that an attempt has: see `watch.ts`. */
export const Watched = z.object({
  what: z.enum(['accept', 'attempt', 'stall']),
  attempt: z.int(),
  due: Instant,
  /** It has been put off once already. */
  again: z.boolean(),
})

export const jobMessages = {
  // From the border. All but `get` are safe to repeat.
  create: { input: Created, reply: JobDetail, error: Refusal },
  cancel: {
    input: z.object({ by: z.string(), reason: Note.nullable() }),
    reply: Job,
    error: Refusal,
  },
  change: {
    input: z.object({ by: z.string(), priority: z.int().min(0).max(100) }),
    reply: Job,
    error: Refusal,
  },
  get: { reply: JobDetail, error: Refusal },
  /** It has ended long ago, and what lies elsewhere of it is gone. */
  forget: {},

  // From the agent, by way of its gateway. Not accepted: the attempt is not, or not any more, the one that counts.
  accept: { input: ofAttempt, reply: Accepted },
  decline: { input: ofAttempt.extend({ reason: z.string().max(500) }), reply: Accepted },
  started: { input: ofAttempt, reply: Accepted },
  /** Told at the first progress and then at most every `aliveMs`; keeps the attempt from counting as stalled. */
  alive: { input: ofAttempt.extend({ progress: Progress.nullable() }), reply: Accepted },
  /** The result is stored in the same commit: with the job, or in a table of its own. See `finishing`. */
  finish: { input: Finished, reply: Accepted },
  finishLarge: { input: Finished, reply: Accepted, sql: true },

  // From the agent's actor.
  granted: { input: ofAttempt.extend({ name: z.string().nullable().default(null) }) },
  /** Final: it does not have the attempt any more, and so it can't come back with it. */
  lost: { input: ofAttempt.extend({ why: z.string(), final: z.boolean() }) },
  /** The agent is back and says that it runs this attempt, which was taken for lost. */
  returned: { input: ofAttempt },

  // From its coordinator: there is a deeper root that holds its folder.
  placed: { input: z.object({ place: z.string() }) },

  // From another job, which was made from this one to run it again.
  retried: { input: z.object({ job: JobId }) },

  // From itself, when a time has come.
  due: {},
  retry: {},
  /** An agent that was passed over may be asked again. */
  lookAgain: {},
  queueTimeout: {},
  deadline: {},
  cancelTimeout: { input: z.object({ attempt: z.int() }) },
  struck: { input: Watched },
  judged: { input: Watched },
} as const satisfies Declarations

export const job = reference('job', jobMessages)

/** Results up to this size ride with their job, which saves a transaction of their own. */
const inlineMaxBytes = 8_192

/** The end of an attempt, as the message that fits the size of its result. */
export function finishing(id: string, input: z.input<typeof Finished>) {
  const bytes = Buffer.byteLength(JSON.stringify(input.output))
  return bytes > inlineMaxBytes ? job.at(id).finishLarge(input) : job.at(id).finish(input)
}
