/** A simulated cluster of real nodes, and clients that do as good clients do: ask again with the same id. */
import { expectSettled, type Settled } from './settled.ts'
import { OutcomeUnknown, Refused, Unavailable } from '#runtime/errors.ts'
import type { Kind } from '#runtime/definition.ts'
import type { Log } from '#runtime/log.ts'
import type { Message } from '#runtime/message.ts'
import { type Node, type NodeParts, startNode } from '#runtime/node.ts'
import type { Random } from '#runtime/ports.ts'
import type { Settings } from '#runtime/settings.ts'
import { type Faults, noFaults } from './faults.ts'
import type { MemoryDatabase, PostInput } from './memory/database.ts'
import type { SqlModel } from './memory/sql.ts'
import type { Transition } from './memory/tables.ts'
import type { Life, SimulatedProcess } from './process.ts'
import { type Ports, World } from './world.ts'

/** Kinds, or what makes them for each process: handlers that wait for something take its clock. */
export type Kinds = readonly Kind[] | ((ports: Ports) => readonly Kind[])

export interface ClusterOptions {
  readonly seed: number
  readonly nodes: number
  readonly kinds: Kinds
  readonly settings?: Partial<Settings>
  readonly faults?: Faults
  readonly shards?: number
  readonly latencyMs?: number
  readonly jitterMs?: number
  readonly sqlModel?: SqlModel
  /** Runs `ctx.offload` tasks. */
  readonly offload?: NodeParts['offload']
}

/** A client gives up on one call after so long, and tries another node. */
const patienceMs = 12_000
const retryMaxMs = 400

interface Member {
  readonly process: SimulatedProcess
  readonly life: Life
  readonly node: Node
}

export class Cluster {
  readonly world: World
  readonly #options: ClusterOptions
  readonly #members = new Map<SimulatedProcess, Member>()
  readonly #names = new Map<number, string>()
  #requests = 0

  constructor(options: ClusterOptions) {
    const { seed, shards, latencyMs, jitterMs, sqlModel, faults = noFaults, nodes } = options
    this.#options = options
    this.world = new World({
      seed,
      faults,
      boot: (ports, process, life) => this.#boot(ports, process, life),
      ...(shards !== undefined && { shards }),
      ...(latencyMs !== undefined && { latencyMs }),
      ...(jitterMs !== undefined && { jitterMs }),
      ...(sqlModel !== undefined && { sqlModel }),
    })
    this.world.database.observe((transition) => this.#trace(transition))
    for (let index = 0; index < nodes; index += 1) this.join()
  }

  get database(): MemoryDatabase {
    return this.world.database
  }
  get random(): Random {
    return this.world.random
  }
  /** Nodes that take calls now. */
  get nodes(): Node[] {
    return this.#running().map(({ node }) => node)
  }

  /** The node of that number, where it runs. */
  node(index: number): Node | undefined {
    const process = this.world.processes[index]
    return process && this.#running().find((member) => member.process === process)?.node
  }

  async anyNode(): Promise<Node> {
    return (await this.#anyMember()).node
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.world.clock.after(ms, resolve))
  }

  /** One more node. */
  join(): void {
    this.world.start(this.world.addProcess(`node-${this.world.processes.length}`))
  }

  /** One node fewer, in good order; there is always one left. */
  async leave(options: { drain?: boolean } = {}): Promise<void> {
    if (this.#running().length < 2) return
    const { process, life, node } = await this.#anyMember()
    this.world.trace.add(process.name, 'leaves')
    await Promise.race([node.stop(options), life.ended])
    if (!life.dead) this.world.ended(process)
  }

  /** Asks until there is an answer, always with the same request id. */
  ask<Reply>(message: Message<Reply>, requestId = this.#nextId('ask')): Promise<Reply> {
    return this.#untilDone((node) => node.ask(message, { requestId, timeout: patienceMs }))
  }

  /** Sends until it is stored, always with the same dedupe key. */
  send(message: Message, dedupe = this.#nextId('send')): Promise<void> {
    return this.#untilDone((node) => node.send(message, { dedupe }))
  }

  /** Sends as plain SQL does. */
  post(input: PostInput): void {
    this.database.post(input)
  }

  /** The state that the database has. */
  state<State>(target: { kind: string; key: string }): State | undefined {
    for (const actors of this.database.actors.values()) {
      const row = actors.get(`${target.kind}/${target.key}`)
      if (row) return JSON.parse(row.state) as State
    }
    return undefined
  }

  /** Repeats `check` until it throws nothing. */
  async expectEventually(check: () => void | Promise<void>, withinMs = 60_000): Promise<void> {
    const until = this.world.clock.now + withinMs
    for (;;) {
      try {
        return await check()
      } catch (error) {
        if (this.world.clock.now > until) throw error
      }
      await this.sleep(50)
    }
  }

  /** What is not done yet. */
  get unsettled(): Settled {
    return expectSettled(this.database, this.world)
  }

  async #boot(ports: Ports, process: SimulatedProcess, life: Life): Promise<void> {
    const { kinds: given, settings = {}, offload } = this.#options
    const kinds = typeof given === 'function' ? given(ports) : given
    const parts = { ...ports, kinds, settings, log: this.#logOf(process) }
    const node = await startNode({ ...parts, ...(offload && { offload }) })
    if (!life.dead) this.#members.set(process, { process, life, node })
  }

  async #untilDone<Result>(call: (node: Node) => Promise<Result>): Promise<Result> {
    for (;;) {
      const { node, life } = await this.#anyMember()
      try {
        return await Promise.race([call(node), failing(life.ended), failing(this.sleep(patienceMs))])
      } catch (error) {
        if (!mayBeTriedAgain(error)) throw error
      }
      await this.sleep(this.random() * retryMaxMs)
    }
  }

  async #anyMember(): Promise<Member> {
    for (;;) {
      const running = this.#running()
      const member = running[Math.floor(this.random() * running.length)]
      if (member) return member
      await this.sleep(50)
    }
  }

