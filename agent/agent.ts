/**
 * A running agent: the connection, the threads, what it has in hand, and how it ends. This thread only talks; whatever
 * takes time, the look at a folder included, happens on the others.
 */
import type { Server } from 'node:net'
import { protocolVersion, type Beat, type Cancel, type Offer, type Welcomed } from '#specs/agent-link.ts'
import type { AgentSettings } from '#specs/agent-settings.ts'
import { ableTools, factsOf } from './capabilities.ts'
import { Disks } from './disks.ts'
import type { Ending } from './exit-codes.ts'
import { Connection } from './link/connection.ts'
import { LoadMeter, usualThreads } from './load.ts'
import { answerLocally } from './local/server.ts'
import type { Status } from './local/words.ts'
import type { Log } from './log.ts'
import { type Identity, newOpaque, type StateFolder } from './state/folder.ts'
import { Spool } from './state/spool.ts'
import { programVersion } from './version.ts'
import { Attempts } from './work/attempts.ts'
import { Claims } from './work/claims.ts'
import { Pool } from './work/pool.ts'

export interface AgentParts {
  readonly settings: AgentSettings
  readonly folder: StateFolder
  readonly identity: Identity
  readonly installation: string
  readonly log: Log
}

export interface Ended {
  readonly ending: Ending
  readonly reason: string
}

/** How often it looks whether its lease is over. */
const leaseCheckShare = 1 / 20
const leaseCheckMinMs = 20
/** What is given back gets so long to stop by itself. */
const giveBackGraceMs = 2_000
/** So long for the last results, once the time to drain is over. */
const lastResultsMs = 5_000

/** Starts it. Everything that it needs is there, or this throws. */
export async function startAgent(parts: AgentParts): Promise<Agent> {
  const { folder, identity, log } = parts
  const spool = new Spool(folder.spool, identity.agent, log)
  await spool.load()
  const agent = new Agent(parts, spool)
  await agent.start()
  return agent
}

export class Agent {
  /** Resolves when it has ended. */
  readonly ended: Promise<Ended>
  readonly #parts: AgentParts
  readonly #pool: Pool
  readonly #disks: Disks
  readonly #load: LoadMeter
  readonly #attempts: Attempts
  readonly #connection: Connection
  readonly #claims: Claims
  readonly #end: (ended: Ended) => void
  readonly #startedAt = Date.now()
  #local: Server | undefined
  #draining: string | undefined
  #deadline: NodeJS.Timeout | undefined
  #stopping = false
  #leaseTimer: NodeJS.Timeout | undefined

