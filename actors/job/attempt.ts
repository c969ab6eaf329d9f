/** What agents say about their attempts, and what becomes of the job by it. */
import type * as z from 'zod'
import type { Accepted } from '#specs/agent-link.ts'
import { type Attempt, hasEnded, type JobError } from '#specs/jobs.ts'
import { agent } from '../agent/messages.ts'
import type { Finished } from './messages.ts'
import { counted, judge } from './retry.ts'
import type { Holder, JobRecord } from './state.ts'
import { watch, watchAttempt } from './watch.ts'
import {
  addAttempt,
  attemptOf,
  dropTimers,
  end,
  freeSlot,
  isHolder,
  isSame,
  type JobTurn,
  letGo,
  move,
  queue,
  type Release,
  self,
  setTimer,
  tell,
} from './turn.ts'
import { may } from './transitions.ts'
import { offerOf } from './view.ts'

const accepted: Accepted = { accepted: true, reason: null }

/** The agent's word does not count, and why. One that never had the job, maybe another team's, learns nothing of it. */
export function refused({ id, job }: Pick<JobTurn, 'id' | 'job'>, { agent: who, attempt }: Holder): Accepted {
  if (!job.attempts.some((known) => known.agent === who))
    return { accepted: false, reason: `there is no job ${id}` }
  if (hasEnded(job.state)) return { accepted: false, reason: `the job has ended: it is ${job.state}` }
  if (job.state === 'cancelling') return { accepted: false, reason: 'the job is being cancelled' }
  const { holder } = job
  const now = holder ? `attempt ${holder.attempt} of ${holder.agent} is` : 'it waits for an agent'
  return { accepted: false, reason: `attempt ${attempt} is not the one that counts: ${now}` }
}

/** An agent keeps a slot: the job is offered to it, unless it needs none any more. */
export function grant(turn: JobTurn, holder: Holder, agentName: string | null): void {
  const { id, job, ctx, settings } = turn
  if (isHolder(job, holder)) return
  const fits = job.boundTo === null || job.boundTo === holder.agent
  if (!may('grant', job.state) || holder.attempt !== job.attempt + 1 || !fits)
    return freeSlot(turn, holder, { outcome: 'none' })
  job.attempt = holder.attempt
  job.holder = holder
  job.progress = null
  addAttempt(turn, holder, agentName)
  move(turn, 'grant', 'offered', 'server')
  watch(turn, {
    what: 'accept',
    attempt: holder.attempt,
    due: ctx.now + settings.acceptMs,
    again: false,
  })
  tell(turn, { type: 'offer', agent: holder.agent, offer: offerOf(id, job, settings.acceptMs) })
}

export function accept(turn: JobTurn, holder: Holder): Accepted {
  const { job, ctx } = turn
  if (!isHolder(job, holder)) return refused(turn, holder)
  if (job.state === 'assigned' || job.state === 'running') return accepted
  if (!may('accept', job.state)) return refused(turn, holder)
  Object.assign(attemptOf(job, holder) ?? {}, { acceptedAt: ctx.now })
  job.queueUntil = null
  dropTimers(turn, ['accept', 'queue'])
  move(turn, 'accept', 'assigned', holder.agent)
  watchAttempt(turn, ctx.now)
  return accepted
}

export function decline(turn: JobTurn, holder: Holder, reason: string): Accepted {
  if (!isHolder(turn.job, holder) || !may('pass', turn.job.state)) return refused(turn, holder)
  passOver(turn, holder.agent, `declined: ${reason}`, { outcome: 'none' })
  return accepted
}

/** How often the time to accept, at most. */
const passedOverMax = 32

/** The offer was not taken: it goes elsewhere, and the agent is passed over for a while, longer each time. */
export function passOver(turn: JobTurn, by: string, reason: string, release: Release): void {
  const { job, ctx, settings } = turn
  const who = job.holder?.agent
  if (who === undefined) return
  const known = job.passedOver.find((passed) => passed.agent === who)
  const times = (known?.times ?? 0) + 1
  const until = ctx.now + settings.acceptMs * Math.min(passedOverMax, 2 ** times)
  const others = job.passedOver.filter((passed) => passed.agent !== who && passed.until > ctx.now)
  job.passedOver = [...others, { agent: who, until, times }]
  takeBackOffer(turn, by, reason, release)
  if (job.state === 'pending') setTimer(turn, 'again', until, self(turn).lookAgain())
}

