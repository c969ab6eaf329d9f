/** Whether an agent is there, and what becomes of its jobs when it is not. */
import type * as z from 'zod'
import { liveness, type Load, type RunningAttempt } from '#specs/agents.ts'
import { job } from '../job/messages.ts'
import { wasAway } from '../job/watch.ts'
import { placesOf } from '../place.ts'
import type { agentMessages, Connected, Welcome } from './messages.ts'
import { type Held, isThere } from './state.ts'
import {
  type AgentTurn,
  changed,
  isSame,
  loseAll,
  note,
  offerRoom,
  release,
  self,
  setEnding,
  setLiveness,
  tell,
  tellPlaces,
} from './turn.ts'
import { agentView } from './view.ts'

type Silent = z.infer<typeof agentMessages.silent.input>
type Ails = z.infer<typeof agentMessages.ails.input>

/** It is there, with what it says it runs. */
export function connected(turn: AgentTurn, input: z.output<typeof Connected>): z.input<typeof Welcome> {
  const { id, agent, ctx } = turn
  const { server, connection, boot, ip, userAgent, facts, running } = input
  if (agent.standing === 'revoked')
    ctx.refuse('its key is void: register it anew with a new token', { code: 'not_allowed' })
  // Turns are no measure: the clock that a node goes by is put right now and then, backwards too.
  if (input.at !== undefined && input.at < agent.helloAt)
    ctx.refuse('it has said hello anew since', { code: 'wrong_state' })
  agent.helloAt = input.at ?? ctx.now
  if (agent.connection?.id !== connection)
    note(turn, 'connected', 'agent', { to: connection, reason: fromWhere(input) })
  endGrace(turn)
  agent.connection = { id: connection, server, ip, userAgent, since: ctx.now }
  const places = placesOf(agent.facts.roots)
  agent.facts = facts
  agent.lastSeenAt = ctx.now
  changed(turn)
  tellPlaces(turn, places)
  const anew = agent.boot !== boot
  if (anew) restarted(turn, boot)
  reconcile(turn, running, anew)
  if (agent.ailing !== connection) recovered(turn)
  if (agent.ailing === null) setLiveness(turn, 'healthy', 'agent', 'it has connected')
  else setLiveness(turn, 'degraded', 'agent', 'it has connected, and its checks fail')
  offerRoom(turn)
  const keep = running.filter((attempt) => agent.held.some((held) => isSame(held, attempt) && !held.stopping))
  return { agent: agentView(id, agent), keep, draining: agent.standing === 'draining' }
}

function fromWhere({ server, ip, userAgent }: z.output<typeof Connected>): string {
  const words = [
    `to ${server}`,
    ip === null ? null : `from ${ip}`,
    userAgent === null ? null : `with ${userAgent}`,
  ]
  return words.filter((word) => word !== null).join(', ')
}

/** The program was started anew. */
function restarted(turn: AgentTurn, boot: string): void {
  const { agent } = turn
  if (agent.boot !== null) note(turn, 'started anew', 'agent', { from: agent.boot, to: boot })
  agent.boot = boot
  setEnding(turn, false, 'its program was started anew')
}

/**
 * What it no longer has is lost, and what was taken from it may be its again. A program that was started anew runs
 * nothing of before, but may have kept a result that it could not hand in.
 */
function reconcile(turn: AgentTurn, running: readonly RunningAttempt[], anew: boolean): void {
  const { id, agent, ctx } = turn
  const runs = (held: Held) => running.some((attempt) => isSame(held, attempt))
  loseAll(
    turn,
    agent.held.filter((held) => !runs(held)),
    anew ? 'its agent was started anew' : 'its agent does not have it any more',
  )
  const back = agent.released.filter(runs)
  for (const { job: key, attempt } of back) ctx.send(job.at(key).returned({ agent: id, attempt }))
  const gone = agent.released.filter((held) => !runs(held))
  agent.held = [...agent.held, ...back]
  agent.released = []
  loseAll(turn, gone, 'its agent came back without it')
}

/** Its socket is closed. It has a while to come back before its jobs are given to others. */
export function disconnected(
  turn: AgentTurn,
  { connection, reason }: { connection: string; reason: string },
): void {
  const { agent, ctx, settings } = turn
  if (agent.connection?.id !== connection) return
  note(turn, 'disconnected', 'agent', { from: connection, reason })
  agent.connection = null
  changed(turn)
  if (agent.liveness === 'healthy') setLiveness(turn, 'degraded', 'server', `its socket is closed: ${reason}`)
  agent.graceUntil = ctx.now + settings.graceMs
  setGrace(turn, agent.graceUntil, false)
}

