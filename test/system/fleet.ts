/** A whole fleet as its users run it: server, agents and database are processes, and specs say what befalls them. */
import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Client } from '#server/cli/client.ts'
import { follow } from '#server/cli/watch.ts'
import type { Agent } from '#specs/agents.ts'
import type { JobDetail, NewJob } from '#specs/jobs.ts'
import type * as z from 'zod'
import { projectDir, runFolder, runSettings } from '../support/run.ts'
import { type ServerProcess, startServer } from '../support/server.ts'

/** The ladder, at the scale of specs: what takes minutes in life takes a second here. */
export const times = {
  SAFELIGHT_HEARTBEAT_MS: '200',
  SAFELIGHT_UNHEALTHY_MS: '800',
  SAFELIGHT_LEASE_MS: '1500',
  SAFELIGHT_OFFLINE_MS: '2500',
  SAFELIGHT_STALE_MS: '20000',
  SAFELIGHT_INACTIVE_MS: '60000',
  SAFELIGHT_GRACE_MS: '600',
  SAFELIGHT_ACCEPT_MS: '2000',
  SAFELIGHT_CANCEL_GRACE_MS: '1000',
}
const email = 'ada@example.org'
const password = 'correct horse battery'
const lookEveryMs = 50

type Spec = z.input<typeof NewJob>

export interface AgentProcess {
  readonly name: string
  readonly child: ChildProcess
  /** As the server sees it. */
  seen(): Promise<Agent>
  /** Resolves when the server sees it so. */
  is(liveness: Agent['liveness']): Promise<void>
  /** Ends it without a chance to clear up. */
  kill(): Promise<void>
  /** The same installation, started again. */
  startAgain(): Promise<void>
  /** Stands still, as a laptop whose lid is shut. */
  freeze(): void
  thaw(): void
  stop(): Promise<number | null>
}

export interface SubmittedJob {
  readonly id: string
  now(): Promise<JobDetail>
  /** Resolves with the job as soon as it is as wanted. */
  is(wanted: (job: JobDetail) => boolean): Promise<JobDetail>
  runs(attempt?: number): Promise<JobDetail>
  ends(): Promise<JobDetail>
}

export class Fleet {
  server: ServerProcess
  client: Client
  #token: string
  readonly #environment: Readonly<Record<string, string>>
  readonly #agents: AgentProcess[] = []

  private constructor(server: ServerProcess, token: string, environment: Readonly<Record<string, string>>) {
    this.server = server
    this.#token = token
    this.client = new Client(server.url, token)
    this.#environment = environment
  }

  static async start(given: Readonly<Record<string, string>> = {}): Promise<Fleet> {
    const environment = { ...times, ...given }
    const server = await startServer({ environment })
    const link = /#token=(\S+)/.exec(server.output.join('\n'))?.[1] ?? ''
    return new Fleet(server, await becomeAdmin(server.url, link), environment)
  }