function takeBackOffer(turn: JobTurn, by: string, reason: string, release: Release | null): void {
  const { job, ctx } = turn
  letGo(turn, 'not_accepted', release)
  move(turn, 'pass', 'pending', by, reason)
  if (job.queueUntil !== null && job.queueUntil <= ctx.now) queueTimedOut(turn)
  else queue(turn)
}

export function queueTimedOut(turn: JobTurn): void {
  const message = `it has waited for an agent for longer than ${turn.job.timeouts.queueMs} ms`
  end(turn, 'expire', 'expired', 'server', { reason: message, error: { class: 'timeout', message } })
}

export function start(turn: JobTurn, holder: Holder): Accepted {
  const { job, ctx } = turn
  if (!isHolder(job, holder) && !takeBack(turn, holder)) return refused(turn, holder)
  if (job.state === 'running') return accepted
  if (!may('start', job.state)) return refused(turn, holder)
  Object.assign(attemptOf(job, holder) ?? {}, { startedAt: ctx.now })
  job.startedAt ??= ctx.now
  job.aliveAt = ctx.now
  move(turn, 'start', 'running', holder.agent)
  return accepted
}

export function alive(turn: JobTurn, holder: Holder, progress: JobTurn['job']['progress']): Accepted {
  const { job, ctx } = turn
  const answer = start(turn, holder)
  if (!answer.accepted) return answer
  job.aliveAt = ctx.now
  if (progress === null) return answer
  job.progress = progress
  // From now on the attempt before has no way back.
  job.previous = null
  job.version += 1
  return answer
}

/** An attempt that was taken for lost keeps the job, where the next one has not got anywhere yet. */
export function takeBack(turn: JobTurn, holder: Holder, keepSlot = true): boolean {
  const { id, job, ctx } = turn
  const { previous } = job
  if (!previous || !isSame(previous, holder) || !may('return', job.state)) return false
  const attempt = attemptOf(job, holder)
  if (!attempt) return false
  letGo(turn, 'cancelled', { outcome: 'none', stop: 'an earlier attempt has come back' })
  Object.assign(attempt, { endedAt: null, outcome: null, error: null })
  job.holder = previous
  job.previous = null
  job.losses = Math.max(0, job.losses - 1)
  job.queueUntil = null
  dropTimers(turn, ['queue', 'again'])
  move(
    turn,
    'return',
    attempt.startedAt === null ? 'assigned' : 'running',
    holder.agent,
    'it came back in time',
  )
  watchAttempt(turn, attempt.acceptedAt ?? ctx.now)
  if (keepSlot)
    ctx.send(agent.at(holder.agent).kept({ job: id, attempt: holder.attempt, bound: job.boundTo !== null }))
  return true
}

/** The agent says hello with this attempt; it has taken a slot for it already. */
export function returned(turn: JobTurn, holder: Holder): void {
  if (isHolder(turn.job, holder) && !hasEnded(turn.job.state)) return
  if (takeBack(turn, holder, false)) return
  freeSlot(turn, holder, { outcome: 'none', stop: refused(turn, holder).reason ?? '' })
}

/** The agent is gone with it; maybe to come back. */
export function lost(turn: JobTurn, holder: Holder, why: string, final: boolean): void {
  const { job } = turn
  if (!isHolder(job, holder)) {
    if (final && job.previous && isSame(job.previous, holder)) job.previous = null
    return
  }
  if (job.state === 'offered') return takeBackOffer(turn, 'server', why, null)
  if (job.state === 'cancelling') return stopped(turn, 'server', why, null)
  failed(turn, { class: 'lost', message: why }, 'server', null)
  if (final) job.previous = null
}

/** What was being cancelled has ended, in whatever way. */
export function stopped(turn: JobTurn, by: string, reason: string, release: Release | null): void {
  letGo(turn, 'cancelled', release)
  end(turn, 'stop', 'cancelled', by, { reason })
}

