/**
 * One agent's connection, over a socket or over HTTP calls: what it says goes to the actors, what they tell goes to it.
 *
 *   opened ──hello──▶ welcomed ──▶ ... ──▶ closed
 */
import { agent as agents, coordinator } from '#actors/index.ts'
import { reasonOf } from '#runtime/errors.ts'
import type { Log, Node } from '#runtime/index.ts'
import {
  type Accepted,
  type AgentFacts,
  type Beat,
  type Cancel,
  type Finish,
  type Frames,
  type Offer,
  type Probe,
  resultMaxBytes,
  type Welcomed,
} from '#specs/agent-link.ts'
import type { Load, RunningAttempt } from '#specs/agents.ts'
import type { Streams } from '../live/streams.ts'
import type * as z from 'zod'
import { Refusal } from '../rest/refusal.ts'
import { checkNumbers } from './frame-numbers.ts'
import { Holdings } from './holdings.ts'
import { JobWords, type JobWordsParts } from './job-words.ts'
import { LoadGauge } from './load-gauge.ts'
import type { LogKeeper } from './log-keeper.ts'
import type { Placements } from './placements.ts'
import type { Presence } from './presence.ts'
import type { LinkTimes } from './times.ts'
import { Told } from './told.ts'
import type { Peer, Transport } from './transport.ts'
import { Vitals } from './vitals.ts'

/** What every session needs. */
export interface SessionParts {
  readonly node: Pick<Node, 'ask' | 'send'>
  readonly streams: Streams
  readonly logs: LogKeeper
  readonly presence: Presence
  readonly placements: Pick<Placements, 'pulls'>
  readonly hasJob: JobWordsParts['hasJob']
  readonly times: LinkTimes
  readonly log: Log
  /** This server's name. */
  readonly server: string
}

const userAgentMax = 300

export class Session {
  readonly peer: Peer
  readonly transport: Transport
  readonly #parts: SessionParts
  readonly #words: JobWords
  readonly #holdings: Holdings
  readonly #gauge = new LoadGauge()
  readonly #told = new Told()
  readonly #vitals: Vitals
  #version = 0
  #draining = false
  #toldDraining = false
  /** It has said its last word. */
  #left = false
  #welcomed = false
  #closed = false
  #facts: AgentFacts | null = null
  /** Its actor has said that it is not connected. */
  #forgotten = false
  /** Held attempts that its last heartbeat did not name. */
  #unnamed: ReadonlySet<string> = new Set()

