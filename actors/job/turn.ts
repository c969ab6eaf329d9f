/** One turn of a job: its memory, what it may do, and the steps that all its handlers share. */
import type { Context } from '#runtime/index.ts'
import { hasEnded, type Attempt, type JobError } from '#specs/jobs.ts'
import { agent } from '../agent/messages.ts'
import { coordinator } from '../coordinator/messages.ts'
import type { ActorEvent } from '../events.ts'
import type { FleetSettings } from '../settings.ts'
import { job as jobs, type jobMessages } from './messages.ts'
import { attemptsKept, eventsKept, headOf, type Holder, type JobRecord } from './state.ts'
import { checkStep, type Target, type Trigger } from './transitions.ts'

export interface JobTurn {
  readonly id: string
  readonly job: JobRecord
  readonly ctx: Context<typeof jobMessages>
  readonly settings: FleetSettings
}

/** What becomes of an agent's slot. `stop`: the agent may still be at it, and has the grace to end it. */
export interface Release {
  readonly outcome: 'done' | 'failed' | 'crashed' | 'timeout' | 'not_accepted' | 'none'
  readonly error?: string
  readonly stop?: string
}

export function self({ id }: JobTurn) {
  return jobs.at(id)
}

export function tell({ ctx }: JobTurn, event: ActorEvent): void {
  ctx.publish({ ...event })
}

/** The only place where a job's state changes. */
export function move<T extends Trigger>(
  turn: JobTurn,
  on: T,
  to: Target<T>,
  by: string,
  reason: string | null = null,
): void {
  const { job, ctx } = turn
  checkStep(on, job.state, to)
  job.state = to
  if (hasEnded(to)) job.endedAt = ctx.now
  note(turn, by, reason)
}

/** Keeps in mind what has happened. */
export function note({ job, ctx }: JobTurn, by: string, reason: string | null = null): void {
  job.version += 1
  job.lastEvent += 1
  const event = { seq: job.lastEvent, at: ctx.now, state: job.state, by, reason }
  job.events = [...job.events, event].slice(-eventsKept)
}

/** Timers are remembered, so that those that were never set need not be taken back. */
export function setTimer(
  { job, ctx }: JobTurn,
  name: string,
  at: number,
  message: Parameters<JobTurn['ctx']['at']>[1],
): void {
  ctx.at(at, message, { name })
  if (!job.timers.includes(name)) job.timers.push(name)
}
export function dropTimers({ job, ctx }: JobTurn, names: readonly string[] = job.timers): void {
  for (const name of names) if (job.timers.includes(name)) ctx.cancel(name)
  job.timers = job.timers.filter((name) => !names.includes(name))
}

export function isSame(a: Holder, b: Holder): boolean {
  return a.agent === b.agent && a.attempt === b.attempt
}
export function isHolder({ holder }: JobRecord, given: Holder): boolean {
  return holder !== null && isSame(holder, given)
}

export function attemptOf({ attempts }: JobRecord, { agent: who, attempt }: Holder): Attempt | undefined {
  return attempts.find((known) => known.number === attempt && known.agent === who)
}

export function addAttempt(
  { job, ctx }: JobTurn,
  { agent: who, attempt }: Holder,
  agentName: string | null,
): void {
  const added: Attempt = {
    number: attempt,
    agent: who,
    agentName,
    offeredAt: ctx.now,
    acceptedAt: null,
    startedAt: null,
    endedAt: null,
    outcome: null,
    error: null,
  }
  job.attempts = [...job.attempts, added].slice(-attemptsKept)
}

export function endAttempt(
  { job, ctx }: JobTurn,
  holder: Holder,
  outcome: Attempt['outcome'],
  error: JobError | null = null,
): void {
  const attempt = attemptOf(job, holder)
  if (attempt) Object.assign(attempt, { endedAt: ctx.now, outcome, error })
}

/** The attempt that counts ends. Its agent hears of it, unless it is the agent that says so. */
export function letGo(
  turn: JobTurn,
  outcome: Attempt['outcome'],
  release: Release | null,
  error: JobError | null = null,
): void {
  const { job } = turn
  if (!job.holder) return
  endAttempt(turn, job.holder, outcome, error)
  if (release) freeSlot(turn, job.holder, release)
  job.holder = null
  dropTimers(turn, ['accept', 'attempt', 'stall'])
}

/** The agent's slot is free again: at once, or when it has stopped. */
export function freeSlot({ id, ctx }: JobTurn, holder: Holder, { outcome, error, stop }: Release): void {
  const { agent: who, attempt } = holder
  if (stop !== undefined) ctx.send(agent.at(who).stop({ job: id, attempt, reason: stop }))
  else ctx.send(agent.at(who).freed({ job: id, attempt, outcome, error: error ?? null }))
}

/** It waits for an agent from now on: its coordinator has to know, and its time may be limited. */
export function queue(turn: JobTurn): void {
  const { job, ctx } = turn
  const { queueMs } = job.timeouts
  if (queueMs > 0 && job.queueUntil === null) {
    job.queueUntil = ctx.now + queueMs
    setTimer(turn, 'queue', job.queueUntil, self(turn).queueTimeout())
  }
  ctx.send(coordinator.at(job.team).look(headOf(turn.id, job, turn.settings.ageingMs)))
}

/** The job ends: nothing of it is left to strike. */
export function end<T extends Trigger>(
  turn: JobTurn,
  on: T,
  to: Target<T>,
  by: string,
  { reason = null, error = null }: { reason?: string | null; error?: JobError | null } = {},
): void {
  turn.job.error = error
  turn.job.previous = null
  dropTimers(turn)
  move(turn, on, to, by, reason)
}
