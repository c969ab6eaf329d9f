/**
 * A cluster for tests: on memory and virtual time, where `advance` makes time pass, or on Postgres and
 * real time. Work that is due is done by itself; nothing that waits for its time happens before it.
 */
import type { Kind } from '#runtime/definition.ts'
import { type Duration, milliseconds } from '#runtime/duration.ts'
import type { Message } from '#runtime/message.ts'
import type { AskOptions, Node, NodeParts, SendFromOutside } from '#runtime/node.ts'
import { startPostgresNode } from '#runtime/postgres/index.ts'
import type { Settings } from '#runtime/settings.ts'
import { Cluster } from './cluster.ts'
import type { SqlModel } from './memory/sql.ts'
import { Probe } from './probe.ts'

export interface SystemOptions {
  readonly kinds: readonly Kind[]
  readonly nodes?: number
  /** Postgres must be migrated; `schema` is where the runtime's tables are, 'runtime' where nothing is said. */
  readonly store?: 'memory' | { readonly url: string; readonly schema?: string }
  readonly settings?: Partial<Settings>
  /** Answers `ctx.sql` on memory. */
  readonly sqlModel?: SqlModel
  /** Runs `ctx.offload` tasks. */
  readonly offload?: NodeParts['offload']
  readonly seed?: number
}

export interface System {
  /** All nodes; `node` is the first. */
  readonly nodes: readonly Node[]
  readonly node: Node
  /** Hears everything that the nodes tell, from the start on. */
  readonly probe: Probe
  send(message: Message, options?: SendFromOutside): Promise<void>
  ask<Reply>(message: Message<Reply>, options?: AskOptions): Promise<Reply>
  /** Lets virtual time pass, and everything happen that is due meanwhile. */
  advance(duration: Duration): Promise<void>
  stop(): Promise<void>
}

export function startSystem({ store = 'memory', ...options }: SystemOptions): Promise<System> {
  return store === 'memory' ? startOnMemory(options) : startOnPostgres(store, options)
}

type Options = Omit<SystemOptions, 'store'>

async function startOnPostgres(
  store: { url: string; schema?: string },
  { kinds, settings, offload, nodes = 1 }: Options,
): Promise<System> {
  const names = Array.from({ length: nodes }, (_, index) => `node-${index}`)
  const options = { ...store, kinds, ...(settings && { settings }), ...(offload && { offload }) }
  const started = await Promise.all(
    names.map((name) => startPostgresNode({ schema: 'runtime', ...options, name })),
  )
  return systemOf(started, {
    advance: () =>
      Promise.reject(new TypeError('time is real on Postgres: wait for an event, or test this on memory')),
    stop: async () => {
      for (const node of started) await node.stop()
    },
  })
}

async function startOnMemory({
  kinds,
  settings = {},
  nodes = 1,
  sqlModel,
  offload,
  seed = 1,
}: Options): Promise<System> {
  const cluster = new Cluster({
    seed,
    nodes,
    kinds,
    settings,
    latencyMs: 0,
    jitterMs: 0,
    shards: 16,
    ...(sqlModel && { sqlModel }),
    ...(offload && { offload }),
  })
  const pump = new Pump(cluster)
  await pump.until(() => cluster.nodes.length === nodes && cluster.unsettled.done)
  // In the order in which they were begun: a node that has nothing to open has started sooner.
  const started = Array.from({ length: nodes }, (_, index) => cluster.node(index) as Node)
  return systemOf(started, {
    advance: (duration) => pump.advance(milliseconds(duration)),
    stop: async () => {
      const stopped = Promise.all(cluster.nodes.map((node) => node.stop()))
      let ended = false
      void stopped.finally(() => (ended = true))
      await pump.until(() => ended)
      pump.stop()
    },
  })
}

function systemOf(nodes: readonly Node[], time: Pick<System, 'advance' | 'stop'>): System {
  const node = nodes[0] as Node
  const probe = new Probe(...nodes)
  return {
    nodes,
    node,
    probe,
    send: (message, options) => node.send(message, options),
    ask: (message, options) => node.ask(message, options),
    advance: (duration) => time.advance(duration),
    stop: async () => {
      probe.stop()
      await time.stop()
    },
  }
}

/** Virtual time creeps a little with every step; what is due within this is due now. */
const nowMs = 0.5

/** Runs what is due as soon as it is there, and what comes later when time is made to pass. */
class Pump {
  readonly #clock: Cluster['world']['clock']
  #time = 0
  #running: Promise<void> = Promise.resolve()
  #queued = false

  constructor({ world }: Cluster) {
    this.#clock = world.clock
    this.#clock.onScheduled = (at) => {
      if (at < this.#time + nowMs) this.#wake()
    }
  }

  /** Lets as much time pass as `done` needs. */
  async until(done: () => boolean): Promise<void> {
    await this.#next(() => this.#clock.run(done))
    this.#time = this.#clock.now
    this.#wake()
    await this.#running
  }

  async advance(ms: number): Promise<void> {
    this.#time += ms
    await this.#next(() => this.#clock.runTo(this.#time))
    this.#wake()
    await this.#running
  }

  stop(): void {
    this.#clock.onScheduled = null
  }

  #wake(): void {
    if (this.#queued) return
    this.#queued = true
    void this.#next(() => {
      this.#queued = false
      return this.#clock.run(() => this.#clock.nextAt >= this.#time + nowMs)
    })
  }

  #next(run: () => Promise<void>): Promise<void> {
    this.#running = this.#running.then(run)
    return this.#running
  }
}
