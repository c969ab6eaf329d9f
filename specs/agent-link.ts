/**
 * What an agent and its server say to each other. The agent dials; nobody dials it.
 *
 *   register (HTTP, once) -> key -> socket '/agent': hello, then beats, offers, frames, results
 *
 * Whatever concerns a job carries the attempt's number: a late word about an earlier attempt is refused. The REST routes
 * under /api/agent/v1 carry the same bodies for networks in which a socket can't be had.
 */
import * as z from 'zod'
import { Capability, Load, Platform, RunningAttempt } from './agents.ts'
import { Instant, Json, Milliseconds, Name, Tag } from './common.ts'
import { AgentId, JobId } from './ids.ts'
import { JobError, LogLine, Progress } from './jobs.ts'
import type { Problem } from './problem.ts'

/**
 * Raised when one side says something that the other has to know. A server speaks every version from the oldest on, at
 * least the one before its own, so servers are upgraded first and agents when there is time.
 * 1: the first. 2: an agent without a socket says by a call that it declines an offer, and any agent that it leaves.
 */
export const protocolVersion = 2
export const oldestProtocolVersion = 1
export const agentNamespace = '/agent'

const Opaque = z.string().regex(/^[A-Za-z0-9_-]{8,64}$/, 'must be 8 to 64 letters, digits, - or _')

/** What an agent is: told at registration, and again with every hello. */
export const AgentFacts = z.strictObject({
  platform: Platform,
  programVersion: z.string().max(50),
  capabilities: z.array(Capability).max(500),
  roots: z.array(z.string().max(4_096)).max(200),
  slots: z.int().min(1).max(64),
})
export type AgentFacts = z.infer<typeof AgentFacts>

export const Register = z.strictObject({
  token: z.string().min(1).max(200),
  name: Name,
  /** Made once and kept in a file: the same machine's agent stays the same agent. */
  installation: Opaque,
  tags: z.array(Tag).max(50).default([]),
  facts: AgentFacts,
})
export type Register = z.infer<typeof Register>
export const Registered = z.object({
  agent: AgentId,
  name: Name,
  /** Told once. */
  key: z.string(),
  isNew: z.boolean(),
})

/** With what a socket is opened. */
export const Handshake = z.object({
  key: z.string().max(200),
  protocol: z.int(),
  installation: Opaque,
  /** Made at each start of the program. */
  boot: Opaque,
})

export const Hello = z.strictObject({ facts: AgentFacts, running: z.array(RunningAttempt).max(64) })
export const Welcomed = z.object({
  agent: AgentId,
  name: Name,
  now: Instant,
  heartbeatMs: Milliseconds,
  /** Cut off for longer than this, the agent stops what it runs, or keeps the result for later. */
  leaseMs: Milliseconds,
  draining: z.boolean(),
  /** Of what it says it runs: what it may go on with. The rest it stops. */
  keep: z.array(RunningAttempt),
  /** The team's placement is `strict-pull`: nothing is offered, the agent claims. */
  pull: z.boolean().optional(),
})
export type Welcomed = z.infer<typeof Welcomed>

export const Beat = z.strictObject({
  load: Load,
  running: z.array(RunningAttempt).max(64),
  draining: z.boolean(),
  /** Its last word: the program ends now. What it names has ended, and is handed in after its next start. */
  leaving: z.boolean().optional(),
})
export type Beat = z.infer<typeof Beat>

export const Offer = z.object({
  job: JobId,
  attempt: z.int(),
  tool: z.string(),
  params: Json,
  attemptMs: Milliseconds,
  stallMs: Milliseconds,
  /** Not accepted by then, it is offered elsewhere. */
  acceptMs: Milliseconds,
})
export type Offer = z.infer<typeof Offer>

export const Cancel = z.object({ job: JobId, attempt: z.int(), graceMs: Milliseconds, reason: z.string() })
export type Cancel = z.infer<typeof Cancel>

/** What a tool tells while it runs. Numbered by the agent: 1, 2, 3 and so on within an attempt, whatever it carries. */
export const Frame = z.discriminatedUnion('type', [
  z.object({ type: z.literal('progress'), seq: z.int(), at: Instant, progress: Progress }),
  z.object({
    type: z.literal('log'),
    seq: z.int(),
    at: Instant,
    level: LogLine.shape.level,
    text: LogLine.shape.text,
  }),
])
export type Frame = z.infer<typeof Frame>
export const Frames = z.strictObject({
  job: JobId,
  attempt: z.int().min(1),
  frames: z.array(Frame).min(1).max(500),
})
export type Frames = z.infer<typeof Frames>

export const resultMaxBytes = 1_000_000
export const Finish = z.strictObject({
  job: JobId,
  attempt: z.int().min(1),
  outcome: z.enum(['completed', 'no_change', 'partial', 'failed', 'cancelled']),
  output: Json.optional(),
  error: JobError.optional(),
  /** The last frame's number. */
  frames: z.int().nonnegative(),
})
export type Finish = z.infer<typeof Finish>
/** Refused: somebody else has the job by now, or it has ended. The agent forgets it and says so. */
export const Accepted = z.object({ accepted: z.boolean(), reason: z.string().nullable() })
export type Accepted = z.infer<typeof Accepted>

/** `loopLagMs`: how late the main thread was at the most since the check before. */
export const Probe = z.object({ loopLagMs: z.number(), busyThreads: z.int(), threads: z.int() })
export const Replay = z.object({ job: JobId, attempt: z.int(), after: z.int().nonnegative() })

export type Answer<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problem: Problem }

/** What the agent says; each is answered, by a value or a problem. */
export const agentSays = {
  hello: { input: Hello, answer: Welcomed },
  beat: { input: Beat, answer: z.object({ now: Instant, draining: z.boolean() }) },
  accept: { input: RunningAttempt, answer: Accepted },
  decline: { input: RunningAttempt.extend({ reason: z.string().max(200) }), answer: Accepted },
  started: { input: RunningAttempt, answer: Accepted },
  frames: { input: Frames, answer: Accepted },
  finish: { input: Finish, answer: Accepted },
  /** It wants a job: only where the team's placement is `strict-pull`. */
  claim: {
    input: z.strictObject({ free: z.int().min(1).max(64) }),
    answer: z.object({ offers: z.array(Offer) }),
  },
} as const

/** What the server says. `probe` and `replay` are answered. */
export const serverSays = {
  offer: { input: Offer },
  cancel: { input: Cancel },
  /** Take no new work, and end when idle. */
  drain: { input: z.object({ reason: z.string() }) },
  probe: { input: z.object({}), answer: Probe },
  replay: { input: Replay, answer: z.object({ frames: z.array(Frame) }) },
  /** Its key is void, or it was deleted: it ends and says why. */
  dismissed: { input: z.object({ reason: z.string() }) },
} as const
