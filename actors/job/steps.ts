/** How a job's handlers run their steps: by whom they may be asked, and who hears of what has changed. */
import type { Context } from '#runtime/index.ts'
import type { Accepted } from '#specs/agent-link.ts'
import type { Job } from '#specs/jobs.ts'
import type { FleetSettings } from '../settings.ts'
import type { jobMessages } from './messages.ts'
import type { JobMemory } from './state.ts'
import { type JobTurn, tell } from './turn.ts'
import { jobView } from './view.ts'

export type JobContext = Context<typeof jobMessages>

export class JobSteps {
  readonly settings: FleetSettings

  constructor(settings: FleetSettings) {
    this.settings = settings
  }

  turnOf({ job }: JobMemory, ctx: JobContext): JobTurn | null {
    return job && { id: ctx.key, job, ctx, settings: this.settings }
  }

  /** People ask about a job that must be there. */
  asked<Input, Reply>(work: (turn: JobTurn, input: Input) => Reply) {
    return (memory: JobMemory, input: Input, ctx: JobContext): Reply => {
      const turn = this.turnOf(memory, ctx) ?? ctx.refuse(`there is no job ${ctx.key}`, { code: 'not_found' })
      return changing(turn, () => work(turn, input))
    }
  }

  /** People want something of it, and see it as it is afterwards. */
  wanted<Input>(work: (turn: JobTurn, input: Input) => void) {
    return this.asked((turn, input: Input): Job => {
      work(turn, input)
      return jobView(turn.id, turn.job)
    })
  }

  /** An agent's word; about a job that is not there it does not count. */
  said<Input>(work: (turn: JobTurn, input: Input) => Accepted) {
    return (memory: JobMemory, input: Input, ctx: JobContext): Accepted => {
      const turn = this.turnOf(memory, ctx)
      return turn ? changing(turn, () => work(turn, input)) : unknown(ctx)
    }
  }

  /** Told by an actor or a timer. */
  told<Input>(work: (turn: JobTurn, input: Input) => void) {
    return (memory: JobMemory, input: Input, ctx: JobContext): void => {
      const turn = this.turnOf(memory, ctx)
      if (turn) changing(turn, () => work(turn, input))
      else ctx.stop()
    }
  }
}

/** Runs a step; where it has changed the job, everybody hears of it. */
export function changing<Result>(turn: JobTurn, work: () => Result): Result {
  const { id, job } = turn
  const before = job.version
  const result = work()
  if (job.version !== before) tell(turn, { type: 'job', team: job.team, job: jobView(id, job) })
  return result
}

/** Nothing is left of an actor that was never a job. */
export function unknown(ctx: JobContext): Accepted {
  ctx.stop()
  return { accepted: false, reason: `there is no job ${ctx.key}` }
}