  /** The server starts again at the same address, on the same data. */
  async restartServer(): Promise<void> {
    const { port } = new URL(this.server.url)
    this.server = await startServer({
      dataDir: this.server.dataDir,
      environment: { ...this.#environment, PORT: port },
    })
  }

  async agent(name: string, settings: Readonly<Record<string, string>> = {}): Promise<AgentProcess> {
    const { secret } = await this.client.call('makeAgentToken', { body: { name } })
    const environment = {
      ...runSettings().environment,
      SAFELIGHT_AGENT_STATE: runFolder(`agent-${randomUUID()}`),
      SAFELIGHT_AGENT_SERVER: this.server.url,
      SAFELIGHT_AGENT_NAME: name,
      SAFELIGHT_AGENT_TOKEN: secret,
      ...settings,
    }
    const agent = new RealAgent(this, name, environment)
    this.#agents.push(agent)
    await agent.startAgain()
    return agent
  }

  /** Resolves with the first agent that is so. */
  async agentWhere(isSo: (agent: Agent) => boolean): Promise<Agent> {
    const list = () => this.client.call('listAgents', { query: { limit: 200 } })
    const { items } = await until(list, (found) => found.items.some(isSo))
    return items.find(isSo) as Agent
  }
  async submit(spec: Spec): Promise<SubmittedJob> {
    const { id } = await this.client.call('submitJob', { body: spec as never })
    return this.job(id)
  }

  job(id: string): SubmittedJob {
    const now = () => this.client.call('getJob', { params: { job: id } })
    const is = (wanted: (job: JobDetail) => boolean) => until(now, wanted)
    return {
      id,
      now,
      is,
      runs: (attempt = 1) => is((job) => job.state === 'running' && job.attempt >= attempt),
      ends: () => follow({ url: this.server.url, token: this.#token }, id, { job() {}, line() {} }),
    }
  }

  /** All processes of the database are stopped, and go on after that time. Linux only. */
  async databaseStandsStill(ms: number): Promise<void> {
    const pidFile = join(this.server.dataDir, 'postgres/data/postmaster.pid')
    const postmaster = Number(readFileSync(pidFile, 'utf8').split('\n')[0])
    const frozen = new Set<number>()
    // Whoever is started meanwhile is found in the second look.
    for (let look = 0; look < 2; look++)
      for (const pid of [postmaster, ...childrenOf(postmaster)]) {
        if (!frozen.has(pid)) process.kill(pid, 'SIGSTOP')
        frozen.add(pid)
      }
    await new Promise((resolve) => setTimeout(resolve, ms))
    for (const pid of frozen) process.kill(pid, 'SIGCONT')
  }

  async stop(): Promise<void> {
    await Promise.all(this.#agents.map((agent) => agent.kill()))
    await this.server.stop()
  }
}

class RealAgent implements AgentProcess {
  readonly name: string
  readonly #fleet: Fleet
  readonly #environment: Readonly<Record<string, string>>
  #child: ChildProcess | undefined

  constructor(fleet: Fleet, name: string, environment: Readonly<Record<string, string>>) {
    this.#fleet = fleet
    this.name = name
    this.#environment = environment
  }
  get child(): ChildProcess {
    if (!this.#child) throw new Error(`the agent '${this.name}' was not started`)
    return this.#child
  }
  async startAgain() {
    const child = spawn(process.execPath, [join(projectDir, 'agent/main.ts'), 'start'], {
      env: this.#environment,
      cwd: projectDir,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#child = child
    await says(child, /connected to/)
    await this.is('healthy')
  }
  async seen() {
    const { items } = await this.#fleet.client.call('listAgents', { query: { limit: 200 } })
    const found = items.find(({ name }) => name === this.name)
    if (!found) throw new Error(`the server knows no agent '${this.name}'`)
    return found
  }
  async is(liveness: Agent['liveness']) {
    await until(
      () => this.seen(),
      (agent) => agent.liveness === liveness,
    )
  }
  async kill() {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return
    const exited = once(this.child, 'exit')
    this.child.kill('SIGKILL')
    await exited
  }
  freeze() {
    this.child.kill('SIGSTOP')
  }
  thaw() {
    this.child.kill('SIGCONT')
  }
  async stop() {
    const exited = once(this.child, 'exit') as Promise<[number | null]>
    this.child.kill('SIGTERM')
    return (await exited)[0]
  }
}

function childrenOf(pid: number): number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim()
  return text === '' ? [] : text.split(' ').map(Number)
}

/** Asks again and again; while the server is away, there is no answer to look at. */
async function until<T>(ask: () => Promise<T>, wanted: (answer: T) => boolean): Promise<T> {
  for (;;) {
    const answer = await ask().catch(() => undefined)
    if (answer !== undefined && wanted(answer)) return answer
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs))
  }
}

async function says(child: ChildProcess, words: RegExp): Promise<void> {
  const output: string[] = []
  await new Promise<void>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      if (!stream) continue
      createInterface(stream).on('line', (line) => {
        output.push(line)
        if (words.test(line)) resolve()
      })
    }
    child.once('exit', (code) => reject(new Error(`the agent ended with ${code}:\n${output.join('\n')}`)))
  })
}

async function becomeAdmin(url: string, link: string): Promise<string> {
  const stranger = new Client(url, null)
  const welcomed = await stranger.fetch('welcome', { body: { token: link, email, name: 'Ada', password } })
  if (!welcomed.ok) throw new Error(`there is no admin: ${await welcomed.text()}`)
  const cookie = welcomed.headers
    .getSetCookie()
    .map((text) => text.split(';')[0])
    .join('; ')
  const { secret } = await stranger.call('makeToken', {
    body: { name: 'specs', scopes: ['read', 'jobs', 'agents', 'admin'] },
    headers: { cookie, origin: new URL(url).origin },
  })
  return secret
}
