/** What an agent's registration remembers. */
import * as z from 'zod'
import { AgentFacts } from '#specs/agent-link.ts'
import { Connection, liveness, Liveness, Load, Maker, Standing } from '#specs/agents.ts'
import type { Able } from '../coordinator/queue.ts'
import { scoreOf } from '../coordinator/score.ts'
import { placesOf } from '../place.ts'
import type { Share } from './share.ts'

/** A slot that is taken. */
const Held = z.object({
  job: z.string(),
  attempt: z.int(),
  /** Only this agent may run the job: it is not given to others when the agent is away. */
  bound: z.boolean(),
  /** Not wanted any more; the agent may still be at it. */
  stopping: z.boolean(),
})
export type Held = z.infer<typeof Held>

/** Its share of attempts: `share.ts`. */
const ShareRecord = z
  .object({
    /** What was taken of it when it last got a job, that one included. */
    taken: z.number().default(0),
    /** Nothing is left of it: the agent is closed until a timer has found some. */
    spent: z.boolean().default(false),
  })
  .prefault({})

export const AgentRecord = z.object({
  /** Grows with every change. */
  version: z.int(),
  team: z.string(),
  name: z.string(),
  tags: z.array(z.string()),
  installation: z.string(),
  facts: AgentFacts,
  /** What an admin has set over what the agent says. */
  slots: z.int().nullable(),
  liveness: Liveness,
  /** What people want of it. */
  standing: Standing,
  /** Its program ends when it is idle, and has said so: it drains, whatever people want, as long as the program is there. */
  ending: z.boolean().default(false),
  note: z.string().nullable(),
  resumesAt: z.number().nullable(),
  load: Load.nullable(),
  boot: z.string().nullable(),
  connection: Connection.nullable(),
  /** The connection over which its checks fail. As long as it has that one, being heard of does not make it healthy. */
  ailing: z.string().nullable().default(null),
  /** When it said hello last. */
  helloAt: z.number(),
  /** How long it has to come back. */
  graceUntil: z.number().nullable(),
  held: z.array(Held),
  /** Taken for lost when it was away; it may come back with them. */
  released: z.array(Held),
  /** Checks that failed in a row, as it was told last; `presence` has each. */
  failures: z.int(),
  /** How its latest attempts went, as far as that was up to the agent: 1 is well. */
  success: z.number(),
  lastError: z.string().nullable(),
  /** When it last got a job, and what it had had lately by then: `recent.ts`. */
  grantedAt: z.number(),
  recent: z.number().default(0),
  share: ShareRecord,
  registeredAt: z.number(),
  /** When its key was made void last. */
  revokedAt: z.number().nullable().default(null),
  /** When it came into service last, and when that ended. */
  activatedAt: z.number().nullable().default(null),
  deactivatedAt: z.number().nullable().default(null),
  /** Whose token it has registered with last. */
  enrolledBy: Maker.nullable().default(null),
  lastSeenAt: z.number().nullable(),
  /** Who wants it removed as soon as it is idle. */
  removal: z.object({ by: z.string() }).nullable(),
})
export type AgentRecord = z.infer<typeof AgentRecord>

/** Nothing before it was registered. */
export const AgentMemory = z.object({ agent: AgentRecord.nullable().default(null) }).prefault({})
export type AgentMemory = z.infer<typeof AgentMemory>

export function slotsOf({ slots, facts }: Pick<AgentRecord, 'slots' | 'facts'>): number {
  return slots ?? facts.slots
}

export function shareOf({ share, grantedAt }: Pick<AgentRecord, 'share' | 'grantedAt'>): Share {
  return { taken: share.taken, at: grantedAt }
}

/** As everybody sees it: what people want, unless its program ends. */
export function standingOf({ standing, ending }: Pick<AgentRecord, 'standing' | 'ending'>): Standing {
  return ending && standing !== 'revoked' ? 'draining' : standing
}

/** Not gone, as far as anybody knows: where it was silent for a while only, it is there still. */
export function isThere(agent: Pick<AgentRecord, 'liveness'>): boolean {
  return liveness.indexOf(agent.liveness) < liveness.indexOf('offline')
}

/** There and wanted. */
export function isInService(agent: AgentRecord): boolean {
  return standingOf(agent) === 'active' && isThere(agent)
}

/** Why it takes no work now; null where it does. */
export function closedBecause(agent: AgentRecord): string | null {
  const standing = standingOf(agent)
  if (standing !== 'active') return `it is ${standing}`
  if (agent.connection === null) return 'it is not connected'
  if (agent.liveness !== 'healthy' && agent.liveness !== 'degraded') return `it is ${agent.liveness}`
  if (agent.share.spent) return 'it has had its share of attempts for this minute'
  return null
}

/** What jobs may ask for: each capability, also without its version, and each tag. */
export function abilitiesOf({ facts, tags }: Pick<AgentRecord, 'facts' | 'tags'>): string[] {
  const versionless = facts.capabilities.map((capability) => capability.split(':').slice(0, 2).join(':'))
  return [...new Set([...facts.capabilities, ...versionless, ...tags])]
}

/** What its coordinator has to know of it. */
export function ableOf(id: string, agent: AgentRecord): Able {
  const { name, held, success, load, recent, grantedAt, share } = agent
  return {
    agent: id,
    name,
    slots: slotsOf(agent),
    holding: held.map(({ job }) => job),
    abilities: abilitiesOf(agent),
    places: placesOf(agent.facts.roots),
    liveness: agent.liveness,
    success,
    load,
    recent,
    grantedAt,
    shareTaken: share.taken,
  }
}

/** The filter columns of `product.agent`. */
export function agentColumns({
  agent,
}: AgentMemory): Readonly<Record<string, string | number | boolean | readonly string[]>> {
  if (!agent) throw new TypeError('an agent that was never registered has no row')
  const slots = slotsOf(agent)
  const { score } = scoreOf({
    slots,
    free: Math.max(0, slots - agent.held.length),
    liveness: agent.liveness,
    success: agent.success,
    load: agent.load,
    // Only together with others does it say something.
    recent: 0,
    recentMost: 0,
  })
  return {
    team: agent.team,
    name: agent.name,
    liveness: agent.liveness,
    standing: standingOf(agent),
    connected: agent.connection !== null,
    ending: agent.ending,
    // Has room and may be given work.
    open: closedBecause(agent) === null && agent.held.length < slots,
    slots,
    holding: agent.held.map(({ job }) => job),
    abilities: abilitiesOf(agent),
    places: placesOf(agent.facts.roots),
    tags: agent.tags,
    capabilities: agent.facts.capabilities,
    score,
    granted_at: agent.grantedAt,
    share_taken: agent.share.taken,
    share_spent: agent.share.spent,
  }
}
