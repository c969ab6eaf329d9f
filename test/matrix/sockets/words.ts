/**
 * What each event of the two sockets is said with. One without an entry does not compile, and the matrix fails: nobody adds one and
 * forgets to say what of it belongs to whom.
 */
import type { agentSays } from '#specs/agent-link.ts'
import type { RunningAttempt } from '#specs/agents.ts'
import type { dashboardSays, Position } from '#specs/live.ts'
import { frames, load } from '../../server/link/test-agent.ts'
import { agentFacts } from '../callers.ts'

export interface AgentWord {
  readonly payload: (attempt: RunningAttempt) => unknown
  /** How far an attempt of its own has to be for this word to count; absent where the word names none. */
  readonly counts?: 'offered' | 'accepted' | 'started'
  /** Whether the answer takes the attempt for the agent's own. */
  readonly isTaken?: (answer: unknown, attempt: RunningAttempt) => boolean
  /** What is not its own it is told to stop. */
  readonly stops?: true
}

const isAccepted = (answer: unknown) => (answer as { accepted?: unknown }).accepted === true

export const agentWords: Readonly<Record<keyof typeof agentSays, AgentWord>> = {
  hello: {
    payload: (attempt) => ({ facts: agentFacts, running: [attempt] }),
    counts: 'started',
    isTaken: (answer, { job }) => JSON.stringify((answer as { keep: unknown }).keep).includes(job),
  },
  beat: {
    payload: (attempt) => ({ load, running: [attempt], draining: false }),
    counts: 'started',
    stops: true,
  },
  accept: { payload: (attempt) => attempt, counts: 'offered', isTaken: isAccepted },
  decline: {
    payload: (attempt) => ({ ...attempt, reason: 'no room' }),
    counts: 'offered',
    isTaken: isAccepted,
  },
  started: { payload: (attempt) => attempt, counts: 'accepted', isTaken: isAccepted },
  frames: {
    payload: (attempt) => ({ ...attempt, frames: frames(1, 2) }),
    counts: 'started',
    isTaken: isAccepted,
  },
  finish: {
    payload: (attempt) => ({ ...attempt, outcome: 'completed', output: 'forged', frames: 2 }),
    counts: 'started',
    isTaken: isAccepted,
  },
  claim: { payload: () => ({ free: 1 }) },
}

/** What a page may name. */
export interface Named {
  readonly job: string
  readonly agent: string
  /** Of the team's list of jobs, as a page there was told. */
  readonly position: Position
}

export interface PageWord {
  /** What the word says that belongs to somebody. */
  readonly names: readonly (keyof Named)[]
  readonly payload: (named: Named) => unknown
}

const jobsOf = (query: object) => ({ topic: 'jobs', query })

export const pageWords: Readonly<Record<keyof typeof dashboardSays, readonly PageWord[]>> = {
  watch: [
    { names: [], payload: () => ({ topic: 'pool' }) },
    { names: [], payload: () => ({ topic: 'agents' }) },
    { names: [], payload: () => jobsOf({}) },
    { names: ['job'], payload: ({ job }) => ({ topic: 'job', job }) },
    {
      names: ['job', 'position'],
      payload: ({ job, position: since }) => ({ topic: 'job', job, since, frame: { attempt: 1, seq: 1 } }),
    },
    { names: ['agent'], payload: ({ agent }) => jobsOf({ agent }) },
    { names: ['agent'], payload: ({ agent }) => jobsOf({ agent, group: 'active' }) },
    { names: ['job'], payload: ({ job }) => jobsOf({ after: job }) },
    { names: ['position'], payload: ({ position: since }) => ({ topic: 'jobs', since }) },
    { names: ['position'], payload: ({ position: since }) => ({ topic: 'agents', since }) },
    { names: ['position'], payload: ({ position: since }) => ({ topic: 'pool', since }) },
  ],
  unwatch: [
    { names: [], payload: () => ({ topic: 'jobs' }) },
    { names: ['job'], payload: ({ job }) => ({ topic: 'job', job }) },
  ],
}
