/**
 * Timers that end an attempt. A time that runs out says something about an agent only if the agent could have been heard
 * meanwhile: so such a timer first sends the job another message, which comes only when the database has taken the
 * first. Where that took long, the database was away, and the attempt gets one more window, once.
 */
import type * as z from 'zod'
import type { Watched } from './messages.ts'
import type { Holder } from './state.ts'
import { type JobTurn, self, setTimer } from './turn.ts'

export type Watch = z.infer<typeof Watched>

export function watch(turn: JobTurn, set: Watch): void {
  setTimer(turn, set.what, set.due, self(turn).struck(set))
}

/** Sets the timers of an attempt that was accepted at `since`. Agents keep these times too; here is the net below them. */
export function watchAttempt(turn: JobTurn, since: number): void {
  const { job, ctx, settings } = turn
  const { attemptMs, stallMs } = job.timeouts
  const attempt = job.holder?.attempt ?? 0
  job.aliveAt = ctx.now
  if (attemptMs > 0)
    watch(turn, { what: 'attempt', attempt, due: since + attemptMs + settings.cancelGraceMs, again: false })
  if (stallMs > 0) watch(turn, { what: 'stall', attempt, due: stallDue(turn), again: false })
}

/** When the attempt counts as stalled, as far as it was heard of until now. */
export function stallDue({ job, settings }: JobTurn): number {
  return (job.aliveAt ?? 0) + job.timeouts.stallMs + settings.aliveMs + settings.cancelGraceMs
}

/** It strikes: first the job makes sure that the database is there. */
export function struck(turn: JobTurn, set: Watch): void {
  if (concerned(turn, set)) turn.ctx.send(self(turn).judged(set))
}

/** Whether the database was away when the time ran out. */
export function wasAway(
  { ctx, settings }: { readonly ctx: { readonly now: number }; readonly settings: JobTurn['settings'] },
  due: number,
): boolean {
  return ctx.now - due > settings.unhealthyMs / 10
}

/** The attempt that it is about, where that is still what the timer was set for. */
export function concerned({ job }: JobTurn, { what, attempt }: Watch): Holder | null {
  const { holder, state } = job
  if (holder?.attempt !== attempt) return null
  const fits = what === 'accept' ? state === 'offered' : state === 'assigned' || state === 'running'
  return fits ? holder : null
}