  #running(): Member[] {
    return [...this.#members.values()].filter(({ process, life }) => process.life === life && process.runs)
  }

  #nextId(what: string): string {
    this.#requests += 1
    return `${what}-${this.#requests}`
  }

  #logOf(process: SimulatedProcess): Log {
    const { trace } = this.world
    const write =
      (level: string) =>
      (line: string, facts: object = {}) => {
        trace.add(process.name, `${level}: ${line}`, '', JSON.stringify(facts))
      }
    return { debug() {}, info: write('info'), warn: write('warn'), error: write('error') }
  }

  #trace(transition: Transition): void {
    const { trace } = this.world
    if (transition.what === 'joined') this.#names.set(transition.incarnation, transition.name)
    if (transition.what === 'posted')
      return trace.add('sql', 'posts', `${transition.row.kind}/${transition.row.key}`)
    const name =
      this.#names.get(
        transition.what === 'committed' ? transition.commit.incarnation : transition.incarnation,
      ) ?? '?'
    if (transition.what === 'committed') this.#traceCommit(name, transition)
    else trace.add(name, transition.what, '', transition.incarnation)
  }

  #traceCommit(name: string, { commit, mail }: Extract<Transition, { what: 'committed' }>): void {
    const { trace } = this.world
    for (const { kind, key, turn, type, lane, seq, failure } of commit.history) {
      trace.add(
        name,
        failure === null ? 'turn' : 'failed turn',
        `${kind}/${key}`,
        `${turn} '${type}' ${lane}:${seq} in group ${commit.incarnation}/${commit.group}`,
      )
    }
    for (const { kind, key, type, lane, seq, sender } of mail) {
      trace.add(name, 'mail', `${kind}/${key}`, `'${type}' ${lane}:${seq} from ${sender}`)
    }
    for (const { kind, key, type, reason, lane, seq, due } of commit.deferred) {
      trace.add(name, 'puts off', `${kind}/${key}`, `'${type}' ${lane}:${seq} (${reason}, due ${due})`)
    }
    for (const { kind, key, type, cause, reason } of commit.dead)
      trace.add(name, 'buries', `${kind}/${key}`, `'${type}' (${cause}: ${reason})`)
  }
}

async function failing(ended: Promise<void>): Promise<never> {
  await ended
  throw new OutcomeUnknown('the node did not answer')
}

function mayBeTriedAgain(error: unknown): boolean {
  if (error instanceof Unavailable || error instanceof OutcomeUnknown) return true
  return error instanceof Refused && (error.code === 'stopping' || error.code === 'mailbox_full')
}
