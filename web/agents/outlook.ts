/** Whether a job would be run now, by what is known of the agents: the server has the last word. */
import type { Agent } from '#specs/agents.ts'
import { isInside } from './paths.ts'
import { isOnline, signOf, wasNeverStarted } from './words.ts'

/**
 * Nobody can run it; of those who can, nobody may look into its folder; nobody is there; none of them takes work; none has
 * room; one may take it.
 */
export type Outlook = 'nobody' | 'nowhere' | 'offline' | 'paused' | 'busy' | 'open'

export type Wanted = {
  /** Capabilities and tags. */
  readonly needs: readonly string[]
  readonly boundTo: string | null
  /** Where it has to look, if anywhere. */
  readonly folder: string | null
}

export function outlookOf({ needs, boundTo, folder }: Wanted, agents: Iterable<Agent>): Outlook {
  const skilled = [...agents].filter(
    (agent) =>
      (boundTo === null ? canRun(agent, needs) : agent.id === boundTo) && agent.standing !== 'revoked',
  )
  if (skilled.length === 0) return 'nobody'
  const able = skilled.filter(({ roots }) => boundTo !== null || folder === null || isInside(folder, roots))
  if (able.length === 0) return 'nowhere'
  const online = able.filter(isOnline)
  if (online.length === 0) return 'offline'
  const active = online.filter(({ standing }) => standing === 'active')
  if (active.length === 0) return 'paused'
  return active.some(({ running, slots }) => running.length < slots) ? 'open' : 'busy'
}

/** The agents that can run a tool. */
export function capable(agents: Iterable<Agent>, capability: string): Agent[] {
  return [...agents].filter((agent) => agent.standing !== 'revoked' && canRun(agent, [capability]))
}

/** A capability may be asked for without its version. */
export function canRun({ capabilities, tags }: Agent, needs: readonly string[]): boolean {
  const has = new Set([...capabilities, ...capabilities.map(versionless), ...tags])
  return needs.every((need) => has.has(need))
}

function versionless(capability: string): string {
  return capability.split(':').slice(0, 2).join(':')
}

const ofAny: Readonly<Record<Outlook, string>> = {
  nobody: 'No agent can run it.',
  nowhere: 'No agent that can run it may look into its folder.',
  offline: 'No agent that can run it is online.',
  paused: 'All agents that can run it are paused, cordoned or draining.',
  busy: 'All agents that can run it are busy.',
  open: 'It waits for its turn.',
}

/** Why it waits, in a few words. */
export function outlookWords(wanted: Wanted, agents: ReadonlyMap<string, Agent>): string {
  const outlook = outlookOf(wanted, agents.values())
  if (wanted.boundTo === null) return ofAny[outlook]
  const bound = agents.get(wanted.boundTo)
  if (bound === undefined || outlook === 'nobody') return 'The agent that it is bound to is gone: cancel it.'
  if (outlook === 'open') return ofAny.open
  if (outlook === 'busy') return `${bound.name} is busy.`
  if (outlook === 'paused')
    return bound.standing === 'pending_approval'
      ? `${bound.name} needs approval.`
      : `${bound.name} is ${bound.standing}.`
  return wasNeverStarted(bound)
    ? `${bound.name} was never started.`
    : `${bound.name} is ${signOf(bound).word.toLowerCase()}.`
}
