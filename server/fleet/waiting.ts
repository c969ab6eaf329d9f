/** Why a pending job waits: a pure function of what is there. */
import type { Job } from '#specs/jobs.ts'
import { folderIn } from '#specs/tools.ts'

/** Counted for the job: who could run it, who of them looks into its folder, is there, may work, and has room. */
export interface Surroundings {
  /** Jobs before it, counted up to a limit. */
  readonly before: number
  readonly agents: number
  readonly skilled: number
  readonly able: number
  readonly online: number
  readonly active: number
  readonly open: number
  /** Active, but without a share of attempts for now. */
  readonly spent: number
  /** Null: the agent that it is bound to is gone. */
  readonly bound_name: string | null
  readonly bound_liveness: string | null
  readonly bound_standing: string | null
  readonly bound_connected: boolean | null
  readonly bound_ending: boolean | null
  readonly bound_spent: boolean | null
  readonly placement: string | null
  /** How many jobs of the team may run at once, and how many do, counted up to that. */
  readonly running_max: number | null
  readonly running: number
}
type Waiting = NonNullable<Job['waiting']>
type Waiter = Pick<Job, 'boundTo' | 'tool' | 'params'>

export function withReason(job: Waiter, around: Surroundings): Waiting {
  const { reason, detail } = job.boundTo === null ? ofAny(job, around) : ofBound(around)
  return { reason, detail, position: around.before + 1 }
}

type Reason = Pick<Waiting, 'reason' | 'detail'>

/** First whether the agent is there: whatever else is so of it, nothing runs where nobody is. */
function ofBound(around: Surroundings): Reason {
  const { bound_name: name, bound_standing: standing, bound_spent: spent, before } = around
  if (name === null)
    return {
      reason: 'bound_agent_offline',
      detail: 'The agent that it is bound to is not there any more: cancel it.',
    }
  if (standing === 'revoked')
    return {
      reason: 'bound_agent_offline',
      detail: `The agent '${name}', which it is bound to, is revoked: cancel it, or enrol the agent anew.`,
    }
  if (!isOnline(around)) return { reason: 'bound_agent_offline', detail: away(name, around) }
  if (around.bound_ending === true)
    return {
      reason: 'bound_agent_offline',
      detail: `The program of the agent '${name}', which it is bound to, is ending. It runs when that is started again.`,
    }
  if (standing !== 'active')
    return {
      reason: 'agents_paused',
      detail: `The agent '${name}', which it is bound to, ${held(standing)}.`,
    }
  if (isFull(around)) return teamLimit(around)
  const why = spent === true ? hadShare : 'has no free slot'
  return {
    reason: 'bound_agent_busy',
    detail: `The agent that it is bound to ${why}; ${before} jobs are before it.`,
  }
}

function held(standing: string | null): string {
  return standing === 'pending_approval'
    ? 'waits for approval: an admin resumes it'
    : `is ${standing}: resume it`
}

function isOnline({ bound_connected: connected, bound_liveness: level }: Surroundings): boolean {
  return connected === true && (level === 'healthy' || level === 'degraded')
}

function away(name: string, { bound_liveness: level }: Surroundings): string {
  const how = level === 'healthy' || level === 'degraded' ? 'was cut off a moment ago' : `is ${level}`
  return `The agent '${name}', which it is bound to, ${how}. It runs when that is back.`
}

function isFull({ running, running_max: max }: Surroundings): boolean {
  return max !== null && running >= max
}
function teamLimit({ running_max: max, before }: Surroundings): Reason {
  return {
    reason: 'team_limit',
    detail: `${max} jobs of the team are running, which is the most that it allows at once; ${before} jobs are before it.`,
  }
}

const hadShare = 'has had its share of attempts for this minute'

/** Why none of the active agents takes it. */
function closed({ active, spent }: Surroundings): string {
  if (spent === 0) return `All ${active} agents that can run it are busy`
  if (spent < active)
    return `All ${active} agents that can run it are busy, or have had their share of attempts for this minute: ${spent} of them`
  if (active === 1) return `The only agent that can run it ${hadShare}`
  return `All ${active} agents that can run it have had their share of attempts for this minute`
}

function ofAny({ tool, params }: Waiter, around: Surroundings): Reason {
  const { agents, skilled, able, online, active, open, before, placement } = around
  if (agents === 0) return { reason: 'no_agents', detail: 'There are no agents yet: enrol one.' }
  if (skilled === 0)
    return {
      reason: 'no_capable_agent',
      detail: `None of the ${agents} agents can run '${tool}' with the capabilities and tags that are asked for.`,
    }
  if (able === 0)
    return {
      reason: 'no_capable_agent',
      detail: `None of the ${skilled} agents that can run '${tool}' may look into '${folderIn(params)}': start one with --root and that folder, or cancel it.`,
    }
  if (online === 0)
    return { reason: 'no_agents', detail: `None of the ${able} agents that can run it is online: start one.` }
  if (active === 0)
    return {
      reason: 'agents_paused',
      detail: `All ${online} agents that can run it are paused, cordoned or draining: resume one.`,
    }
  if (isFull(around)) return teamLimit(around)
  if (open === 0)
    return {
      reason: 'agents_busy',
      detail: `${closed(around)}; ${before} jobs are before it.`,
    }
  if (placement === 'strict-pull')
    return {
      reason: 'queued',
      detail: 'It runs when an agent asks for work: this team has its agents claim.',
    }
  return { reason: 'queued', detail: before === 0 ? 'It is next.' : `${before} jobs are before it.` }
}
