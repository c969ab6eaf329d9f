/** Several processes with a node each on one database, kept at their number whatever kills them. */
import { seededRandom } from '#runtime/random.ts'
import type { Settings } from '#runtime/index.ts'
import type { OpenOptions } from './node-process.ts'
import { killLeftProcesses, NodeProcess } from './process.ts'

export type ClusterOptions = {
  readonly url: string
  readonly nodes: number
  readonly seed: number
  readonly settings?: Partial<Settings>
  readonly migrates?: boolean
  /** How long a node waits for an answer of the database. */
  readonly deadlineMs?: number
  /** How far each node's clock is off. */
  readonly skewsMs?: readonly number[]
}

/** Short, so that a spec need not wait for a lease to run out. */
const quickSettings: Partial<Settings> = { leaseMs: 1_500, sweepMs: 200 }

export class Cluster {
  readonly random: () => number
  /** Processes that ended without being told to. */
  deaths = 0
  readonly #options: ClusterOptions
  readonly #slots: NodeProcess[] = []
  readonly #starting = new Set<Promise<void>>()
  readonly #leaving = new Set<NodeProcess>()
  /** While restarts are held: the slots whose processes are dead. */
  #dead: number[] | undefined
  #stopping = false

  static async start(options: ClusterOptions): Promise<Cluster> {
    const cluster = new Cluster(options)
    try {
      await Promise.all(Array.from({ length: options.nodes }, (_, slot) => cluster.#open(slot)))
      return cluster
    } catch (error) {
      cluster.#stopping = true
      killLeftProcesses()
      throw error
    }
  }

  private constructor(options: ClusterOptions) {
    this.#options = options
    this.random = seededRandom(options.seed)
  }

  /** The processes that can be talked to. */
  get nodes(): readonly NodeProcess[] {
    return this.#slots.filter((process) => process.opened && !process.ended && !process.paused)
  }
  /** Any of them; there may be none for a moment. */
  any(): NodeProcess | undefined {
    const { nodes } = this
    return nodes[Math.floor(this.random() * nodes.length)]
  }
  node(slot: number): NodeProcess {
    return this.#slots[slot] as NodeProcess
  }
  /** Stops all nodes in good order. */
  async stop(): Promise<void> {
    this.#stopping = true
    await Promise.all(this.#starting)
    await Promise.all(this.#slots.map((process) => stopNode(process)))
  }
  /** Has one node hand over and leave; its process ends and nobody takes its place. */
  async drain(slot: number): Promise<void> {
    this.#leaving.add(this.node(slot))
    await stopNode(this.node(slot))
  }
  /** From now on nodes that die stay dead, until the returned function is called. */
  holdRestarts(): () => void {
    const dead: number[] = []
    this.#dead = dead
    return () => {
      this.#dead = undefined
      for (const slot of dead) this.#openAgain(slot)
    }
  }
  /** The last lines of all logs, for a failure's report. */
  logs(): string {
    return this.#slots.map(({ options: { name }, log }) => `--- ${name}\n${log.join('\n')}`).join('\n')
  }

  async #open(slot: number): Promise<void> {
    const { url, settings, migrates = false, skewsMs = [], deadlineMs } = this.#options
    const options: OpenOptions = {
      url,
      name: `n${slot}`,
      settings: { ...quickSettings, ...settings },
      migrates,
      skewMs: skewsMs[slot] ?? 0,
      ...(deadlineMs !== undefined && { deadlineMs }),
    }
    const process = new NodeProcess(options)
    this.#slots[slot] = process
    void process.exited.then(() => this.#died(slot, process))
    await process.open()
  }
  #died(slot: number, process: NodeProcess) {
    if (this.#stopping || this.#leaving.has(process)) return
    this.deaths++
    if (this.#dead) this.#dead.push(slot)
    else this.#openAgain(slot)
  }
  #openAgain(slot: number) {
    // One that dies while it starts is started again by its own death.
    const starting = this.#open(slot).catch(() => {})
    this.#starting.add(starting)
    void starting.then(() => this.#starting.delete(starting))
  }
}

async function stopNode(process: NodeProcess): Promise<void> {
  if (process.paused) process.goOn()
  await process.stop()
}
