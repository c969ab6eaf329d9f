/** A whole system for the benchmark: one Postgres, servers as processes of their own, and somebody who is signed in. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type pg from 'pg'
import { openPool } from '#db/connect.ts'
import { type EmbeddedServer, startEmbedded } from '#db/embedded/start.ts'
import { Client } from '#server/cli/client.ts'
import { Child, endChildren } from '../child.ts'
import { readStatements, type StatementCount } from '../statements.ts'
import type { Options as CommonOptions } from '../scenarios.ts'
import type { AgentCommands } from './scripted-agents.ts'

const projectDir = fileURLToPath(new URL('../../../', import.meta.url))
/** Limits that are there against strangers would be what is measured, not the fleet. */
const limits = {
  SAFELIGHT_LOCAL_AGENT: 'off',
  SAFELIGHT_ANONYMOUS_PER_MINUTE: '1000000',
  SAFELIGHT_CLAIMS_PER_AGENT_PER_MINUTE: '1000000',
  SAFELIGHT_QUEUE_MAX: '1000000',
  SAFELIGHT_USER_PER_MINUTE: '1000000',
}
const allScopes = ['read', 'jobs', 'agents', 'admin'] as const

type Environment = Readonly<Record<string, string | undefined>>
export interface Options extends CommonOptions {
  /** What the processes are started with. */
  readonly environment: Environment
}

export interface ServerUnderTest {
  readonly url: string
  readonly process: ChildProcess
  /** The most memory it has held so far. */
  peakBytes(): number
}

export class FleetSystem {
  readonly options: Options
  readonly server: ServerUnderTest
  readonly client: Client
  readonly token: string
  readonly database: pg.Pool
  readonly #home: string
  readonly #embedded: EmbeddedServer
  readonly #processes: ChildProcess[] = []

  private constructor(
    options: Options,
    home: string,
    embedded: EmbeddedServer,
    server: ServerUnderTest,
    token: string,
  ) {
    this.options = options
    this.#home = home
    this.#embedded = embedded
    this.server = server
    this.token = token
    this.client = new Client(server.url, token)
    this.database = openPool({ url: embedded.url, applicationName: 'bench admin', max: 2 })
  }

  static async start(options: Options): Promise<FleetSystem> {
    const home = mkdtempSync(join(tmpdir(), 'fleet-bench-'))
    const embedded = await startEmbedded({
      dir: join(home, 'postgres'),
      settings: { max_connections: '200' },
    })
    const { server, link } = await startServer(options.environment, embedded.url, home)
    const token = await becomeAdmin(server.url, link)
    const system = new FleetSystem(options, home, embedded, server, token)
    system.#processes.push(server.process)
    await system.database.query('create extension if not exists pg_stat_statements')
    return system
  }

  statements(): Promise<StatementCount[]> {
    return readStatements(this.database, new URL(this.#embedded.url).pathname.slice(1))
  }

  /** Agents that do what the benchmark says, many in one process, over real sockets. */
  async scriptedAgents(count: number): Promise<Child<AgentCommands>> {
    const child = await Child.start<AgentCommands>(new URL('./scripted-agents.ts', import.meta.url))
    const tokens: string[] = []
    while (tokens.length < count) {
      const wanted = Math.min(20, count - tokens.length)
      const made = await Promise.all(
        Array.from({ length: wanted }, () => this.client.call('makeAgentToken', { body: { name: 'bench' } })),
      )
      tokens.push(...made.map(({ secret }) => secret))
    }
    await child.call('open', { url: this.server.url, tokens })
    return child
  }

  /** The agent as photographers run it. */
  async realAgent(name: string): Promise<ChildProcess> {
    const { secret } = await this.client.call('makeAgentToken', { body: { name } })
    const env = { ...this.options.environment, SAFELIGHT_AGENT_STATE: join(this.#home, name) }
    const main = join(projectDir, 'agent/main.ts')
    const register = spawn(
      process.execPath,
      [main, 'register', '--server', this.server.url, '--token', secret, '--name', name],
      {
        env,
        stdio: ['ignore', 'inherit', 'inherit'],
      },
    )
    const [code] = (await once(register, 'exit')) as [number | null]
    if (code !== 0) throw new Error(`the agent '${name}' could not register: it ended with ${code}`)
    const agent = spawn(process.execPath, [main, 'start'], { env, stdio: ['ignore', 'ignore', 'inherit'] })
    this.#processes.push(agent)
    return agent
  }

  async stop(): Promise<void> {
    endChildren()
    for (const one of this.#processes) one.kill('SIGKILL')
    await this.database.end()
    await this.#embedded.stop()
    rmSync(this.#home, { recursive: true, force: true })
  }
}

async function startServer(
  environment: Environment,
  databaseUrl: string,
  home: string,
): Promise<{ server: ServerUnderTest; link: string }> {
  const env = {
    ...environment,
    ...limits,
    DATABASE_URL: databaseUrl,
    PORT: '0',
    DATA_DIR: join(home, 'server'),
  }
  const child = spawn(process.execPath, [join(projectDir, 'server/main.ts')], {
    env,
    cwd: projectDir,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const lines: string[] = []
  let link = ''
  const url = await new Promise<string>((resolve, reject) => {
    createInterface(child.stdout).on('line', (line) => {
      lines.push(line)
      link = /#token=(\S+)/.exec(line)?.[1] ?? link
      const address = /runs at (http:\S+)/.exec(line)?.[1]
      if (address !== undefined) setImmediate(() => resolve(address))
    })
    child.once('exit', (code) => reject(new Error(`the server ended with ${code}:\n${lines.join('\n')}`)))
  })
  const peakBytes = () =>
    1024 * Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1])
  return { server: { url, process: child, peakBytes }, link }
}

async function becomeAdmin(url: string, link: string): Promise<string> {
  const stranger = new Client(url, null)
  const password = 'a benchmark needs no secret'
  const welcomed = await stranger.fetch('welcome', {
    body: { token: link, email: 'bench@example.org', name: 'Bench', password, team: 'Bench' },
  })
  if (!welcomed.ok) throw new Error(`there is no admin: ${await welcomed.text()}`)
  return await tokenAfter(welcomed, stranger)
}

/** An API token of whoever that answer has signed in. */
export async function tokenAfter({ headers }: Response, stranger: Client): Promise<string> {
  const cookie = headers
    .getSetCookie()
    .map((text) => text.split(';')[0])
    .join('; ')
  const { secret } = await stranger.call('makeToken', {
    body: { name: 'bench', scopes: [...allScopes] },
    headers: { cookie, origin: new URL(stranger.url).origin },
  })
  return secret
}