/** An attempt has failed: another one follows, or none. */
export function failed(turn: JobTurn, error: JobError, by: string, release: Release | null): void {
  const { job, ctx, settings } = turn
  const { holder } = job
  letGo(turn, outcomeOf(error), release, error)
  const { failures, losses, crashes } = counted(job, error.class)
  Object.assign(job, { failures, losses, crashes })
  // Only one that was lost may come back.
  job.previous = error.class === 'lost' ? holder : null
  const verdict = judge(error, job, settings, ctx.random())
  if (verdict.what === 'fail') return end(turn, 'fail', 'failed', by, { reason: error.message, error })
  if (verdict.what === 'give_up') {
    const message = `given up: ${verdict.why}; the last time: ${error.message}`.slice(0, 2_000)
    return end(turn, 'give_up', 'dead', by, { reason: verdict.why, error: { ...error, message } })
  }
  job.error = error
  if (verdict.what === 'offer_again') {
    move(turn, 'lose', 'pending', by, error.message)
    return queue(turn)
  }
  move(turn, 'postpone', 'retry_wait', by, error.message)
  setTimer(turn, 'retry', ctx.now + verdict.afterMs, self(turn).retry())
}

function outcomeOf({ class: failure }: JobError): NonNullable<Attempt['outcome']> {
  if (failure === 'retriable' || failure === 'fatal') return 'failed'
  return failure === 'cancelled' ? 'lost' : failure
}
function releaseAfter(error: JobError): Release {
  const outcome = outcomeOf(error)
  if (outcome === 'lost') return { outcome: 'none' }
  return {
    outcome: outcome === 'crashed' || outcome === 'timeout' ? outcome : 'failed',
    error: error.message,
  }
}

type Finish = z.infer<typeof Finished>
const results = ['completed', 'no_change', 'partial'] as const

/** What a handed-in end comes to, and whether its result is the job's. */
export function finish(turn: JobTurn, input: Finish): { answer: Accepted; isResult: boolean } {
  const { job } = turn
  if (isRepeated(job, input)) {
    freeSlot(turn, input, { outcome: 'none' })
    return { answer: accepted, isResult: false }
  }
  if (!isHolder(job, input) && !takeBack(turn, input, false)) {
    // It has ended at the agent, so the slot it may still have there is free.
    freeSlot(turn, input, { outcome: 'none' })
    return { answer: refused(turn, input), isResult: false }
  }
  if (job.state === 'cancelling') {
    const answer = input.outcome === 'cancelled' ? accepted : refused(turn, input)
    stopped(turn, input.agent, 'the agent has stopped it', { outcome: 'none' })
    return { answer, isResult: false }
  }
  if (!may('finish', job.state)) return { answer: refused(turn, input), isResult: false }
  const result = results.find((outcome) => outcome === input.outcome)
  if (result === undefined) failed(turn, errorOf(input), input.agent, releaseAfter(errorOf(input)))
  else complete(turn, result, input.agent)
  return { answer: accepted, isResult: result !== undefined }
}

function complete(turn: JobTurn, outcome: (typeof results)[number], by: string): void {
  const { job } = turn
  letGo(turn, outcome, { outcome: 'done' })
  job.startedAt ??= turn.ctx.now
  job.hasResult = true
  end(turn, 'finish', outcome, by)
}

function errorOf({ outcome, error }: Finish): JobError {
  if (outcome === 'cancelled')
    return { class: 'cancelled', message: error?.message ?? 'the agent has stopped it by itself' }
  return error ?? { class: 'retriable', message: 'it failed without saying why' }
}

/** It was handed in before, or the server has said the same of it. */
function isRepeated(job: JobRecord, input: Finish): boolean {
  const attempt = attemptOf(job, input)
  if (!attempt || attempt.endedAt === null) return false
  if (attempt.outcome === input.outcome && input.outcome !== 'failed') return true
  if (results.some((outcome) => outcome === input.outcome)) return false
  const known = attempt.error?.class
  return known !== 'lost' && known === errorOf(input).class
}

/** The deadline has come, whoever has it. */
export function deadline(turn: JobTurn): void {
  const { job } = turn
  if (!may('expire', job.state)) return
  const message = `it has not ended within ${job.timeouts.deadlineMs} ms`
  letGo(turn, 'timeout', { outcome: 'none', stop: message })
  end(turn, 'expire', 'expired', 'server', { reason: message, error: { class: 'timeout', message } })
}
