/** What holds after every single commit, and when all is quiet. */
import { expect } from 'chai'
import type { AgentMemory, AgentRecord } from '#actors/agent/state.ts'
import { slotsOf } from '#actors/agent/state.ts'
import type { JobMemory, JobRecord } from '#actors/job/state.ts'
import { transitions } from '#actors/job/transitions.ts'
import { hasEnded } from '#specs/jobs.ts'
import type { MemoryTables } from '#runtime/testing/memory/tables.ts'

const steps = new Set(transitions.map(({ from, to }) => `${from} ${to}`))

export interface Limits {
  readonly claimsPerMinute: number
  readonly runningMax: number | null
}

const underWay: ReadonlySet<string> = new Set(['offered', 'assigned', 'running', 'cancelling'])

function cameBack({ events }: JobRecord): boolean {
  const waited = events.findLastIndex(({ state }) => state === 'pending')
  return events.slice(waited + 1).some(({ reason }) => reason === 'it came back in time')
}

/** Watches every commit; throws into it what is broken. */
export class Invariants {
  readonly #tables: MemoryTables
  readonly #limits: Limits
  readonly #jobs = new Map<string, JobRecord>()
  readonly #lastGrants = new Map<string, number>()
  /** By agent, then by job and attempt, in the order in which they were granted: when, at the earliest. */
  readonly #granted = new Map<string, Map<string, number>>()
  readonly broken: string[] = []

  constructor(tables: MemoryTables, limits: Limits) {
    this.#tables = tables
    this.#limits = limits
    tables.observe((transition) => {
      if (transition.what !== 'committed') return
      for (const { kind, key, state } of transition.commit.states) {
        if (state === null) continue
        if (kind === 'job') this.#job(key, (JSON.parse(state) as JobMemory).job)
        if (kind === 'agent') this.#agent(key, (JSON.parse(state) as AgentMemory).agent)
      }
      this.#underWay()
    })
  }

  /** Those that came back run over the limit: nobody could know that they still did. */
  #underWay(): void {
    const { runningMax } = this.#limits
    if (runningMax === null) return
    const given = [...this.#jobs].filter(([, job]) => underWay.has(job.state) && !cameBack(job))
    if (given.length > runningMax)
      this.broken.push(`${given.map(([key]) => key).join(', ')} are under way, and ${runningMax} may be`)
  }

  #job(key: string, job: JobRecord | null): void {
    if (!job) return
    const before = this.#jobs.get(key)
    this.#jobs.set(key, job)
    const say = (what: string) => this.broken.push(`${key}: ${what}`)
    if (job.state === 'assigned' && !job.holder) say('it is assigned to nobody')
    if (hasEnded(job.state) && job.holder) say('it has ended, and somebody holds it')
    if (job.hasResult !== ['completed', 'no_change', 'partial'].includes(job.state))
      say(`it is ${job.state}, and hasResult is ${job.hasResult}`)
    if (!before) return
    if (job.attempt < before.attempt) say(`its attempt number fell from ${before.attempt} to ${job.attempt}`)
    if (job.version < before.version) say('its version fell')
    if (hasEnded(before.state) && job.state !== before.state) say(`${before.state} became ${job.state}`)
    if (before.state === 'cancelling' && !['cancelling', 'cancelled'].includes(job.state))
      say(`it was being cancelled and is ${job.state}`)
    this.#events(say, before, job)
  }

  /** One commit may hold several turns: its events show each step. */
  #events(say: (what: string) => void, before: JobRecord, job: JobRecord): void {
    let { state } = before
    for (const event of job.events.filter(({ seq }) => seq > before.lastEvent)) {
      if (event.state !== state && !steps.has(`${state} ${event.state}`))
        say(`it went from ${state} to ${event.state}`)
      state = event.state
    }
  }

  #agent(key: string, agent: AgentRecord | null): void {
    if (!agent) return
    if (agent.held.length > slotsOf(agent))
      this.broken.push(`${key}: holds ${agent.held.length} on ${slotsOf(agent)} slots`)
    this.#share(key, agent)
  }

  /** In no stretch of time is an agent granted more than the share of a minute, and of that stretch. */
  #share(key: string, { held, grantedAt }: AgentRecord): void {
    const granted = this.#granted.get(key) ?? new Map<string, number>()
    this.#granted.set(key, granted)
    const from = this.#lastGrants.get(key) ?? grantedAt
    this.#lastGrants.set(key, grantedAt)
    const fresh = held.map(({ job, attempt }) => `${job} ${attempt}`).filter((name) => !granted.has(name))
    // One commit may hold several turns; the agent remembers when the last of them was.
    for (const name of fresh) granted.set(name, name === fresh.at(-1) ? grantedAt : from)
    if (fresh.length === 0) return
    const all = [...granted.values()]
    for (const [at, since] of all.entries()) {
      const ms = grantedAt - since
      const most = this.#limits.claimsPerMinute * (1 + ms / 60_000)
      if (all.length - at > most + 0.001)
        this.broken.push(`${key}: was granted ${all.length - at} attempts in ${ms} ms`)
    }
  }

  /** When all is quiet: everything has ended, nothing is held, and each result is that of an accepted attempt. */
  checkEnd(jobs: readonly string[]): void {
    expect(this.broken.join('; ')).to.equal('')
    expect([...this.#tables.dead.values()].map(({ reason }) => reason).join('; ')).to.equal('')
    const large = this.#tables.modelled.get('large_result') ?? []
    const rows = this.#tables.actorsIn('product.job')
    for (const key of jobs) {
      const row = rows.get(`job/${key}`)
      const { job } = JSON.parse(row?.state ?? '{}') as JobMemory
      expect(job && hasEnded(job.state), `${key} is ${job?.state}`).to.equal(true)
      const found = [
        ...large.filter((result) => result['job'] === key).map(({ output }) => JSON.parse(String(output))),
        ...(job?.result ? [job.result.output] : []),
      ]
      expect(found.length, `results of ${key}`).to.equal(job?.hasResult ? 1 : 0)
      if (job?.hasResult) this.#checkResult(key, job, found[0])
    }
    for (const { key, state } of this.#tables.actorsIn('product.agent').values()) {
      const { agent } = JSON.parse(state) as AgentMemory
      expect(agent?.held, `${key} holds`).to.deep.equal([])
    }
  }

  #checkResult(key: string, job: JobRecord, output: { by: string; attempt: number }): void {
    const winner = job.attempts.filter(({ outcome }) => outcome === 'completed')
    expect(winner.length, `winners of ${key}`).to.equal(1)
    expect([output.by, output.attempt]).to.deep.equal([winner[0]?.agent, winner[0]?.number])
  }
}
