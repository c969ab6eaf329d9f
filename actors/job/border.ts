/** What people want of a job. */
import type * as z from 'zod'
import type { Context } from '#runtime/index.ts'
import { hasEnded } from '#specs/jobs.ts'
import { folderIn } from '#specs/tools.ts'
import { agent as agents } from '../agent/messages.ts'
import { coordinator } from '../coordinator/messages.ts'
import { placeOf } from '../place.ts'
import type { FleetSettings } from '../settings.ts'
import { stopped } from './attempt.ts'
import { Created, job as jobs, type jobMessages } from './messages.ts'
import { headOf, type JobMemory, type JobRecord } from './state.ts'
import { end, type JobTurn, letGo, move, note, queue, self, setTimer, tell } from './turn.ts'
import { checkStep, may } from './transitions.ts'
import { cancelOf, deadlineOf, jobView } from './view.ts'

type Creation = z.output<typeof Created>

export function createJob(
  memory: JobMemory,
  input: Creation,
  ctx: Context<typeof jobMessages>,
  settings: FleetSettings,
): JobRecord {
  const { notBefore } = input.spec
  const state = notBefore !== undefined && notBefore > ctx.now ? 'scheduled' : 'pending'
  const job = recordOf(input, state)
  memory.job = job
  const turn: JobTurn = { id: ctx.key, job, ctx, settings }
  checkStep('create', 'new', state)
  note(turn, input.submittedBy)
  const deadlineAt = deadlineOf(job)
  if (deadlineAt !== null) setTimer(turn, 'deadline', deadlineAt, self(turn).deadline())
  if (state === 'pending') queue(turn)
  else setTimer(turn, 'due', notBefore ?? ctx.now, self(turn).due())
  if (job.retryOf !== null) ctx.send(jobs.at(job.retryOf).retried({ job: ctx.key }))
  tell(turn, { type: 'job', team: job.team, job: jobView(ctx.key, job) })
  return job
}

/**
 * What a job's coordinator is told while the job is being created: send it first, and at the same time, with `node.ask`, and
 * don't wait for it. It saves the time of a commit; where it is lost nothing is. Null for a job that is not to wait now.
 */
export function announced(id: string, creation: z.input<typeof Created>) {
  const input = Created.parse(creation)
  if (input.spec.notBefore !== undefined) return null
  return coordinator.at(input.team).expect(headOf(id, recordOf(input, 'pending'), 0))
}

/** As folders are compared; null where it looks into none. */
function folderOf(params: Creation['spec']['params']): string | null {
  const folder = folderIn(params)
  return folder === null ? null : placeOf(folder)
}

function recordOf(
  { team, spec, capabilities, seq, at, submittedBy, place, boundName, retryOf }: Creation,
  state: JobRecord['state'],
): JobRecord {
  return {
    version: 0,
    team,
    tool: spec.tool,
    params: spec.params,
    priority: spec.priority,
    boundTo: spec.agent ?? null,
    boundName,
    folder: folderOf(spec.params),
    place: spec.agent === undefined ? place : null,
    tags: spec.tags,
    capabilities,
    retry: spec.retry,
    timeouts: spec.timeouts,
    notBefore: spec.notBefore ?? null,
    seq,
    submittedBy,
    submittedAt: at,
    retryOf,
    retriedAs: null,
    state,
    attempt: 0,
    holder: null,
    previous: null,
    failures: 0,
    losses: 0,
    crashes: 0,
    passedOver: [],
    queueUntil: null,
    cancelled: null,
    progress: null,
    aliveAt: null,
    error: null,
    hasResult: false,
    result: null,
    startedAt: null,
    endedAt: null,
    attempts: [],
    events: [],
    lastEvent: 0,
    timers: [],
  }
}

/** Ends 'cancelled' in any case: at once where nobody works on it, else when its agent has stopped or had time enough. */
export function cancel(turn: JobTurn, { by, reason }: { by: string; reason: string | null }): void {
  const { id, job, ctx, settings } = turn
  if (job.state === 'cancelled') return
  if (hasEnded(job.state))
    ctx.refuse(`the job has ended already: it is ${job.state}`, { code: 'wrong_state' })
  if (job.state !== 'cancelling') job.cancelled = { by, reason }
  const { holder } = job
  if (holder) {
    const wanted = { id, attempt: holder.attempt, graceMs: settings.cancelGraceMs }
    tell(turn, { type: 'cancel', agent: holder.agent, cancel: cancelOf(wanted, { by, reason }) })
  }
  if (may('drop', job.state)) {
    letGo(turn, 'cancelled', { outcome: 'none' })
    end(turn, 'drop', 'cancelled', by, { reason })
  } else if (may('cancel', job.state)) {
    move(turn, 'cancel', 'cancelling', by, reason)
    const attempt = holder?.attempt ?? 0
    if (holder) ctx.send(agents.at(holder.agent).stopping({ job: id, attempt }))
    const due = ctx.now + settings.cancelGraceMs + settings.acceptMs
    setTimer(turn, 'cancel', due, self(turn).cancelTimeout({ attempt }))
  }
}

/** The agent has had its grace and has not answered: the job does not wait for it. */
export function cancelTimeout(turn: JobTurn, attempt: number): void {
  if (turn.job.state !== 'cancelling' || turn.job.holder?.attempt !== attempt) return
  const reason = 'the agent has not answered in time'
  stopped(turn, 'server', reason, { outcome: 'timeout', error: reason })
}

export function changePriority(turn: JobTurn, { by, priority }: { by: string; priority: number }): void {
  const { job, ctx } = turn
  if (job.priority === priority) return
  if (!['scheduled', 'pending', 'retry_wait'].includes(job.state))
    ctx.refuse(`only a waiting job's priority can be changed, and this one is ${job.state}`, {
      code: 'wrong_state',
    })
  job.priority = priority
  note(turn, by, `priority ${priority}`)
}