  constructor(parts: SessionParts, peer: Peer, transport: Transport) {
    this.#parts = parts
    this.peer = peer
    this.transport = transport
    this.#vitals = new Vitals(parts.times.heartbeatMs)
    const isIts = (one: RunningAttempt) => this.#told.has('offer', one) || this.#holdings.has(one)
    this.#words = new JobWords(parts, peer, isIts)
    this.#holdings = new Holdings({
      streams: parts.streams,
      replay: (job, attempt, after) => transport.replay(job, attempt, after),
      tellAlive: (held, progress) => this.#words.alive(held, progress),
      refused: (held, reason) => this.drop(held, reason),
      aliveMs: parts.times.aliveMs,
      log: parts.log,
    })
  }

  /** Goes on with an agent that another node has welcomed: calls over HTTP may come to any. False where it must say hello. */
  async adopt(): Promise<boolean> {
    const { connection, version, standing } = await this.#parts.node.ask(agents.at(this.peer.agent).get())
    this.#welcomed = connection?.id === this.peer.connection
    this.#version = version
    this.#draining = standing === 'draining'
    return this.#welcomed
  }
  get welcomed() {
    return this.#welcomed
  }
  get draining() {
    return this.#draining
  }
  /** The attempts that are the agent's, as far as is known here. */
  get held(): readonly RunningAttempt[] {
    return this.#holdings.all()
  }
  /** The agent's load as it last told. */
  get load(): Load | null {
    return this.#gauge.latest
  }

  async hello({
    facts,
    running,
  }: {
    facts: AgentFacts
    running: readonly RunningAttempt[]
  }): Promise<Welcomed> {
    const { node, presence, times, placements } = this.#parts
    this.#facts = facts
    const pull = await placements.pulls(this.peer.team)
    const { agent, keep, draining } = await this.#connect(facts, running)
    if (this.#closed) void this.#disconnect('it was closed meanwhile', node)
    this.#version = agent.version
    this.#welcomed = true
    this.#draining = draining
    this.#holdings.set(keep)
    presence.heard(this.peer.agent, null)
    presence.checked(this.peer.agent, 0)
    void this.#recoverLogs(keep)
    return {
      agent: agent.id,
      name: agent.name,
      now: presence.now(),
      heartbeatMs: times.heartbeatMs,
      leaseMs: times.leaseMs,
      draining,
      keep,
      pull,
    }
  }

  async beat({ load, running, draining, leaving }: Beat): Promise<{ now: number; draining: boolean }> {
    this.#expectWelcome()
    const { presence, node, log } = this.#parts
    const { agent } = this.peer
    presence.heard(agent, load)
    if (leaving || this.#left) {
      await this.#leave(running)
      return { now: presence.now(), draining: true }
    }
    if (this.#gauge.read(load))
      node.ask(agents.at(agent).heard({ load })).catch((error: unknown) => this.#missed('its load', error))
    if (draining && !this.#toldDraining) {
      this.#toldDraining = true
      await node.ask(agents.at(agent).ends({ connection: this.peer.connection })).catch((error: unknown) => {
        log.debug('an agent that drains itself was not noted', { agent, reason: reasonOf(error) })
      })
    }
    this.#compare(running)
    return { now: presence.now(), draining: this.#draining }
  }

  async accept(attempt: RunningAttempt): Promise<Accepted> {
    this.#expectWelcome()
    return this.#works(attempt, await this.#words.accept(attempt))
  }
  async decline({ job, attempt, reason }: RunningAttempt & { reason: string }): Promise<Accepted> {
    this.#expectWelcome()
    this.#holdings.remove({ job, attempt })
    return this.#words.decline({ job, attempt }, reason)
  }
  async started(attempt: RunningAttempt): Promise<Accepted> {
    this.#expectWelcome()
    return this.#works(attempt, await this.#words.started(attempt))
  }

  /** Straight to whoever watches; only that the attempt is alive is told to the job, now and then. */
  async frames({ job, attempt, frames }: Frames): Promise<Accepted> {
    this.#expectWelcome()
    checkNumbers(frames)
    const verdict = await this.#holdings.check({ job, attempt })
    if (!verdict.accepted) return verdict
    const { streams, logs } = this.#parts
    const { team } = this.peer
    this.#vitals.worked()
    const fresh = streams.take(team, job, attempt, frames)
    logs.add(team, job, attempt, fresh)
    this.#holdings.heard({ job, attempt }, fresh)
    return verdict
  }

  /** Its lines are in the database before it gets its answer: whatever happens then, nobody could say them again. */
  async finish(finish: Finish): Promise<Accepted> {
    this.#expectWelcome()
    const [accepted] = await Promise.all([this.#finish(finish), this.#parts.logs.written()])
    return accepted
  }

  async #finish(finish: Finish): Promise<Accepted> {
    const { job, attempt, output } = finish
    const bytes = Buffer.byteLength(JSON.stringify(output ?? null))
    if (bytes > resultMaxBytes)
      throw new Refusal(
        'too_large',
        `The result has ${bytes} bytes, at most ${resultMaxBytes} are taken. Finish the attempt as failed, or with less.`,
        { fields: [{ path: 'output', message: `must have at most ${resultMaxBytes} bytes as JSON` }] },
      )
    const accepted = await this.#words.finish(finish)
    this.#vitals.worked()
    this.#holdings.remove({ job, attempt })
    this.#parts.logs.end(this.peer.team, job, attempt)
    if (accepted.accepted) this.#parts.streams.ended(job)
    return accepted
  }

  async claim({ free }: { free: number }): Promise<void> {
    this.#expectWelcome()
    const { agent, team } = this.peer
    await this.#parts.node.ask(coordinator.at(team).claim({ agent, free }))
  }

  /** The actor's news of this agent. True where another connection has taken this one's place. */
  noted(agent: { version: number; standing: string; connection: { id: string } | null }): boolean {
    if (!this.#welcomed || agent.version <= this.#version) return false
    this.#version = agent.version
    this.#draining = agent.standing === 'draining'
    // A late word about an earlier connection, or a long silence. The next heartbeat shows that it is here.
    this.#forgotten = agent.connection === null
    return agent.connection !== null && agent.connection.id !== this.peer.connection
  }
  offer(offer: Offer) {
    if (this.#told.add('offer', offer)) this.transport.offer(offer)
  }
  cancel(cancel: Cancel) {
    this.#told.add('cancel', cancel)
    this.#holdings.stopping(cancel)
    this.transport.cancel(cancel)
  }
  /** The same, unless it was told before. */
  cancelOnce(cancel: Cancel) {
    if (this.#told.add('cancel', cancel)) this.cancel(cancel)
  }
  /** The attempt is not the agent's any more: it has to stop it. */
  drop({ job, attempt }: RunningAttempt, reason: string | null = null) {
    this.#holdings.remove({ job, attempt })
    this.cancel(this.cancelOf({ job, attempt }, reason))
  }
  cancelOf({ job, attempt }: RunningAttempt, reason: string | null = null): Cancel {
    const { cancelGraceMs: graceMs } = this.#parts.times
    return { job, attempt, graceMs, reason: reason || 'This attempt does not count any more.' }
  }
  drain(reason: string) {
    this.#draining = true
    this.transport.drain(reason)
  }

  /** What is wrong with the agent, by its answer to a check; null where nothing is. */
  ailment(probe: z.infer<typeof Probe>): string | null {
    return this.#vitals.ailment(probe)
  }

  /** The connection has ended. */
  closed(reason: string): void {
    if (this.#closed) return
    this.#closed = true
    this.#holdings.stop()
    if (this.#welcomed) void this.#disconnect(reason, this.#parts.node)
  }

  /** Its program ends: its actor need not wait whether it comes back. */
  async #leave(running: readonly RunningAttempt[]) {
    if (this.#left) return
    this.#left = true
    const { agent, connection } = this.peer
    await this.#parts.node.ask(agents.at(agent).left({ connection, running: [...running] }))
  }

  #connect(facts: AgentFacts, running: readonly RunningAttempt[]) {
    const { node, server } = this.#parts
    const { agent, boot, connection, ip, userAgent } = this.peer
    return node.ask(
      agents.at(agent).connected({
        server,
        connection,
        boot,
        ip,
        userAgent: userAgent?.slice(0, userAgentMax) ?? null,
        facts,
        running: [...running],
      }),
    )
  }

  async #recoverLogs(kept: readonly RunningAttempt[]) {
    const { logs, log } = this.#parts
    const { agent, team } = this.peer
    await logs
      .recover(team, kept, (...of) => this.transport.replay(...of))
      .catch((error: unknown) => {
        log.debug('an agent could not say again what it has logged', { agent, reason: reasonOf(error) })
      })
  }

  #works(attempt: RunningAttempt, answer: Accepted): Accepted {
    if (!answer.accepted) return answer
    this.#vitals.worked()
    this.#holdings.add(attempt)
    return answer
  }

  async #disconnect(reason: string, node: SessionParts['node']) {
    const { agent, connection } = this.peer
    const told = agents.at(agent).disconnected({ connection, reason })
    await node.send(told, { from: `link ${agent}` }).catch((error: unknown) => {
      // Its silence will show.
      this.#missed('that it is gone', error)
    })
  }

  /**
   * What it runs against what is known to be its: what is not its it stops, and where it has lost something, twice in a
   * row, because an answer may be on its way, it is connected anew, which settles who has what.
   */
  #compare(running: readonly RunningAttempt[]) {
    const named = new Set(running.map(keyOf))
    for (const attempt of running)
      void this.#holdings.check(attempt).then(
        ({ accepted, reason }) => accepted || this.drop(attempt, reason),
        () => {},
      )
    const unnamed = new Set(
      this.#holdings
        .all()
        .map(keyOf)
        .filter((key) => !named.has(key)),
    )
    const lost = [...unnamed].some((key) => this.#unnamed.has(key))
    this.#unnamed = lost ? new Set() : unnamed
    if (lost || this.#forgotten) this.#connectAgain(running)
  }

  #connectAgain(running: readonly RunningAttempt[]) {
    this.#forgotten = false
    if (this.#facts === null) {
      this.#welcomed = false
      return
    }
    this.#connect(this.#facts, running).then(
      ({ keep, draining }) => {
        this.#draining = draining
        this.#holdings.set(keep)
        const kept = new Set(keep.map(keyOf))
        for (const attempt of running) if (!kept.has(keyOf(attempt))) this.drop(attempt)
      },
      (error: unknown) => {
        this.#forgotten = true
        this.#missed('that it is here', error)
      },
    )
  }

  #missed(what: string, error: unknown) {
    this.#parts.log.debug(`an agent's actor was not told ${what}`, {
      agent: this.peer.agent,
      reason: reasonOf(error),
    })
  }

  #expectWelcome() {
    if (!this.#welcomed)
      throw new Refusal(
        'wrong_state',
        "Say 'hello' first: nobody knows yet what this agent is and what it runs.",
      )
  }
}

function keyOf({ job, attempt }: RunningAttempt): string {
  return `${job} ${attempt}`
}