/** Its program takes no new work and ends when it is idle: that is so as long as the program is there. */
export function ends(turn: AgentTurn, { connection }: { connection: string }): void {
  if (turn.agent.connection?.id === connection) setEnding(turn, true, 'its program is ending')
}

/** Its program ends now, and has said so: nobody waits for it. */
export function left(
  turn: AgentTurn,
  { connection, running }: { connection: string; running: readonly RunningAttempt[] },
): void {
  const { agent, ctx } = turn
  if (agent.connection?.id !== connection) return
  note(turn, 'disconnected', 'agent', { from: connection, reason: 'its program has ended' })
  agent.lastSeenAt = ctx.now
  const why = 'its program has ended'
  loseAll(
    turn,
    agent.held.filter((held) => !running.some((attempt) => isSame(held, attempt))),
    why,
  )
  setLiveness(turn, 'offline', 'agent', why)
  gone(turn, why)
}

/** Nobody is at the other end any more. What may run elsewhere is given up; it may come back. */
function gone(turn: AgentTurn, why: string): void {
  endGrace(turn)
  turn.agent.connection = null
  changed(turn)
  setEnding(turn, false, why)
  release(turn, why)
}

function endGrace({ agent, ctx }: AgentTurn): void {
  if (agent.graceUntil !== null) ctx.cancel('grace')
  agent.graceUntil = null
}

function setGrace(turn: AgentTurn, due: number, again: boolean): void {
  turn.ctx.at(due, self(turn).graceStruck({ due, again }), { name: 'grace' })
}

interface Grace {
  readonly due: number
  readonly again: boolean
}

/** The grace is over; whether the database was there meanwhile shows with the next message. */
export function graceStruck(turn: AgentTurn, grace: Grace): void {
  if (turn.agent.graceUntil === grace.due) turn.ctx.send(self(turn).graceJudged(grace))
}

export function graceJudged(turn: AgentTurn, { due, again }: Grace): void {
  const { agent, ctx, settings } = turn
  if (agent.graceUntil !== due) return
  if (wasAway(turn, due) && !again) {
    agent.graceUntil = ctx.now + settings.unhealthyMs
    return setGrace(turn, agent.graceUntil, true)
  }
  agent.graceUntil = null
  const why = 'its agent was cut off and did not come back'
  if (isThere(agent)) setLiveness(turn, 'offline', 'server', 'it was cut off and did not come back')
  gone(turn, why)
}

/** It has not been heard of for some time: one or more steps down. It climbs up by being heard. */
export function silent(turn: AgentTurn, { level, ageMs }: Silent): void {
  const { agent, settings } = turn
  if (liveness.indexOf(level) <= liveness.indexOf(agent.liveness)) return
  setLiveness(turn, level, 'server', `not heard of for ${ageMs} ms`)
  if (liveness.indexOf(level) < liveness.indexOf(settings.releaseAt)) return
  // Whatever is left of its connection is not one: it has to say hello again, with what it runs.
  if (agent.connection) tell(turn, { type: 'drop', agent: turn.id, connection: agent.connection.id })
  gone(turn, `its agent is ${level}`)
}

/** It is heard of. An agent without a connection has to say hello first. */
export function heard(turn: AgentTurn, { load }: { load: Load | null }): void {
  const { agent, ctx } = turn
  if (agent.connection === null) return
  agent.lastSeenAt = ctx.now
  agent.load = load ?? agent.load
  changed(turn)
  const level = agent.ailing === null ? 'healthy' : 'degraded'
  if (agent.liveness === level) return
  setLiveness(turn, level, 'server', 'it is heard of again')
  offerRoom(turn)
}

/** Something is wrong with it, whatever it says of itself: it only gets what no healthy one can have. */
export function ails(turn: AgentTurn, { connection, failures, why }: Ails): void {
  const { agent } = turn
  if (agent.connection?.id !== connection) return
  agent.ailing = connection
  agent.failures = failures
  changed(turn)
  if (agent.liveness === 'healthy') setLiveness(turn, 'degraded', 'server', why)
}

export function well(turn: AgentTurn, { connection }: { connection: string }): void {
  const { agent } = turn
  if (agent.ailing !== connection) return
  recovered(turn)
  changed(turn)
  if (agent.liveness !== 'degraded' || agent.connection === null) return
  setLiveness(turn, 'healthy', 'server', 'a check went well again')
  offerRoom(turn)
}

function recovered({ agent }: AgentTurn): void {
  agent.ailing = null
  agent.failures = 0
}
