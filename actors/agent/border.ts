/** What people and the registration want of an agent. */
import { isDeepStrictEqual } from 'node:util'
import type * as z from 'zod'
import type { Context } from '#runtime/index.ts'
import { countBoundJobs, removeIdentity, renameAgent } from '#db/product/fleet.ts'
import { within } from '#db/product/within.ts'
import { tools } from '#specs/tools.ts'
import { placesOf } from '../place.ts'
import type { FleetSettings } from '../settings.ts'
import type { agentMessages, Registration } from './messages.ts'
import { standingAfter, type Wish } from './standing.ts'
import { type AgentMemory, type AgentRecord, isThere } from './state.ts'
import {
  type AgentTurn,
  changed,
  loseAll,
  note,
  offerRoom,
  self,
  setLiveness,
  setStanding,
  tell,
  tellPlaces,
} from './turn.ts'

type Input<Name extends keyof typeof agentMessages> = (typeof agentMessages)[Name] extends {
  input: infer I extends z.ZodType
}
  ? z.output<I>
  : undefined

/** Registering again changes what is new, and brings a revoked agent back, where somebody has made it a new token since. */
export function register(
  memory: AgentMemory,
  input: z.output<typeof Registration>,
  ctx: Context<typeof agentMessages>,
  settings: FleetSettings,
): AgentTurn {
  if (!memory.agent) {
    memory.agent = recordOf(input, ctx.now)
    const turn: AgentTurn = { id: ctx.key, agent: memory.agent, ctx, settings }
    note(turn, 'registered', 'agent', { to: input.name })
    if (strangeTools(turn).length > 0) admit(turn, 'its first registration')
    tellPlaces(turn, [])
    return turn
  }
  const { agent } = memory
  const turn: AgentTurn = { id: ctx.key, agent, ctx, settings }
  if (agent.standing === 'revoked') checkToken(turn, input.redeemedAt)
  const placesBefore = agent.standing === 'revoked' ? [] : placesOf(agent.facts.roots)
  const { name, facts } = input
  const tags = withTags(agent.tags, input.tags)
  const enrolledBy = input.enrolledBy ?? agent.enrolledBy
  const before = { name: agent.name, facts: agent.facts, tags: agent.tags, enrolledBy: agent.enrolledBy }
  if (!isDeepStrictEqual(before, { name, facts, tags, enrolledBy })) {
    Object.assign(agent, { name, facts, tags, enrolledBy })
    note(turn, 'registered again', 'agent', { to: name })
    changed(turn)
  }
  if (agent.standing === 'revoked') admit(turn, 'registered with a new token')
  tellPlaces(turn, placesBefore)
  return turn
}

/** Whoever comes back has to come with a token that was not used before. */
function checkToken({ agent, ctx }: AgentTurn, redeemedAt: number | null): void {
  if (redeemedAt === null || redeemedAt >= (agent.revokedAt ?? 0)) return
  ctx.refuse('its registration token was used before it was revoked: ask an admin for a new one', {
    code: 'in_use',
  })
}

const reasonMax = 500

/** Agents with known tools take work at once; what else an agent may do, an admin has to approve. */
function admit(turn: AgentTurn, how: string): void {
  const strange = strangeTools(turn)
  if (strange.length === 0) return setStanding(turn, 'active', 'agent', how)
  const reason = `It has tools that are not known here: ${strange.join(', ')}.`.slice(0, reasonMax)
  setStanding(turn, 'pending_approval', 'server', reason)
}

function strangeTools({ agent, settings: { allowedTools } }: AgentTurn): string[] {
  if (allowedTools.includes('*')) return []
  const names = agent.facts.capabilities.flatMap((capability) => /^tool:([^:]+)/.exec(capability)?.[1] ?? [])
  return [...new Set(names)].filter((name) => !tools.has(name) && !allowedTools.includes(name))
}

function recordOf(
  { team, name, tags, installation, facts, enrolledBy }: z.output<typeof Registration>,
  now: number,
): AgentRecord {
  return {
    version: 1,
    team,
    name,
    tags: withTags([], tags),
    installation,
    facts,
    slots: null,
    liveness: 'offline',
    standing: 'active',
    ending: false,
    note: null,
    resumesAt: null,
    load: null,
    boot: null,
    connection: null,
    ailing: null,
    helloAt: 0,
    graceUntil: null,
    held: [],
    released: [],
    failures: 0,
    success: 1,
    lastError: null,
    grantedAt: 0,
    recent: 0,
    share: { taken: 0, spent: false },
    registeredAt: now,
    revokedAt: null,
    activatedAt: null,
    deactivatedAt: null,
    enrolledBy,
    lastSeenAt: null,
    removal: null,
  }
}

/** A tag's key has one value: the one given last. */
function withTags(known: readonly string[], given: readonly string[]): string[] {
  const byKey = new Map([...known, ...given].map((tag) => [tag.split('=')[0], tag]))
  return [...byKey.values()].toSorted()
}

