/** Agents and jobs as lists and pages show them: read from the rows of their actors. */
import type pg from 'pg'
import { agentOfRow, jobDetailOfRow, jobOfRow } from '#actors/index.ts'
import * as sql from '#db/product/live.ts'
import type { Queryable, RowOf } from '#db/statement.ts'
import { Frame } from '#specs/agent-link.ts'
import { type Agent, type AgentHealth, type AgentQuery, liveness, Load, type Pool } from '#specs/agents.ts'
import { type Job, type JobDetail, type JobQuery, type JobState, stateGroups } from '#specs/jobs.ts'
import type * as z from 'zod'
import { withTeam } from '../database/tenant.ts'
import type { Stretch } from '../live/rings.ts'
import { badInput } from '../rest/parse.ts'
import { withReason } from './waiting.ts'

/** More are not counted; whoever has so many knows. */
const pendingMax = 10_000
const positionMax = 1_000
const agentsMax = 10_000
const tailMax = 1_000

export interface Page<Item> {
  readonly items: Item[]
  readonly next: string | null
}

function agentOf({ key, state, seen_at, load, failures }: RowOf<typeof sql.listAgents>): Agent {
  const agent = agentOfRow({ key, state })
  // Registering makes the row of its presence: that says nothing of an agent that was never started.
  const { lastSeenAt } = agent
  return {
    ...agent,
    lastSeenAt: seen_at === null || lastSeenAt === null ? lastSeenAt : Math.max(seen_at, lastSeenAt),
    load: load === null ? agent.load : Load.parse(JSON.parse(load)),
    failures: failures ?? agent.failures,
  }
}

/** Reads of one team, each in a transaction that sees nothing else. */
export class Reads {
  readonly #pool: pg.Pool

  /** `pool`: on the schema of the product. */
  constructor(pool: pg.Pool) {
    this.#pool = pool
  }

  agents(team: string, query: z.output<typeof AgentQuery>): Promise<Page<Agent>> {
    const {
      after = null,
      liveness: level = null,
      standing = null,
      tag = null,
      capability = null,
      limit,
    } = query
    return withTeam(this.#pool, team, async (client) => {
      const rows = await sql.listAgents.run(client, team, after, level, standing, tag, capability, limit + 1)
      const items = rows.slice(0, limit).map(agentOf)
      return { items, next: rows.length > limit ? (items.at(-1)?.id ?? null) : null }
    })
  }
  async allAgents(team: string): Promise<Agent[]> {
    const { items } = await this.agents(team, { limit: agentsMax })
    return items
  }
  agentsOf(team: string, ids: readonly string[]): Promise<Agent[]> {
    return withTeam(this.#pool, team, async (client) =>
      (await sql.readAgents.run(client, team, ids)).map(agentOf),
    )
  }
  async agent(team: string, id: string): Promise<Agent | undefined> {
    return (await this.agentsOf(team, [id]))[0]
  }

  async pool(team: string): Promise<Pool> {
    const [row] = await withTeam(this.#pool, team, (client) => sql.readPool.run(client, team, pendingMax))
    if (!row) throw new TypeError('a count without a row')
    return { state: poolState(row), ...row }
  }
  async health(team: string): Promise<z.input<typeof AgentHealth>> {
    const rows = await withTeam(this.#pool, team, (client) => sql.countAgents.run(client, team))
    const of = (level: string) => rows.find((row) => row.liveness === level)?.agents ?? 0
    const counts = Object.fromEntries(liveness.map((level) => [level, of(level)])) as z.input<
      typeof AgentHealth
    >['counts']
    const neverSeen = rows.find((row) => row.liveness === 'offline')?.never_seen ?? 0
    const troubled = counts.degraded + counts.unhealthy + counts.offline - neverSeen
    const online = counts.healthy + counts.degraded
    const slotsOf = (levels: readonly string[]) =>
      rows.reduce((sum, row) => sum + (levels.includes(row.liveness) ? row.slots : 0), 0)
    const there = ['healthy', 'degraded']
    const capacity = { slots: slotsOf(there), usual: slotsOf([...there, 'unhealthy', 'offline']) }
    return { status: online === 0 ? 'none' : troubled > 0 ? 'degraded' : 'ok', counts, capacity }
  }

  jobs(team: string, query: z.output<typeof JobQuery>): Promise<Page<Job>> {
    return withTeam(this.#pool, team, async (client) => {
      const before = query.after === undefined ? null : await placeOf(client, team, query.after)
      const rows = await jobRows(client, team, query, before)
      const items = rows.slice(0, query.limit).map(jobOfRow)
      return { items, next: rows.length > query.limit ? (items.at(-1)?.id ?? null) : null }
    })
  }
  jobsOf(team: string, ids: readonly string[]): Promise<Job[]> {
    return withTeam(this.#pool, team, async (client) =>
      (await sql.readJobs.run(client, team, ids)).map(jobOfRow),
    )
  }
  /** The latest log lines of an attempt, as frames. */
  logTail(team: string, job: string, attempt: number, after: number): Promise<Stretch> {
    return withTeam(this.#pool, team, async (client) => {
      const rows = await sql.tailLog.run(client, team, job, attempt, after, tailMax)
      const frames = rows.toReversed().map((row) => Frame.parse({ type: 'log', ...row }))
      return { attempt, frames, whole: rows.length < tailMax }
    })
  }

  /** With what it waits for, where it waits. */
  job(team: string, id: string): Promise<JobDetail | undefined> {
    return withTeam(this.#pool, team, async (client) => {
      const [row] = await sql.readJobs.run(client, team, [id])
      if (!row) return undefined
      const job = jobDetailOfRow(row)
      if (job.state !== 'pending') return job
      const [waiting] = await sql.readWaiting.run(client, team, id, positionMax)
      return waiting ? { ...job, waiting: withReason(job, waiting) } : job
    })
  }
}

/** Offline: nobody is there. Degraded: somebody is missed who was there lately. */
function poolState({
  online,
  degraded,
  missing,
  running,
}: {
  online: number
  degraded: number
  missing: number
  running: number
}): Pool['state'] {
  if (online === 0) return 'offline'
  if (degraded + missing > 0) return 'degraded'
  return running > 0 ? 'busy' : 'idle'
}

async function placeOf(client: Queryable, team: string, after: string): Promise<number> {
  const [row] = await sql.placeOfJob.run(client, team, after)
  if (row) return row.seq
  throw badInput([{ path: 'query.after', message: "is no cursor: give the 'next' of the page before" }])
}

function jobRows(client: Queryable, team: string, query: z.output<typeof JobQuery>, before: number | null) {
  const { tool = null, agent = null, limit } = query
  const states = statesOf(query)
  return states === null
    ? sql.listJobs.run(client, team, before, tool, agent, limit + 1)
    : sql.listJobsByState.run(client, team, before, tool, agent, states, limit + 1)
}

/** Null: all of them. */
function statesOf({
  state,
  group,
}: Pick<z.output<typeof JobQuery>, 'state' | 'group'>): readonly JobState[] | null {
  if (group === undefined) return state === undefined ? null : [state]
  return state === undefined ? stateGroups[group] : stateGroups[group].filter((one) => one === state)
}
