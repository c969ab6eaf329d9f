/** A time has run out for an attempt, and the database was there: what follows. */
import { failed, passOver } from './attempt.ts'
import type { JobTurn } from './turn.ts'
import { concerned, stallDue, type Watch, wasAway, watch } from './watch.ts'

export function judged(turn: JobTurn, set: Watch): void {
  const { job, ctx, settings } = turn
  if (!concerned(turn, set)) return
  if (set.what === 'stall' && stallDue(turn) > ctx.now)
    return watch(turn, { ...set, due: stallDue(turn), again: false })
  if (wasAway(turn, set.due) && !set.again) {
    const windowMs = set.what === 'accept' ? settings.acceptMs : settings.unhealthyMs
    return watch(turn, { ...set, due: ctx.now + windowMs, again: true })
  }
  if (set.what === 'accept') {
    const reason = 'it was not accepted in time'
    return passOver(turn, 'server', reason, { outcome: 'not_accepted', error: reason })
  }
  const { attemptMs, stallMs } = job.timeouts
  const message =
    set.what === 'attempt'
      ? `the attempt took longer than ${attemptMs} ms`
      : `there was no progress for ${stallMs} ms`
  failed(turn, { class: 'timeout', message }, 'server', { outcome: 'timeout', stop: message })
}