/** Pauses, resumes and the like; refused where it makes no sense. */
export function wish(turn: AgentTurn, what: Wish, by: string, reason: string | null): void {
  const { agent, ctx } = turn
  const after = standingAfter(what, agent.standing)
  if ('why' in after) return ctx.refuse(after.why, { code: 'wrong_state' })
  setStanding(turn, after.to, by, reason)
}

export function pause(turn: AgentTurn, { by, note: why, forMs }: Input<'pause'>): void {
  const { agent, ctx } = turn
  wish(turn, 'pause', by, why ?? null)
  if (forMs === undefined) return
  agent.resumesAt = ctx.now + forMs
  ctx.at(agent.resumesAt, self(turn).pauseEnds(), { name: 'pause' })
}

export function pauseEnds(turn: AgentTurn): void {
  const { agent, ctx } = turn
  if (agent.standing !== 'paused' || agent.resumesAt === null || agent.resumesAt > ctx.now) return
  setStanding(turn, 'active', 'server', 'its pause is over')
  agent.note = null
  offerRoom(turn)
}

export function resume(turn: AgentTurn, { by, reason }: Input<'resume'>): void {
  if (turn.agent.removal)
    turn.ctx.refuse('it is being removed as soon as it is idle', { code: 'wrong_state' })
  wish(turn, 'resume', by, reason ?? null)
  offerRoom(turn)
}

export function drain(turn: AgentTurn, { by, reason }: Input<'drain'>): void {
  wish(turn, 'drain', by, reason ?? null)
  tell(turn, { type: 'drain', agent: turn.id, reason: reason ?? `drained by ${by}` })
}

export function revoke(turn: AgentTurn, { by, reason }: Input<'revoke'>): void {
  wish(turn, 'revoke', by, reason ?? null)
  turn.agent.revokedAt = turn.ctx.now
  dismiss(turn, reason ?? 'its key was made void')
  if (isThere(turn.agent)) setLiveness(turn, 'offline', 'server', 'its key was made void')
}

/** Nobody talks to it any more, and its jobs go elsewhere. */
function dismiss(turn: AgentTurn, reason: string): void {
  const { agent } = turn
  loseAll(turn, [...agent.held, ...agent.released], `its agent was dismissed: ${reason}`)
  agent.released = []
  agent.connection = null
  agent.ending = false
  tell(turn, { type: 'dismissed', agent: turn.id, reason })
}

const uniqueViolation = '23505'

export async function change(turn: AgentTurn, { by, name, tags, slots }: Input<'change'>): Promise<void> {
  const { id, agent, ctx } = turn
  if (name !== undefined && name !== agent.name) {
    try {
      await renameAgent.run(within(ctx), id, name)
    } catch (error) {
      if ((error as { code?: unknown }).code !== uniqueViolation) throw error
      ctx.refuse(`another agent is called '${name}': choose another name`, { code: 'already_exists' })
    }
    note(turn, 'renamed', by, { from: agent.name, to: name })
    agent.name = name
  }
  if (tags) {
    const next = withTags([], tags)
    note(turn, 'tags', by, { from: agent.tags.join(' '), to: next.join(' ') })
    agent.tags = next
  }
  if (slots !== undefined) {
    note(turn, 'slots', by, { from: String(agent.slots ?? agent.facts.slots), to: String(slots) })
    agent.slots = slots
  }
  changed(turn)
  offerRoom(turn)
}

export async function remove(turn: AgentTurn, { by, mode }: Input<'remove'>): Promise<void> {
  const { agent, ctx } = turn
  await checkUnbound(turn)
  if (mode === 'now' || agent.held.length === 0) return removed(turn, by)
  agent.removal = { by }
  const reason = 'it is removed as soon as it is idle'
  if (agent.standing !== 'draining') setStanding(turn, 'draining', by, reason)
  changed(turn)
  tell(turn, { type: 'drain', agent: ctx.key, reason })
}

/** Jobs that only this agent may run would wait for ever. */
async function checkUnbound({ id, agent, ctx }: AgentTurn): Promise<void> {
  const [bound] = await countBoundJobs.run(within(ctx), id, agent.team)
  const unfinished = bound?.unfinished ?? 0
  if (unfinished === 0) return
  ctx.refuse(`${unfinished} unfinished jobs are bound to it: cancel them first`, { code: 'in_use' })
}

const lookAgainMs = 60_000

export async function removeIfIdle(turn: AgentTurn): Promise<void> {
  const { id, agent, ctx } = turn
  if (!agent.removal || agent.held.length > 0) return
  const [bound] = await countBoundJobs.run(within(ctx), id, agent.team)
  if ((bound?.unfinished ?? 0) > 0) return ctx.after(lookAgainMs, self(turn).removeIfIdle())
  await removed(turn, agent.removal.by)
}

async function removed(turn: AgentTurn, by: string): Promise<void> {
  const { id, agent, ctx } = turn
  await removeIdentity.run(within(ctx), id)
  note(turn, 'removed', by, { from: agent.name })
  dismiss(turn, `it was removed by ${by}`)
  tell(turn, { type: 'agent', team: agent.team, id, agent: null })
  ctx.stop()
}