  constructor(parts: AgentParts, spool: Spool) {
    this.#parts = parts
    const { settings, log } = parts
    const { threads = usualThreads(settings.slots), threadMemoryMb, roots, slots } = settings
    const { promise, resolve } = Promise.withResolvers<Ended>()
    this.ended = promise
    this.#end = resolve
    this.#pool = new Pool({ threads, threadMemoryMb, roots })
    this.#disks = new Disks(roots)
    this.#load = new LoadMeter(this.#pool, this.#disks)
    this.#connection = this.#connect()
    const server = this.#connection
    const changed = () => this.#changed()
    const tools = ableTools(settings)
    const { random } = Math
    this.#attempts = new Attempts({ pool: this.#pool, spool, server, slots, tools, log, random, changed })
    this.#claims = new Claims({
      server,
      random,
      free: () => (this.#draining === undefined ? this.#attempts.free : 0),
      offered: (offer) => this.#offered(offer),
    })
  }

  #connect(): Connection {
    const { settings, identity, installation, log } = this.#parts
    return new Connection({
      server: settings.server ?? identity.server,
      handshake: { key: identity.key, protocol: protocolVersion, installation, boot: newOpaque() },
      facts: factsOf(settings),
      log,
      random: Math.random,
      running: () => this.#attempts.held(false),
      beat: () => this.#beat(),
      welcomed: (told) => this.#welcomed(told),
      lost: () => this.#lost(),
      ended: (ending, reason) => void this.#stop(ending, reason),
      listener: {
        offer: (offer) => this.#offered(offer),
        cancel: (cancel: Cancel) => this.#attempts.cancel(cancel),
        drain: ({ reason }) => this.drain(reason, null),
        probe: () => this.#load.checked(),
        replay: (asked) => ({ frames: this.#attempts.replay(asked) }),
        dismissed: ({ reason }) => void this.#stop('dismissed', reason),
      },
    })
  }

  async start(): Promise<void> {
    this.#disks.start()
    this.#local = await answerLocally(this.#parts.folder.path, {
      status: () => this.status(),
      drain: () => this.drain('asked for on its machine', null),
    })
    void this.#connection.run()
  }

  status(): Status {
    const { settings, identity } = this.#parts
    const { kind, terms } = this.#connection
    return {
      pid: process.pid,
      version: programVersion,
      agent: identity.agent,
      name: terms?.name ?? identity.name,
      server: settings.server ?? identity.server,
      state: this.#draining !== undefined ? 'draining' : kind === null ? 'connecting' : 'connected',
      link: kind,
      silentMs: Math.round(this.#connection.silentMs()),
      startedAt: this.#startedAt,
      slots: settings.slots,
      roots: [...settings.roots],
      running: this.#attempts.active.map(({ job, attempt, tool, phase, progress }) => ({
        job,
        attempt,
        tool,
        phase,
        progress,
      })),
      undelivered: this.#attempts.undelivered,
      load: this.#load.latest,
    }
  }

  #beat(): Beat {
    return {
      load: this.#load.read(),
      running: this.#attempts.held(true),
      draining: this.#draining !== undefined,
    }
  }

  #offered(offer: Offer): void {
    void this.#attempts.offer(offer)
  }

  #welcomed(told: Welcomed): void {
    this.#attempts.welcomed(told)
    this.#watchLease(told.leaseMs)
    if (told.pull === true) this.#claims.start()
    if (told.draining) this.drain('the server says so', null)
  }

  #lost(): void {
    this.#claims.stop()
    this.#changed()
  }

  /** Cut off for longer than its lease, what it runs may run elsewhere by now; what it has finished is kept. */
  #watchLease(leaseMs: number): void {
    clearInterval(this.#leaseTimer)
    this.#leaseTimer = setInterval(
      () => {
        if (this.#connection.silentMs() > leaseMs)
          this.#attempts.dropAll(`the server was not heard for ${leaseMs} ms, so somebody else may have it`)
      },
      Math.max(leaseCheckMinMs, leaseMs * leaseCheckShare),
    )
  }

  /** Takes no new work, and ends when it is idle; after the deadline, with what it runs given back. */
  drain(reason: string, deadlineMs: number | null): void {
    if (this.#draining === undefined) {
      this.#parts.log.info(`draining: ${reason}`)
      this.#draining = reason
      this.#attempts.drain()
      this.#claims.stop()
      this.#connection.beatNow()
    }
    if (deadlineMs !== null) this.#deadline ??= setTimeout(() => this.#giveBack(), deadlineMs)
    this.#changed()
  }

  #giveBack(): void {
    const { active } = this.#attempts
    if (active.length > 0) this.#parts.log.warn(`the time to drain is over: ${active.length} given back`)
    this.#attempts.giveBack('the agent was told to stop', giveBackGraceMs)
    this.#deadline = setTimeout(() => this.#drained(), giveBackGraceMs + lastResultsMs)
    this.#changed()
  }

  #changed(): void {
    this.#claims.freed()
    if (this.#draining === undefined || this.#attempts.active.length > 0) return
    // With a deadline nobody waits for a server that is away: results stay on disk.
    const waits =
      this.#attempts.undelivered > 0 && (this.#connection.kind !== null || this.#deadline === undefined)
    if (!waits) this.#drained()
  }

  #drained(): void {
    const left = this.#attempts.undelivered
    if (left > 0) this.#parts.log.warn(`${left} results are kept until the next start`)
    void this.#stop('done', this.#draining ?? '')
  }

  async #stop(ending: Ending, reason: string): Promise<void> {
    if (this.#stopping) return
    this.#stopping = true
    clearTimeout(this.#deadline)
    clearInterval(this.#leaseTimer)
    this.#claims.stop()
    this.#attempts.dropAll(reason)
    this.#attempts.close()
    if (ending === 'done') await this.#connection.leave(this.#attempts.kept)
    this.#connection.close()
    this.#load.stop()
    this.#disks.stop()
    this.#local?.close()
    await this.#pool.close()
    this.#end({ ending, reason })
  }
}
