/** What the scripted server says: the people, agents and jobs that a spec puts there. */
import type * as z from 'zod'
import type { Frame } from '#specs/agent-link.ts'
import type { Agent, AgentEvent, AgentToken, Pool } from '#specs/agents.ts'
import { Job, type JobDetail, type JobQuery, type LogLine, stateGroups } from '#specs/jobs.ts'
import type { Snapshot, Watch } from '#specs/live.ts'
import type { Me } from '#specs/people.ts'
import type { Problem } from '#specs/problem.ts'
import type { RouteName } from '#specs/routes.ts'
import type { Topics } from './contract-topics.ts'
import { problem } from './problem.ts'

type Whole = { [T in Snapshot['topic']]: Omit<Extract<Snapshot, { topic: T }>, 'at'> }[Snapshot['topic']]

export class World {
  me: Me | null
  readonly agents = new Map<string, Agent>()
  readonly jobs = new Map<string, JobDetail>()
  readonly events: AgentEvent[] = []
  readonly tokens: z.infer<typeof AgentToken>[] = []
  readonly frames = new Map<string, readonly Frame[]>()
  readonly logs = new Map<string, readonly LogLine[]>()
  readonly results = new Map<string, z.infer<ReturnType<typeof z.json>>>()
  /** Routes and topics that are refused, and with what. */
  readonly refused = new Map<RouteName | Snapshot['topic'], Problem>()
  /** Routes that never answer. */
  readonly silent = new Set<RouteName>()
  readonly #topics: Topics

  constructor(topics: Topics, me: Me | null) {
    this.#topics = topics
    this.me = me
  }

  /** Puts agents there, and tells. */
  putAgent(...agents: readonly Agent[]): void {
    for (const agent of agents) this.agents.set(agent.id, agent)
    this.#topics.tell({ topic: 'agents', changed: [...agents], removed: [] })
    this.#topics.tell({ topic: 'pool', pool: this.pool() })
  }

  changeAgent(id: string, change: Partial<Agent>): Agent {
    const before = this.agents.get(id)
    if (before === undefined) throw new Error(`there is no agent ${id}`)
    const agent = { ...before, ...change, version: before.version + 1 }
    this.putAgent(agent)
    return agent
  }

  removeAgent(id: string): void {
    this.agents.delete(id)
    this.#topics.tell({ topic: 'agents', changed: [], removed: [id] })
    this.#topics.tell({ topic: 'pool', pool: this.pool() })
  }

  putJob(...jobs: readonly JobDetail[]): void {
    for (const job of jobs) {
      this.jobs.set(job.id, job)
      this.#topics.tell({ topic: 'job', job })
    }
    this.#topics.tell({ topic: 'jobs', changed: jobs.map((job) => Job.parse(job)), removed: [] })
    this.#topics.tell({ topic: 'pool', pool: this.pool() })
  }

  changeJob(id: string, change: Partial<JobDetail>): JobDetail {
    const before = this.jobs.get(id)
    if (before === undefined) throw new Error(`there is no job ${id}`)
    const job = { ...before, ...change, version: before.version + 1 }
    this.putJob(job)
    return job
  }

  pool(): Pool {
    const agents = [...this.agents.values()]
    const online = agents.filter(({ liveness }) => liveness === 'healthy' || liveness === 'degraded')
    const jobs = [...this.jobs.values()]
    const running = jobs.filter(({ state }) => state === 'running').length
    const degraded = agents.filter(({ liveness }) => liveness === 'degraded').length
    const missing = agents.filter(
      ({ liveness, lastSeenAt }) => lastSeenAt !== null && ['unhealthy', 'offline'].includes(liveness),
    ).length
    const isTroubled = degraded + missing > 0
    return {
      state: online.length === 0 ? 'offline' : isTroubled ? 'degraded' : running > 0 ? 'busy' : 'idle',
      agents: agents.length,
      online: online.length,
      idle: online.filter((agent) => agent.running.length === 0).length,
      degraded,
      missing,
      running,
      pending: jobs.filter(({ state }) => state === 'pending').length,
    }
  }

  page(query: JobQuery): { items: Job[]; next: string | null } {
    const { limit, after, state, group, tool, agent } = query
    const all = [...this.jobs.values()]
      .filter((job) => state === undefined || job.state === state)
      .filter((job) => group === undefined || stateGroups[group].includes(job.state))
      .filter((job) => tool === undefined || job.tool === tool)
      .filter((job) => agent === undefined || job.agent === agent || job.boundTo === agent)
      .toSorted((one, other) => other.submittedAt - one.submittedAt || (one.id < other.id ? 1 : -1))
    const from = after === undefined ? 0 : all.findIndex(({ id }) => id === after) + 1
    const items = all.slice(from, from + limit)
    const next = all.length > from + limit ? (items.at(-1)?.id ?? null) : null
    return { items: items.map((job) => Job.parse(job)), next }
  }

  snapshot(watch: Watch): Whole | Problem {
    const refused = this.refused.get(watch.topic)
    if (refused !== undefined) return refused
    switch (watch.topic) {
      case 'pool':
        return { topic: 'pool', pool: this.pool() }
      case 'agents':
        return { topic: 'agents', agents: [...this.agents.values()] }
      case 'jobs': {
        const { items, next } = this.page(watch.query)
        return { topic: 'jobs', jobs: items, next }
      }
      case 'job': {
        const job = this.jobs.get(watch.job)
        if (job === undefined) return problem('not_found', 'There is no such job.')
        const seq = watch.frame?.attempt === job.attempt ? watch.frame.seq : 0
        const frames = (this.frames.get(job.id) ?? []).filter((frame) => frame.seq > seq)
        return { topic: 'job', job, attempt: job.attempt, frames }
      }
    }
  }

  /** What a running attempt tells; it is kept for those who come later. */
  tellFrames(id: string, ...frames: readonly Frame[]): void {
    this.frames.set(id, [...(this.frames.get(id) ?? []), ...frames])
    this.#topics.frames(id, this.jobs.get(id)?.attempt ?? 1, frames)
  }
}
