/** Callers from outside: each makes one call after the other, and tries each until it is acknowledged. */
import type { Cluster } from './cluster.ts'
import { register } from './kinds.ts'
import { CallFailed, type NodeProcess } from './process.ts'
import { until } from './until.ts'

export type Way = 'send' | 'sendPlainly' | 'tell' | 'keep' | 'enter'
type Call = { readonly client: string; readonly number: number }

const askTimeoutMs = 2_000
/** So many that every node owns some. */
const registers = 16
/** What a caller may hear while nodes come and go; it tries again. Anything else is a mistake. */
const passing = ['Unavailable', 'OutcomeUnknown', 'ProcessEnded', 'Refused stopping']

const calls: Readonly<Record<Way, (node: NodeProcess, call: Call) => Promise<unknown>>> = {
  send: (node, call) =>
    node.call('send', register.at(keyOf('send', call)).note(call), { dedupe: idOf(call) }),
  // Without a key: only where a failed send certainly did not happen.
  sendPlainly: (node, call) => node.call('send', register.at(keyOf('sendPlainly', call)).note(call)),
  tell: (node, call) => node.call('ask', register.at(keyOf('tell', call)).tell(call), requestOf(call)),
  keep: (node, call) => node.call('ask', register.at(keyOf('keep', call)).keep(call), requestOf(call)),
  enter: (node, call) => node.call('ask', register.at(keyOf('enter', call)).enter(call), requestOf(call)),
}

export class Clients {
  /** Every call that was acknowledged. */
  readonly acknowledged = new Map<Way, string[]>()
  /** What callers heard before they were. */
  readonly heard = new Map<string, number>()
  readonly #cluster: Cluster
  readonly #under: Promise<void>[] = []

  constructor(cluster: Cluster) {
    this.#cluster = cluster
  }

  /** Starts callers of one way, each with its own calls. */
  begin(way: Way, callers: number, each: number): this {
    if (!this.acknowledged.has(way)) this.acknowledged.set(way, [])
    for (let caller = 0; caller < callers; caller++) {
      const running = this.#callAll(way, `${way}${this.#under.length}`, each)
      // Whoever waits for the end hears of it; until then it is no unhandled rejection.
      running.catch(() => {})
      this.#under.push(running)
    }
    return this
  }
  /** Resolves when every call is acknowledged. */
  async done(): Promise<void> {
    await Promise.all(this.#under)
  }
  get calls(): number {
    return [...this.acknowledged.values()].reduce((sum, { length }) => sum + length, 0)
  }
  /** The keys of the actors that the calls of one way went to. */
  keys(way: Way): string[] {
    return Array.from({ length: registers }, (_, key) => `${way}-${key}`)
  }
  report(): string {
    return [...this.heard].map(([error, times]) => `${error} ×${times}`).join(', ')
  }

  async #callAll(way: Way, client: string, each: number): Promise<void> {
    for (let number = 1; number <= each; number++) {
      const call = { client, number }
      await until(`${client} ${number} is acknowledged`, () => this.#tried(way, call), {
        told: () => `heard: ${this.report()}\n${this.#cluster.logs()}`,
      })
      this.acknowledged.get(way)?.push(idOf(call))
    }
  }

  async #tried(way: Way, call: Call): Promise<boolean> {
    const node = this.#cluster.any()
    if (!node) return false
    return this.passes(() => calls[way](node, call))
  }

  /** False where it may be tried again. */
  async passes(make: () => Promise<unknown>): Promise<boolean> {
    try {
      await make()
      return true
    } catch (error) {
      this.#hear(error)
      return false
    }
  }
  #hear(error: unknown) {
    if (!(error instanceof CallFailed)) throw error
    const { error: name, code } = error.failure
    const told = code === null ? name : `${name} ${code}`
    this.heard.set(told, (this.heard.get(told) ?? 0) + 1)
    if (!passing.includes(told)) throw error
  }
}

function idOf({ client, number }: Call): string {
  return `${client}-${number}`
}
function requestOf(call: Call) {
  return { requestId: idOf(call), timeout: askTimeoutMs }
}
function keyOf(way: Way, { number }: Call): string {
  return `${way}-${number % registers}`
}
