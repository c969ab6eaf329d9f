/** Jobs and agents for specs: what they are made of, and a system on memory that they live in. */
import {
  agent,
  job,
  kinds,
  type ActorEvent,
  type ActorEventOf,
  actorEvent,
  type FleetSettings,
} from '#actors/index.ts'
import type { Message } from '#runtime/index.ts'
import { epochMs } from '#runtime/testing/process.ts'
import type { AgentFacts } from '#specs/agent-link.ts'
import type { Agent } from '#specs/agents.ts'
import { type ErrorClass, type JobDetail, type JobError, NewJob } from '#specs/jobs.ts'
import type * as z from 'zod'
import type { SqlModel } from '#runtime/testing/memory/sql.ts'
import { startSystem, type System } from '#runtime/testing/system.ts'
import { fleetModel } from './sql-model.ts'

export const team = `ten_${'0'.repeat(26)}`
export const user = `usr_${'0'.repeat(26)}`
export const echo = 'tool:selftest.echo:1'

export function facts(given: Partial<AgentFacts> = {}): AgentFacts {
  return {
    platform: {
      os: 'linux',
      arch: 'x64',
      hostname: 'studio',
      release: '6.1',
      cores: 8,
      memoryBytes: 2 ** 34,
    },
    programVersion: '1.0.0',
    capabilities: [echo],
    roots: ['/photos'],
    slots: 1,
    ...given,
  }
}

let count = 0
/** Ids in their order. */
export function idOf(prefix: 'job' | 'agt'): string {
  count += 1
  return `${prefix}_${String(count).padStart(26, '0')}`
}

/** A message that creates a job. */
export function creation(
  id: string,
  spec: Partial<z.input<typeof NewJob>> = {},
  given: { at?: number; seq?: number; team?: string; place?: string | null } = {},
) {
  count += 1
  return job.at(id).create({
    team: given.team ?? team,
    spec: NewJob.parse({ tool: 'selftest.echo', ...spec }),
    capabilities: [echo, ...(spec.capabilities ?? [])],
    seq: given.seq ?? count,
    at: given.at ?? 0,
    submittedBy: user,
    place: given.place ?? null,
  })
}

export function registration(
  id: string,
  given: Partial<AgentFacts> & { team?: string; tags?: string[] } = {},
) {
  const { team: whose = team, tags = [], ...rest } = given
  return agent.at(id).register({
    team: whose,
    name: `agent ${id.slice(-6)}`,
    tags,
    installation: `installation-${id.slice(-10)}`,
    facts: facts(rest),
  })
}

export function hello(
  id: string,
  given: {
    connection?: string
    boot?: string
    running?: { job: string; attempt: number }[]
    facts?: AgentFacts
    at?: number
  } = {},
) {
  return agent.at(id).connected({
    server: 'server-1',
    connection: given.connection ?? 'connection-1',
    boot: given.boot ?? 'boot-0001',
    ip: '127.0.0.1',
    userAgent: null,
    facts: given.facts ?? facts(),
    running: given.running ?? [],
    ...(given.at !== undefined && { at: given.at }),
  })
}

export interface Word {
  readonly job: string
  readonly agent: string
  readonly attempt: number
}

interface TeamRow {
  placement: 'offer' | 'strict-pull'
  running_max: number | null
}

/** A system on memory and virtual time, with all that its actors have told. */
export class Fleet {
  readonly system: System
  now = epochMs

  /** How the team's jobs come to agents, and how many may run at once. */
  readonly team: TeamRow

  constructor(system: System, row: TeamRow) {
    this.system = system
    this.team = row
  }
  get events(): ActorEvent[] {
    return this.system.probe.matching({ type: 'published' }).flatMap(({ event }) => actorEvent(event) ?? [])
  }
  eventsOf<Type extends ActorEvent['type']>(type: Type): ActorEventOf<Type>[] {
    return this.events.filter((event): event is ActorEventOf<Type> => event.type === type)
  }
  ask: System['ask'] = (message, options) => this.system.ask(message, options)
  send: System['send'] = (message, options) => this.system.send(message, options)
  advance = async (ms: number): Promise<void> => {
    this.now += ms
    await this.system.advance(ms)
  }
  /** Lets everything happen that is due. */
  settle = () => this.advance(0)

