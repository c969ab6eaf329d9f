/** What an agent's registration remembers. */
import * as z from 'zod'
import { AgentFacts } from '#specs/agent-link.ts'
import { Connection, Liveness, Load, Standing } from '#specs/agents.ts'
import type { Able } from '../coordinator/queue.ts'
import { scoreOf } from '../coordinator/score.ts'

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
  standing: Standing,
  /** Where its own program drains it: what it is again when the program starts anew. */
  standingBefore: Standing.nullable().default(null),
  note: z.string().nullable(),
  resumesAt: z.number().nullable(),
  load: Load.nullable(),
  boot: z.string().nullable(),
  connection: Connection.nullable(),
  /** When it said hello last. */
  helloAt: z.number(),
  /** How long it has to come back. */
  graceUntil: z.number().nullable(),
  held: z.array(Held),
  /** Taken for lost when it was away; it may come back with them. */
  released: z.array(Held),
  /** Attempts in a row that failed because of the agent, and how the latest ones went: 1 is well. */
  failures: z.int(),
  success: z.number(),
  lastError: z.string().nullable(),
  /** When it last got a job. */
  grantedAt: z.number(),
  registeredAt: z.number(),
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

/** Why it takes no work now; null where it does. */
export function closedBecause(agent: AgentRecord): string | null {
  if (agent.standing !== 'active') return `it is ${agent.standing}`
  if (agent.connection === null) return 'it is not connected'
  if (agent.liveness !== 'healthy' && agent.liveness !== 'degraded') return `it is ${agent.liveness}`
  return null
}

/** What jobs may ask for: each capability, also without its version, and each tag. */
export function abilitiesOf({ facts, tags }: Pick<AgentRecord, 'facts' | 'tags'>): string[] {
  const versionless = facts.capabilities.map((capability) => capability.split(':').slice(0, 2).join(':'))
  return [...new Set([...facts.capabilities, ...versionless, ...tags])]
}

/** What its coordinator has to know of it. */
export function ableOf(id: string, agent: AgentRecord): Able {
  const { name, held, liveness, success, load, grantedAt } = agent
  return {
    agent: id,
    name,
    slots: slotsOf(agent),
    holding: held.map(({ job }) => job),
    abilities: abilitiesOf(agent),
    liveness,
    success,
    load,
    grantedAt,
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
  })
  return {
    team: agent.team,
    name: agent.name,
    liveness: agent.liveness,
    standing: agent.standing,
    // Has room and may be given work.
    open: closedBecause(agent) === null && agent.held.length < slots,
    slots,
    holding: agent.held.map(({ job }) => job),
    abilities: abilitiesOf(agent),
    tags: agent.tags,
    capabilities: agent.facts.capabilities,
    score,
    granted_at: agent.grantedAt,
  }
}
