/** An agent's memory as the world sees it. */
import type { Agent } from '#specs/agents.ts'
import { AgentMemory, type AgentRecord, slotsOf, standingOf } from './state.ts'

export function agentView(id: string, agent: AgentRecord): Agent {
  const { platform, programVersion, capabilities, roots } = agent.facts
  return {
    id,
    version: agent.version,
    name: agent.name,
    liveness: agent.liveness,
    standing: standingOf(agent),
    note: agent.note,
    resumesAt: agent.resumesAt,
    platform,
    programVersion,
    capabilities,
    tags: agent.tags,
    roots,
    slots: slotsOf(agent),
    running: agent.held.map(({ job, attempt }) => ({ job, attempt })),
    load: agent.load,
    installation: agent.installation,
    boot: agent.boot,
    connection: agent.connection,
    failures: agent.failures,
    lastError: agent.lastError,
    registeredAt: agent.registeredAt,
    enrolledBy: agent.enrolledBy,
    lastSeenAt: agent.lastSeenAt,
    activatedAt: agent.activatedAt,
    deactivatedAt: agent.deactivatedAt,
  }
}

/** A row of `product.agent`, as lists read it. */
export function agentOfRow({ key, state }: { readonly key: string; readonly state: string }): Agent {
  const { agent } = AgentMemory.parse(JSON.parse(state))
  if (!agent) throw new TypeError('a row of an agent without an agent in it')
  return agentView(key, agent)
}