  async job(spec: Spec = {}, place: string | null = null): Promise<string> {
    const id = idOf('job')
    await this.ask(creation(id, spec, { at: this.now, place }))
    await this.settle()
    return id
  }
  /** Registered and connected. */
  async agent(given: Parameters<typeof registration>[1] = {}): Promise<string> {
    const id = idOf('agt')
    await this.ask(registration(id, given))
    const { team: _team, tags: _tags, ...rest } = given
    await this.hello(id, rest)
    return id
  }
  async hello(id: string, given: Parameters<typeof hello>[1] & Partial<AgentFacts> = {}) {
    const { connection, boot, running, facts: told, ...rest } = given
    const welcome = await this.ask(
      hello(id, {
        ...(connection !== undefined && { connection }),
        ...(boot !== undefined && { boot }),
        ...(running !== undefined && { running }),
        facts: told ?? facts(rest),
      }),
    )
    await this.settle()
    return welcome
  }
  async hangUp(id: string, connection = 'connection-1'): Promise<void> {
    await this.send(agent.at(id).disconnected({ connection, reason: 'gone' }))
    await this.settle()
  }

  get = (id: string): Promise<JobDetail> => this.ask(job.at(id).get())
  state = async (id: string) => (await this.get(id)).state
  agentOf = (id: string): Promise<Agent> => this.ask(agent.at(id).get())

  /** Who was offered the job last, and as which attempt. */
  offered(id: string): Word {
    const last = this.eventsOf('offer').findLast(({ offer }) => offer.job === id)
    if (!last) throw new Error(`${id} was never offered`)
    return { job: id, agent: last.agent, attempt: last.offer.attempt }
  }
  accept = ({ job: id, ...word }: Word) => this.#settled(job.at(id).accept(word))
  start = ({ job: id, ...word }: Word) => this.#settled(job.at(id).started(word))
  decline = ({ job: id, ...word }: Word) => this.#settled(job.at(id).decline({ ...word, reason: 'no' }))
  alive = ({ job: id, ...word }: Word, done: number | null = null) =>
    this.#settled(
      job.at(id).alive({
        ...word,
        progress: done === null ? null : { stage: 'scan', done, total: 9, current: null, message: null },
      }),
    )
  finish = ({ job: id, ...word }: Word, outcome: Outcome = 'completed', error: JobError | null = null) =>
    this.#settled(job.at(id).finish({ ...word, outcome, output: { by: word.agent }, error, frames: 0 }))
  fail = (word: Word, failure: ErrorClass) =>
    this.finish(word, 'failed', { class: failure, message: 'no good' })

  /** A job that its agent has begun. */
  async running(spec: Spec = {}): Promise<Word> {
    const word = this.offered(await this.job(spec))
    await this.accept(word)
    await this.start(word)
    return word
  }

  async #settled<Reply>(message: Message<Reply>): Promise<Reply> {
    const reply = await this.ask(message)
    await this.settle()
    return reply
  }
}
type Outcome = 'completed' | 'no_change' | 'partial' | 'failed' | 'cancelled'
type Spec = Partial<z.input<typeof NewJob>>

export async function startFleet(settings: Partial<FleetSettings> = {}): Promise<Fleet> {
  const row: TeamRow = { placement: 'offer', running_max: null }
  const sqlModel: SqlModel = (text, params, tables, own) => {
    tables.set('team', [{ id: team, ...row }])
    return fleetModel(text, params, tables, own)
  }
  const system = await startSystem({ kinds: kinds({ allowedTools: ['*'], ...settings }), sqlModel })
  return new Fleet(system, row)
}

/** A fleet for each spec of a suite. */
export function useFleet(settings: Partial<FleetSettings> = {}): { readonly get: Fleet } {
  let fleet: Fleet | undefined
  beforeEach(async () => {
    fleet = await startFleet(settings)
  })
  afterEach(() => fleet?.system.stop())
  return {
    get get() {
      if (!fleet) throw new Error('the fleet is not started yet')
      return fleet
    },
  }
}
