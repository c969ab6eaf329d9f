/** A team with one of everything, in every state that it can be in, so that inputs can name what is there. */
import fc from 'fast-check'
import type { Offer } from '#specs/agent-link.ts'
import type { RunningAttempt } from '#specs/agents.ts'
import { tools } from '#specs/tools.ts'
import type { Admin, Border } from '../server/link/border.ts'
import { frames, type TestAgent } from '../server/link/test-agent.ts'
import { Api } from '../support/api.ts'
import { newEmail, password } from '../support/rest.ts'
import type { Words } from './values.ts'

export interface Cast {
  readonly border: Border
  /** The calls of the team's admin, by an API token that outlives every session. */
  readonly api: Api
  /** Those of an admin of the installation. */
  readonly system: Api
  /** An agent that runs what it is offered. */
  readonly worker: string
  /** Good for something wherever the name fits. */
  readonly words: Words
  end(): void
}

const scopes = ['read', 'jobs', 'agents', 'admin']
/** Nobody can do it, so the job waits. */
export const nobodys = ['tool:nobody.does:1']
const dayMs = 86_400_000
const beatMs = 5_000

export async function makeCast(border: Border): Promise<Cast> {
  const admin = await border.otherTeam()
  const [api, system] = [await tokenOf(border, admin), await tokenOf(border, border.admin)]
  const worker = await startWorker(border, api)
  const agents = await makeAgents(border, api)
  const jobs = await makeJobs(border, api, worker)
  const users = [await makeUser(api, 'viewer'), await makeUser(api, 'admin')]
  const foreign = {
    agent: (await border.register({ api: system })).agent,
    job: (await system.ok('submitJob', { body: { tool: 'selftest.echo', capabilities: nobodys } })).id,
  }
  const words: Words = {
    agent: [...agents, foreign.agent],
    job: [...jobs, foreign.job],
    user: [...users, border.admin.id],
    attempt: [1, 2],
    seq: [1, 2, 3, 4],
    version: [0, 1, 2],
    at: [Date.now()],
    notBefore: [Date.now(), Date.now() + dayMs],
    tool: [...tools.keys()],
    capability: ['tool:selftest.echo:1'],
    tag: ['a=b'],
    email: [admin.email, newEmail()],
    password: [password],
    after: [...jobs, ...agents, ...users, '1.1', '5'],
    // Longer, and most of the time would be spent with waiting for jobs that nobody runs.
    wait: fc.constantFrom('0s', '1s'),
  }
  return { border, api, system, worker: worker.id, words, end: () => worker.close() }
}

async function tokenOf(border: Border, { api }: Admin): Promise<Api> {
  const { secret } = await api.ok('makeToken', { body: { name: 'fuzzer', scopes } })
  return new Api(border.server.url, { bearer: secret })
}

async function makeUser(api: Api, role: string): Promise<string> {
  return (await api.ok('makeUser', { body: { email: newEmail(), name: 'Eve', role, password } })).id
}

/** One in each standing. */
async function makeAgents(border: Border, api: Api): Promise<string[]> {
  const routes = ['pauseAgent', 'cordonAgent', 'drainAgent', 'revokeAgent'] as const
  const agents = [(await border.register({ api, tags: ['a=b'] })).agent]
  for (const route of routes) {
    const { agent } = await border.register({ api })
    await api.ok(route, { params: { agent }, body: {} })
    agents.push(agent)
  }
  return agents
}

/** One in each state that lasts. */
async function makeJobs(border: Border, api: Api, worker: TestAgent): Promise<string[]> {
  const submit = async (body: object, wait = '0s') =>
    (await api.ok('submitJob', { body, query: { wait } })).id
  const cancelled = await waitingJob(api)
  await api.ok('cancelJob', { params: { job: cancelled }, body: {} })
  const hang = { tool: 'selftest.hang', agent: worker.id }
  const running = [await submit(hang), await submit(hang)]
  for (const job of running)
    await border.until(async () => (await api.ok('getJob', { params: { job } })).state === 'running')
  const fail = { tool: 'selftest.fail', params: { class: 'retriable' } }
  return [
    await waitingJob(api),
    await submit({ tool: 'selftest.echo', notBefore: Date.now() + dayMs }),
    await submit({ tool: 'selftest.echo' }, '30s'),
    await submit({ tool: 'selftest.fail' }, '30s'),
    await submit({ ...fail, retry: { firstMs: dayMs, maxMs: dayMs } }),
    await submit({ ...fail, retry: { attemptsMax: 1 } }, '30s'),
    cancelled,
    ...running,
  ]
}

export async function waitingJob(api: Api): Promise<string> {
  return (await api.ok('submitJob', { body: { tool: 'selftest.echo', capabilities: nobodys } })).id
}

async function startWorker(border: Border, api: Api): Promise<TestAgent> {
  const worker = await border.agent({ api, name: 'worker', facts: { slots: 64 } })
  const quietly = (work: Promise<unknown>) => void work.catch(() => {})
  const beats = setInterval(() => quietly(worker.beat()), beatMs)
  worker.socket.on('disconnect', () => clearInterval(beats))
  worker.socket.on('offer', (offer: Offer) => quietly(run(worker, offer)))
  worker.socket.on('cancel', (attempt: RunningAttempt) => quietly(finish(worker, attempt, 'cancelled')))
  return worker
}

async function run(worker: TestAgent, { job, attempt, tool, params }: Offer): Promise<void> {
  await worker.try('accept', { job, attempt })
  await worker.try('started', { job, attempt })
  await worker.try('frames', { job, attempt, frames: frames(1, 3) })
  if (tool === 'selftest.hang') return
  if (tool !== 'selftest.fail') return finish(worker, { job, attempt }, 'completed', { output: 'done' })
  const error = { class: (params as { class: string }).class, message: 'told to fail' }
  await finish(worker, { job, attempt }, 'failed', { error })
}

async function finish(
  worker: TestAgent,
  { job, attempt }: RunningAttempt,
  outcome: string,
  more: object = {},
): Promise<void> {
  await worker.try('finish', { job, attempt, outcome, frames: 3, ...more })
}

/** Their numbers have to grow, which their schema does not say. */
export const framesWords: Words = { frames: [frames(1, 3), frames(2, 9), frames(4, 4)] }

/** An agent on a socket or without one, as far as making it hold something goes. */
export interface Holder {
  readonly id: string
  offers(): Promise<readonly Offer[]>
  accept(attempt: RunningAttempt): Promise<unknown>
  start(attempt: RunningAttempt): Promise<unknown>
}

/** Jobs that only this agent may run: one that it is offered, one that it has accepted, one that it runs. */
export async function giveJobs(api: Api, holder: Holder): Promise<string[]> {
  const jobs: string[] = []
  for (let count = 0; count < 3; count++)
    jobs.push((await api.ok('submitJob', { body: { tool: 'selftest.hang', agent: holder.id } })).id)
  const offers: RunningAttempt[] = []
  while (offers.length < jobs.length)
    offers.push(...(await holder.offers()).map(({ job, attempt }) => ({ job, attempt })))
  for (const attempt of offers.slice(1)) await holder.accept(attempt)
  for (const attempt of offers.slice(2)) await holder.start(attempt)
  return jobs
}

/** So that they wait for nobody. */
export async function takeJobs(api: Api, jobs: readonly string[]): Promise<void> {
  for (const job of jobs) await api.try('removeJob', { params: { job } })
}
