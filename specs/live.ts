/**
 * The dashboard's socket, '/dashboard': one for all pages. A page watches topics; it gets a snapshot, then deltas. Every
 * topic counts its deltas; after a cut the page says which it had last, and gets what it missed, or a new snapshot
 * where nobody knows any more.
 */
import * as z from 'zod'
import { Agent, Pool } from './agents.ts'
import { Frame } from './agent-link.ts'
import { Ordinal } from './common.ts'
import { JobId } from './ids.ts'
import { Job, JobDetail, JobQuery } from './jobs.ts'

export const dashboardNamespace = '/dashboard'

/** Where a page stands in a topic: whose count it is, and how far. */
export const Position = z.object({ epoch: z.string(), version: z.int() })
export type Position = z.infer<typeof Position>

export const Watch = z.discriminatedUnion('topic', [
  z.strictObject({ topic: z.literal('pool'), since: Position.optional() }),
  z.strictObject({ topic: z.literal('agents'), since: Position.optional() }),
  z.strictObject({ topic: z.literal('jobs'), query: JobQuery.prefault({}), since: Position.optional() }),
  z.strictObject({
    topic: z.literal('job'),
    job: JobId,
    since: Position.optional(),
    /** The last frame it has: of this attempt, with this number. */
    frame: z.object({ attempt: Ordinal, seq: Ordinal }).optional(),
  }),
])
export type Watch = z.infer<typeof Watch>
export const Unwatch = z.strictObject({
  topic: z.enum(['pool', 'agents', 'jobs', 'job']),
  job: JobId.optional(),
})

export const Snapshot = z.discriminatedUnion('topic', [
  z.object({ topic: z.literal('pool'), at: Position, pool: Pool }),
  z.object({ topic: z.literal('agents'), at: Position, agents: z.array(Agent) }),
  /** The first page; the rest comes by HTTP, the deltas concern all. */
  z.object({ topic: z.literal('jobs'), at: Position, jobs: z.array(Job), next: z.string().nullable() }),
  z.object({
    topic: z.literal('job'),
    at: Position,
    job: JobDetail,
    frames: z.array(Frame),
    attempt: z.int(),
  }),
])
export type Snapshot = z.infer<typeof Snapshot>

/** A thing carries its own version too: an older one never replaces a newer one. */
export const Delta = z.discriminatedUnion('topic', [
  z.object({ topic: z.literal('pool'), at: Position, pool: Pool }),
  z.object({
    topic: z.literal('agents'),
    at: Position,
    changed: z.array(Agent),
    removed: z.array(z.string()),
  }),
  z.object({ topic: z.literal('jobs'), at: Position, changed: z.array(Job), removed: z.array(z.string()) }),
  z.object({ topic: z.literal('job'), at: Position, job: JobDetail }),
])
export type Delta = z.infer<typeof Delta>
/** What a running job tells, as its agent numbered it. */
export const JobFrames = z.object({ job: JobId, attempt: z.int(), frames: z.array(Frame) })

export const dashboardSays = {
  watch: { input: Watch, answer: z.union([Snapshot, z.object({ resumed: z.array(Delta) })]) },
  unwatch: { input: Unwatch, answer: z.object({ done: z.literal(true) }) },
} as const
export const serverTells = {
  delta: { input: Delta },
  frames: { input: JobFrames },
  /** The session has ended: sign in again. */
  signedOut: { input: z.object({ reason: z.string() }) },
} as const
