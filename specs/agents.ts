/** Agents as people and programs see them. */
import * as z from 'zod'
import { Instant, Milliseconds, Name, Note, Tag } from './common.ts'
import { AgentId, AgentTokenId, JobId } from './ids.ts'

/** Step by step less sure that the agent is there; on the database's clock. */
export const liveness = ['healthy', 'degraded', 'unhealthy', 'offline', 'stale', 'inactive'] as const
export const Liveness = z.enum(liveness)
export type Liveness = z.infer<typeof Liveness>

/**
 * What people want of it. Cordoned: no new work. Draining: no new work, and it ends when it is idle. Paused: no new
 * work, until a time or for good. Revoked: its key is void. Pending approval: it can do what nobody here knows of, and gets
 * no work until an admin resumes it.
 */
export const Standing = z.enum(['active', 'pending_approval', 'paused', 'cordoned', 'draining', 'revoked'])
export type Standing = z.infer<typeof Standing>

/** `tool:photostats:1`: what it is, its name, its version. */
export const Capability = z
  .string()
  .regex(
    /^[a-z][a-z0-9_]{0,30}:[a-z][a-z0-9_.-]{0,62}(:[0-9]{1,6})?$/,
    "must be 'type:name' or 'type:name:version'",
  )

export const Platform = z.object({
  os: z.string().max(50),
  arch: z.string().max(20),
  hostname: z.string().max(255),
  release: z.string().max(100),
  cores: z.int().min(1).max(4096),
  memoryBytes: z.number().nonnegative(),
})

/** A file system that holds roots, by the first of them. */
export const Disk = z.object({
  path: z.string().max(4_096),
  freeBytes: z.number().nonnegative(),
  totalBytes: z.number().nonnegative(),
})
export type Disk = z.infer<typeof Disk>

/** How it is doing, told with every heartbeat. */
export const Load = z.object({
  cpuPercent: z.number().min(0).max(100),
  memoryPercent: z.number().min(0).max(100),
  /** How late the main thread's timers are: a busy loop shows here. */
  loopLagMs: z.number().nonnegative(),
  threads: z.int().nonnegative(),
  busyThreads: z.int().nonnegative(),
  queued: z.int().nonnegative(),
  /** Those that answer; absent where the program is too old to tell. */
  disks: z.array(Disk).max(64).optional(),
})
export type Load = z.infer<typeof Load>

export const RunningAttempt = z.object({ job: JobId, attempt: z.int().min(1) })
export type RunningAttempt = z.infer<typeof RunningAttempt>

export const Connection = z.object({
  id: z.string().max(100),
  server: z.string(),
  ip: z.string().nullable(),
  userAgent: z.string().max(300).nullable(),
  since: Instant,
})

/** Who made something: a user or 'server', and what that user is called. */
export const Maker = z.object({ by: z.string(), name: z.string().nullable() })
export type Maker = z.infer<typeof Maker>

export const Agent = z.object({
  id: AgentId,
  /** Grows with every change. */
  version: z.int(),
  name: Name,
  liveness: Liveness,
  standing: Standing,
  note: Note.nullable(),
  /** When a pause ends by itself. */
  resumesAt: Instant.nullable(),
  platform: Platform,
  programVersion: z.string(),
  capabilities: z.array(Capability),
  tags: z.array(Tag),
  roots: z.array(z.string()),
  slots: z.int(),
  /** Counted from the jobs it holds, never kept as a number. */
  running: z.array(RunningAttempt),
  load: Load.nullable(),
  installation: z.string(),
  boot: z.string().nullable(),
  connection: Connection.nullable(),
  /** Checks in a row that it has failed. */
  failures: z.int(),
  /** Of the latest attempt that failed because of it. */
  lastError: z.string().nullable(),
  registeredAt: Instant,
  /** Whose token it has registered with last; null where that was before anybody kept it. */
  enrolledBy: Maker.nullable().default(null),
  /** Null: it was never started. */
  lastSeenAt: Instant.nullable(),
  /** Since when it has been in service, there and wanted; when it was so last, where it is not. Null: it never was. */
  activatedAt: Instant.nullable().default(null),
  /** When that ended: it went offline, or people wanted something else of it. Null while it is in service. */
  deactivatedAt: Instant.nullable().default(null),
})
export type Agent = z.infer<typeof Agent>

export const AgentEvent = z.object({
  at: Instant,
  /** A user, 'agent' or 'server'. */
  by: z.string(),
  what: z.string(),
  from: z.string().nullable(),
  to: z.string().nullable(),
  reason: z.string().nullable(),
})
export type AgentEvent = z.infer<typeof AgentEvent>

export const AgentQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  after: z.string().max(200).optional(),
  liveness: Liveness.optional(),
  standing: Standing.optional(),
  tag: Tag.optional(),
  capability: Capability.optional(),
})
export const AgentChange = z.strictObject({
  name: Name.optional(),
  tags: z.array(Tag).max(50).optional(),
  slots: z.int().min(1).max(64).optional(),
})
export const Pause = z.strictObject({ note: Note.optional(), forMs: Milliseconds.min(1_000).optional() })
export const Why = z.strictObject({ reason: Note.optional() })
export const RemoveQuery = z.strictObject({ mode: z.enum(['drain', 'now']).default('drain') })

/** The badge: how the pool is, at a glance. Who was never started, or is gone for long, is no trouble. */
export const Pool = z.object({
  state: z.enum(['offline', 'degraded', 'idle', 'busy']),
  agents: z.int(),
  online: z.int(),
  idle: z.int(),
  /** Of those online: cut off a moment ago, or answering badly. */
  degraded: z.int().default(0),
  /** They were there lately, and nothing is heard of them. */
  missing: z.int().default(0),
  running: z.int(),
  pending: z.int(),
})
export type Pool = z.infer<typeof Pool>
export const AgentHealth = z.object({
  status: z.enum(['ok', 'degraded', 'none']),
  counts: z.record(Liveness, z.int()),
  /** Jobs that the active agents have room for at once: those that are there, and all of them but those that are long gone. */
  capacity: z.object({ slots: z.int(), usual: z.int() }),
})

/** An agent that may get a job now, and why it stands where it stands in the order. */
export const Candidate = z.object({
  agent: AgentId,
  name: Name,
  score: z.number().min(0).max(1),
  components: z.record(z.string(), z.number()),
  freeSlots: z.int(),
})
export const AvailableQuery = z.strictObject({ tool: z.string().max(63).optional() })

export const AgentToken = z.object({
  id: AgentTokenId,
  name: Name,
  createdAt: Instant,
  createdBy: Maker,
  expiresAt: Instant,
  usedBy: AgentId.nullable(),
})
export type AgentToken = z.infer<typeof AgentToken>
export const NewAgentToken = z.strictObject({
  name: Name.default('new agent'),
  expiresInHours: z.int().min(1).max(168).default(24),
})
/** The token itself is told once. */
export const AgentTokenMade = z.object({ token: AgentToken, secret: z.string() })
