/** An agent's slots: who gets one, and when it is free again. */
import type * as z from 'zod'
import { coordinator } from '../coordinator/messages.ts'
import { job } from '../job/messages.ts'
import type { agentMessages } from './messages.ts'
import { recentOf } from './recent.ts'
import { enoughAt, leftOf, takenOf } from './share.ts'
import { closedBecause, type Held, shareOf, slotsOf } from './state.ts'
import { type AgentTurn, changed, isSame, offerRoom, self, stopTimer, tell } from './turn.ts'

type Grant = z.infer<typeof agentMessages.grant.input>
type Freed = z.infer<typeof agentMessages.freed.input>
type Slot = Pick<Held, 'job' | 'attempt'>

/** Keeps a slot for a job, and tells it so; or says why not. */
export function grant(turn: AgentTurn, { job: key, attempt, bound }: Grant): void {
  const { id, agent, ctx } = turn
  const granted = job.at(key).granted({ agent: id, attempt, name: agent.name })
  if (agent.held.some((held) => isSame(held, { job: key, attempt }))) return ctx.send(granted)
  const reason = closedBecause(agent) ?? (agent.held.length >= slotsOf(agent) ? 'it has no free slot' : null)
  if (reason !== null)
    return ctx.send(coordinator.at(agent.team).declined({ job: key, attempt, agent: id, reason }))
  agent.held = [...agent.held, { job: key, attempt, bound, stopping: false }]
  takeOfShare(turn)
  changed(turn)
  ctx.send(granted)
}

/** With the last of its share it closes, until a timer finds that there is enough for an attempt again. */
function takeOfShare(turn: AgentTurn): void {
  const { agent, ctx, settings } = turn
  const taken = takenOf(shareOf(agent), ctx.now, settings.claimsPerMinute) + 1
  agent.recent = recentOf(agent, ctx.now) + 1
  agent.grantedAt = ctx.now
  agent.share = { taken, spent: leftOf({ taken, at: ctx.now }, ctx.now, settings.claimsPerMinute) === 0 }
  if (agent.share.spent) awaitShare(turn)
}

function awaitShare(turn: AgentTurn): void {
  const { agent, ctx, settings } = turn
  const due = enoughAt(shareOf(agent), ctx.now, settings.claimsPerMinute)
  ctx.at(due, self(turn).shareGrows(), { name: 'share' })
}

export function shareGrows(turn: AgentTurn): void {
  const { agent, ctx, settings } = turn
  if (!agent.share.spent) return
  // The limit may be another one by now.
  if (leftOf(shareOf(agent), ctx.now, settings.claimsPerMinute) === 0) return awaitShare(turn)
  agent.share.spent = false
  offerRoom(turn)
}

export function freed(turn: AgentTurn, { outcome, error, ...slot }: Freed): void {
  const { agent } = turn
  const known = [...agent.held, ...agent.released].some((held) => isSame(held, slot))
  if (!known) return
  judge(turn, outcome, error)
  removeSlot(turn, slot, outcome === 'none')
}

/** How much the latest attempt counts among all. */
const latest = 0.2

/** What became of an attempt says something about its agent, unless the tool itself has said no. */
function judge({ agent }: AgentTurn, outcome: Freed['outcome'], error: string | null): void {
  if (outcome === 'none' || outcome === 'failed') return
  const went = outcome === 'done' ? 1 : 0
  agent.success = Math.round(1_000 * ((1 - latest) * agent.success + latest * went)) / 1_000
  if (went === 0) agent.lastError = error
}

function removeSlot(turn: AgentTurn, { job: key, attempt }: Slot, unused = false): void {
  const slot = { job: key, attempt }
  const { agent, ctx } = turn
  const held = agent.held.find((taken) => isSame(taken, slot))
  agent.released = agent.released.filter((gone) => !isSame(gone, slot))
  changed(turn)
  if (!held) return
  if (held.stopping) ctx.cancel(stopTimer(slot))
  agent.held = agent.held.filter((taken) => taken !== held)
  offerRoom(turn, { ...slot, unused })
  if (agent.removal && agent.held.length === 0) ctx.send(self(turn).removeIfIdle())
}

/** The attempt is void. The slot is taken until the agent has stopped it, or its grace is over. */
export function stop(turn: AgentTurn, slot: Slot & { readonly reason: string }): void {
  const { job: key, attempt, reason } = slot
  if (!turn.agent.held.some((taken) => isSame(taken, slot))) return stopping(turn, slot)
  const graceMs = turn.settings.cancelGraceMs
  tell(turn, { type: 'cancel', agent: turn.id, cancel: { job: key, attempt, graceMs, reason } })
  stopping(turn, slot)
}

export function stopping(turn: AgentTurn, slot: Slot): void {
  const { agent, ctx, settings } = turn
  const { job: key, attempt } = slot
  agent.released = agent.released.filter((gone) => !isSame(gone, slot))
  const held = agent.held.find((taken) => isSame(taken, slot))
  if (!held || held.stopping) return
  const graceMs = settings.cancelGraceMs
  agent.held = agent.held.map((taken) => (taken === held ? { ...held, stopping: true } : taken))
  changed(turn)
  ctx.after(graceMs + settings.acceptMs, self(turn).stopEnds({ job: key, attempt }), {
    name: stopTimer(slot),
  })
}

export function stopEnds(turn: AgentTurn, slot: Slot): void {
  if (turn.agent.held.some((held) => isSame(held, slot) && held.stopping)) removeSlot(turn, slot)
}

/** The job has taken this attempt back, by the agent's word. Since its last hello it may not have it any more. */
export function kept(turn: AgentTurn, slot: Slot & { readonly bound: boolean }): void {
  const { id, agent, ctx } = turn
  if (agent.held.some((held) => isSame(held, slot))) return
  const { job: key, attempt } = slot
  if (!agent.released.some((gone) => isSame(gone, slot))) {
    const why = 'its agent does not have it any more'
    return ctx.send(job.at(key).lost({ agent: id, attempt, why, final: true }))
  }
  agent.released = agent.released.filter((gone) => !isSame(gone, slot))
  agent.held = [...agent.held, { ...slot, stopping: false }]
  changed(turn)
}
