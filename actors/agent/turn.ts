/** One turn of an agent's registration: its memory, what it may do, and the steps that all its handlers share. */
import type { Context } from '#runtime/index.ts'
import { coordinator } from '../coordinator/messages.ts'
import type { ActorEvent } from '../events.ts'
import { job } from '../job/messages.ts'
import { placesOf } from '../place.ts'
import type { FleetSettings } from '../settings.ts'
import { agent as agents, agentHistory, type agentMessages } from './messages.ts'
import {
  ableOf,
  type AgentRecord,
  closedBecause,
  type Held,
  isInService,
  slotsOf,
  standingOf,
} from './state.ts'

export interface AgentTurn {
  readonly id: string
  readonly agent: AgentRecord
  readonly ctx: Context<typeof agentMessages>
  readonly settings: FleetSettings
}

export function self({ id }: AgentTurn) {
  return agents.at(id)
}

export function tell({ ctx }: AgentTurn, event: ActorEvent): void {
  ctx.publish({ ...event })
}

export function changed({ agent }: AgentTurn): void {
  agent.version += 1
}

/** Goes into its history: what, from what to what, by whom and why. */
export function note(
  { id, ctx }: AgentTurn,
  what: string,
  by: string,
  {
    from = null,
    to = null,
    reason = null,
  }: { from?: string | null; to?: string | null; reason?: string | null },
): void {
  ctx.send(agentHistory.at(id).note({ event: { at: ctx.now, by, what, from, to, reason } }))
}

export function setLiveness(turn: AgentTurn, to: AgentRecord['liveness'], by: string, reason: string): void {
  const { agent } = turn
  if (agent.liveness === to) return
  note(turn, 'liveness', by, { from: agent.liveness, to, reason })
  agent.liveness = to
  keepService(turn)
  changed(turn)
}

export function setStanding(
  turn: AgentTurn,
  to: AgentRecord['standing'],
  by: string,
  reason: string | null,
): void {
  const { agent, ctx } = turn
  note(turn, 'standing', by, { from: agent.standing, to, reason })
  if (agent.resumesAt !== null) ctx.cancel('pause')
  agent.standing = to
  agent.resumesAt = null
  agent.note = reason
  keepService(turn)
  changed(turn)
}

/** Its program ends when it is idle, or does not any more. */
export function setEnding(turn: AgentTurn, to: boolean, reason: string): void {
  const { agent } = turn
  if (agent.ending === to) return
  const before = standingOf(agent)
  agent.ending = to
  note(turn, 'standing', 'agent', { from: before, to: standingOf(agent), reason })
  keepService(turn)
  changed(turn)
}

/** Notes when it comes into service, and when that ends. */
function keepService({ agent, ctx }: AgentTurn): void {
  const was = agent.activatedAt !== null && agent.deactivatedAt === null
  const is = isInService(agent)
  if (is && !was) Object.assign(agent, { activatedAt: ctx.now, deactivatedAt: null })
  if (was && !is) agent.deactivatedAt = ctx.now
}

/** Where it looks into other folders than before, jobs that wait may be for it: its coordinator has to look which. */
export function tellPlaces({ agent, ctx }: AgentTurn, before: readonly string[]): void {
  if (placesOf(agent.facts.roots).every((place) => before.includes(place))) return
  ctx.send(coordinator.at(agent.team).rooted())
}

/** It may be given work: its coordinator looks whether there is some. `freed`: because it needs this slot no more. */
export function offerRoom(
  { id, agent, ctx }: AgentTurn,
  freed: { job: string; attempt: number; unused: boolean } | null = null,
): void {
  if (closedBecause(agent) !== null || agent.held.length >= slotsOf(agent)) return
  ctx.send(coordinator.at(agent.team).room({ able: ableOf(id, agent), freed }))
}

export function isSame(a: Pick<Held, 'job' | 'attempt'>, b: Pick<Held, 'job' | 'attempt'>): boolean {
  return a.job === b.job && a.attempt === b.attempt
}

/** Its jobs hear that they are without an agent. */
export function loseAll(turn: AgentTurn, lost: readonly Held[], why: string, final = true): void {
  const { id, agent, ctx } = turn
  if (lost.length === 0) return
  for (const { job: key, attempt } of lost) ctx.send(job.at(key).lost({ agent: id, attempt, why, final }))
  for (const held of lost) if (held.stopping) ctx.cancel(stopTimer(held))
  agent.held = agent.held.filter((held) => !lost.includes(held))
  changed(turn)
}

const releasedMax = 64

/** What may run elsewhere is given up; it may come back with the agent. */
export function release(turn: AgentTurn, why: string): void {
  const { agent } = turn
  const away = agent.held.filter(({ bound }) => !bound)
  loseAll(turn, away, why, false)
  agent.released = [...agent.released, ...away.filter(({ stopping }) => !stopping)].slice(-releasedMax)
}

export function stopTimer({ job: key, attempt }: Pick<Held, 'job' | 'attempt'>): string {
  return `stop ${key} ${attempt}`
}
