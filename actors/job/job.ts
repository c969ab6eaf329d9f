/** The kind `job`: one actor per job, and all truth about it. */
import type * as z from 'zod'
import { actor, type Handlers, type Kind } from '#runtime/index.ts'
import { insertResult } from '#db/product/fleet.ts'
import { within } from '#db/product/within.ts'
import { agent } from '../agent/messages.ts'
import type { FleetSettings } from '../settings.ts'
import * as attempts from './attempt.ts'
import { cancel, cancelTimeout, changePriority, createJob } from './border.ts'
import { judged } from './judged.ts'
import { type Finished, jobMessages } from './messages.ts'
import { hasEnded } from '#specs/jobs.ts'
import { jobColumns, JobMemory } from './state.ts'
import { changing, JobSteps, unknown } from './steps.ts'
import { may } from './transitions.ts'
import { type JobTurn, move, queue } from './turn.ts'
import { jobDetail } from './view.ts'
import { struck } from './watch.ts'

type JobHandlers = Handlers<typeof JobMemory, typeof jobMessages>

export function jobKind(settings: FleetSettings): Kind {
  const steps = new JobSteps(settings)
  return actor(
    'job',
    {
      state: JobMemory,
      messages: jobMessages,
      table: 'product.job',
      columns: (memory) => jobColumns(memory, settings.ageingMs),
      tenant: ({ job }) => job?.team ?? '',
    },
    { ...forPeople(steps), ...forPrograms(steps), ...forActors(steps), ...forTimers(steps) },
  )
}

function forPeople(steps: JobSteps): Pick<JobHandlers, 'create' | 'cancel' | 'change' | 'get' | 'forget'> {
  return {
    create(memory, input, ctx) {
      const job = memory.job ?? createJob(memory, input, ctx, steps.settings)
      return jobDetail(ctx.key, job)
    },
    cancel: steps.wanted(cancel),
    change: steps.wanted(changePriority),
    get: steps.asked(({ id, job }) => jobDetail(id, job)),
    forget({ job }, _input, ctx) {
      if (!job || hasEnded(job.state)) ctx.stop()
    },
  }
}

type OfPrograms = 'accept' | 'decline' | 'started' | 'alive' | 'finish' | 'finishLarge'

function forPrograms(steps: JobSteps): Pick<JobHandlers, OfPrograms> {
  return {
    accept: steps.said(attempts.accept),
    decline: steps.said((turn, { reason, ...holder }) => attempts.decline(turn, holder, reason)),
    started: steps.said(attempts.start),
    alive: steps.said((turn, { progress, ...holder }) => attempts.alive(turn, holder, progress)),
    finish: steps.said((turn, input) => {
      const { answer, isResult } = attempts.finish(turn, input)
      const { agent: by, attempt, output } = input
      if (isResult) turn.job.result = { agent: by, attempt, output }
      return answer
    }),
    async finishLarge(memory, input, ctx) {
      const turn = steps.turnOf(memory, ctx)
      if (!turn) return unknown(ctx)
      const { answer, isResult } = changing(turn, () => attempts.finish(turn, input))
      if (isResult) await storeResult(turn, input)
      return answer
    },
  }
}

function forActors(
  steps: JobSteps,
): Pick<JobHandlers, 'granted' | 'lost' | 'returned' | 'placed' | 'retried'> {
  return {
    granted(memory, { name, ...holder }, ctx) {
      const turn = steps.turnOf(memory, ctx)
      if (turn) return changing(turn, () => attempts.grant(turn, holder, name))
      // It was announced, and never came.
      const { agent: who, attempt } = holder
      ctx.send(agent.at(who).freed({ job: ctx.key, attempt, outcome: 'none', error: null }))
      ctx.stop()
    },
    lost: steps.told((turn, { why, final, ...holder }) => attempts.lost(turn, holder, why, final)),
    returned: steps.told(attempts.returned),
    placed: steps.told((turn, { place }) => {
      if (hasEnded(turn.job.state) || turn.job.place === place) return
      turn.job.place = place
      if (turn.job.state === 'pending') queue(turn)
    }),
    retried: steps.told(({ job }, { job: again }) => {
      job.retriedAs = again
      job.version += 1
    }),
  }
}

type OfTimers =
  | ('due' | 'retry' | 'lookAgain' | 'queueTimeout')
  | ('deadline' | 'cancelTimeout' | 'struck' | 'judged')

function forTimers(steps: JobSteps): Pick<JobHandlers, OfTimers> {
  return {
    due: steps.told((turn) => goOn(turn, 'due')),
    retry: steps.told((turn) => goOn(turn, 'retry')),
    lookAgain: steps.told((turn) => {
      if (turn.job.state === 'pending') queue(turn)
    }),
    queueTimeout: steps.told((turn) => {
      const { state, queueUntil } = turn.job
      if (state === 'pending' && queueUntil !== null && queueUntil <= turn.ctx.now)
        attempts.queueTimedOut(turn)
    }),
    deadline: steps.told(attempts.deadline),
    cancelTimeout: steps.told((turn, { attempt }) => cancelTimeout(turn, attempt)),
    struck: steps.told(struck),
    judged: steps.told(judged),
  }
}

/** Its time has come: it waits for an agent. */
function goOn(turn: JobTurn, on: 'due' | 'retry'): void {
  if (!may(on, turn.job.state)) return
  turn.job.timers = turn.job.timers.filter((name) => name !== on)
  move(turn, on, 'pending', 'server')
  queue(turn)
}

type Finish = z.infer<typeof Finished>

async function storeResult({ id, job, ctx }: JobTurn, input: Finish): Promise<void> {
  const { agent: by, attempt, outcome, output } = input
  const text = JSON.stringify(output)
  await insertResult.run(within(ctx), id, job.team, attempt, by, job.tool, outcome, ctx.now, text)
}
