/** Why a pending job waits: a pure function of what is there. */
import type { Job } from '#specs/jobs.ts'

/** Counted for the job: who could run it, who of them is there, may work, and has room. */
export interface Surroundings {
  /** Jobs before it, counted up to a limit. */
  readonly before: number
  readonly agents: number
  readonly able: number
  readonly online: number
  readonly active: number
  readonly open: number
  readonly bound_liveness: string | null
  readonly bound_standing: string | null
  readonly placement: string | null
}
type Waiting = NonNullable<Job['waiting']>

export function withReason(job: Pick<Job, 'boundTo' | 'tool'>, around: Surroundings): Waiting {
  const { reason, detail } = job.boundTo === null ? ofAny(job.tool, around) : ofBound(around)
  return { reason, detail, position: around.before + 1 }
}

type Reason = Pick<Waiting, 'reason' | 'detail'>

function ofBound({ bound_liveness: level, bound_standing: standing, before }: Surroundings): Reason {
  if (level === null)
    return {
      reason: 'bound_agent_offline',
      detail: 'The agent that it is bound to is not there any more: cancel it.',
    }
  if (level !== 'healthy' && level !== 'degraded')
    return {
      reason: 'bound_agent_offline',
      detail: `The agent that it is bound to is ${level}. It runs when that is back.`,
    }
  if (standing !== 'active')
    return { reason: 'agents_paused', detail: `The agent that it is bound to is ${standing}: resume it.` }
  return {
    reason: 'bound_agent_busy',
    detail: `The agent that it is bound to has no free slot; ${before} jobs are before it.`,
  }
}

function ofAny(
  tool: string,
  { agents, able, online, active, open, before, placement }: Surroundings,
): Reason {
  if (agents === 0) return { reason: 'no_agents', detail: 'There are no agents yet: enrol one.' }
  if (able === 0)
    return {
      reason: 'no_capable_agent',
      detail: `None of the ${agents} agents can run '${tool}' with the capabilities and tags that are asked for.`,
    }
  if (online === 0)
    return { reason: 'no_agents', detail: `None of the ${able} agents that can run it is online: start one.` }
  if (active === 0)
    return {
      reason: 'agents_paused',
      detail: `All ${online} agents that can run it are paused, cordoned or draining: resume one.`,
    }
  if (open === 0)
    return {
      reason: 'agents_busy',
      detail: `All ${active} agents that can run it are busy; ${before} jobs are before it.`,
    }
  if (placement === 'strict-pull')
    return {
      reason: 'queued',
      detail: 'It runs when an agent asks for work: this team has its agents claim.',
    }
  return { reason: 'queued', detail: before === 0 ? 'It is next.' : `${before} jobs are before it.` }
}
