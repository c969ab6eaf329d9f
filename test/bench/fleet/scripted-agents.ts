/** A process with many agents in it. Each has its own socket and speaks the real protocol; only its tools are scripted. */
import { randomBytes } from 'node:crypto'
import { io, type Socket } from 'socket.io-client'
import {
  type AgentFacts,
  agentNamespace,
  type Answer,
  Offer,
  protocolVersion,
  Registered,
  Welcomed,
} from '#specs/agent-link.ts'
import { capabilityOf, tools } from '#specs/tools.ts'
import { nowMs } from '../load.ts'
import { serve } from '../serve.ts'

export interface AgentCommands {
  readonly [command: string]: (...input: never[]) => unknown
  /** Registers one agent per token, connects them all, and resolves when every one is welcome. */
  open(options: { url: string; tokens: string[] }): Promise<void>
  /** Whether accepted jobs are finished at once, or kept. */
  script(how: { finish: boolean }): void
  /** From submission to acceptance, in ms, of every job since the last call. The job's parameters tell when it was sent. */
  pickedUp(): number[]
  /** Cuts all sockets at once. Resolves with how many ms later the last was welcome again. */
  storm(): Promise<number>
  /** Starts every agent that holds a job anew, as after a crash, then hands in what the old one had. How many were refused. */
  handInLate(): Promise<{ refused: number; of: number }>
  /** How many jobs are held. */
  held(): number
}

const facts: AgentFacts = {
  platform: { os: 'linux', arch: 'x64', hostname: 'bench', release: '1', cores: 8, memoryBytes: 1e9 },
  programVersion: '0.0.0',
  capabilities: [...tools.values()].map(capabilityOf),
  roots: [],
  slots: 1,
}
const load = { cpuPercent: 1, memoryPercent: 1, loopLagMs: 0, threads: 1, busyThreads: 0, queued: 0 }
const answerMs = 30_000
const openAtOnce = 50

class ScriptedAgent {
  readonly #url: string
  readonly #key: string
  readonly #installation: string
  #boot = opaque()
  #socket: Socket | null = null
  #beat: NodeJS.Timeout | undefined
  readonly held: { job: string; attempt: number }[] = []
  #welcome: () => void = () => {}

  constructor(url: string, key: string, installation: string) {
    this.#url = url
    this.#key = key
    this.#installation = installation
  }

  /** Resolves when the server has said welcome. */
  connect(): Promise<void> {
    const welcome = new Promise<void>((resolve) => (this.#welcome = resolve))
    const socket = io(`${this.#url}${agentNamespace}`, {
      transports: ['websocket'],
      forceNew: true,
      auth: { key: this.#key, protocol: protocolVersion, installation: this.#installation, boot: this.#boot },
      reconnectionDelay: 500,
      reconnectionDelayMax: 5_000,
      randomizationFactor: 0.5,
    })
    this.#socket = socket
    socket.on('connect', () => void this.#hello(socket))
    socket.on('offer', (offer: unknown) => void this.#take(Offer.parse(offer)))
    socket.on('replay', (_asked: unknown, answer: (kept: unknown) => void) => answer({ frames: [] }))
    socket.on('probe', (_asked: unknown, answer: (probe: unknown) => void) =>
      answer({ loopLagMs: 0, busyThreads: 0, threads: 1 }),
    )
    return welcome
  }

  /** The socket ends as if the cable had been pulled; it dials again by itself. */
  cut(): Promise<void> {
    const welcome = new Promise<void>((resolve) => (this.#welcome = resolve))
    this.#socket?.io.engine.close()
    return welcome
  }

  /** A new start of the program: what the old one ran is lost. */
  async startAnew(): Promise<void> {
    this.#socket?.close()
    this.#boot = opaque()
    await this.connect()
  }

  async handIn(held: { job: string; attempt: number }): Promise<boolean> {
    const answer = await this.#say<{ accepted: boolean }>('finish', {
      ...held,
      outcome: 'completed',
      output: 'late',
      frames: 0,
    })
    return answer.accepted
  }

  async #hello(socket: Socket) {
    Welcomed.parse(await this.#say('hello', { facts, running: this.held }))
    clearInterval(this.#beat)
    this.#beat = setInterval(
      () => {
        if (socket.connected) socket.emit('beat', { load, running: this.held, draining: false }, () => {})
      },
      10_000 * (0.9 + 0.2 * Math.random()),
    )
    this.#welcome()
  }

  async #take(offer: Offer) {
    const attempt = { job: offer.job, attempt: offer.attempt }
    const { accepted } = await this.#say<{ accepted: boolean }>('accept', attempt)
    if (!accepted) return
    noted.pickUpMs.push(nowMs() - sentAt(offer))
    this.held.push(attempt)
    await this.#say('started', attempt)
    if (!noted.finish) return
    await this.#say('finish', { ...attempt, outcome: 'completed', output: 'done', frames: 0 })
    this.held.splice(this.held.indexOf(attempt), 1)
  }

  async #say<T>(what: string, body: unknown): Promise<T> {
    const answer = (await this.#socket?.timeout(answerMs).emitWithAck(what, body)) as Answer<T>
    if (!answer.ok) throw new Error(`'${what}' was refused: ${answer.problem.detail}`)
    return answer.value
  }
}

const noted = { finish: true, pickUpMs: [] as number[] }
const agents: ScriptedAgent[] = []

const commands: AgentCommands = {
  async open({ url, tokens }) {
    for (let at = 0; at < tokens.length; at += openAtOnce) {
      await Promise.all(
        tokens.slice(at, at + openAtOnce).map(async (token, place) => {
          const agent = await register(url, token, `bench ${agents.length} ${at + place}`)
          agents.push(agent)
          await agent.connect()
        }),
      )
    }
  },
  script({ finish }) {
    noted.finish = finish
  },
  pickedUp: () => noted.pickUpMs.splice(0),
  async storm() {
    const began = nowMs()
    await Promise.all(agents.map((agent) => agent.cut()))
    return nowMs() - began
  },
  async handInLate() {
    const late = agents
      .filter(({ held }) => held.length > 0)
      .map((agent) => ({ agent, was: agent.held.splice(0) }))
    const answers = await Promise.all(
      late.map(async ({ agent, was }) => {
        await agent.startAnew()
        return Promise.all(was.map((held) => agent.handIn(held)))
      }),
    )
    const accepted = answers.flat()
    return { refused: accepted.filter((yes) => !yes).length, of: accepted.length }
  },
  held: () => agents.reduce((sum, { held }) => sum + held.length, 0),
}

async function register(url: string, token: string, name: string): Promise<ScriptedAgent> {
  const installation = opaque()
  const response = await fetch(`${url}/api/agent/v1/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token, name, installation, facts }),
  })
  if (!response.ok) throw new Error(`an agent could not register: ${await response.text()}`)
  const { key } = Registered.parse(await response.json())
  return new ScriptedAgent(url, key, installation)
}

function sentAt({ params }: Offer): number {
  return (params as { say?: { sentMs?: number } }).say?.sentMs ?? nowMs()
}
function opaque(): string {
  return randomBytes(16).toString('base64url')
}

serve(commands)
