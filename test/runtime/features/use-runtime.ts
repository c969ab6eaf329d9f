/** A migrated database with nodes on it, for the specs of one suite. */
import type pg from 'pg'
import * as z from 'zod'
import { actor, type Kind, type Log, type Node, type RuntimeEvent, type Settings } from '#runtime/index.ts'
import { startPostgresNode } from '#runtime/postgres/index.ts'
import { silent } from '#runtime/log.ts'
import { freshDatabase, type TestDatabase } from '#test/support/database.ts'

export interface NodeOptions {
  readonly kinds: readonly Kind[]
  readonly name?: string
  readonly settings?: Partial<Settings>
  readonly log?: Log
  readonly sqlRole?: string
  readonly offload?: (task: string, input: unknown) => Promise<unknown>
}

/** Quick enough that nothing in a spec waits for a sweep that a user would not notice. */
const quick: Partial<Settings> = { sweepMs: 50, askTimeoutMs: 5_000 }

/** Answers as soon as a node has opened its shards. */
const bell = actor('bell', { state: z.object({}).prefault({}), messages: { ring: {} } }, { ring() {} })

type Match = { readonly [field: string]: unknown }

/** Everything a node has told of itself, from its start on. */
export class Witness {
  readonly all: RuntimeEvent[] = []
  #waiting: (() => void)[] = []

  note(event: RuntimeEvent) {
    this.all.push(event)
    for (const look of this.#waiting.splice(0)) look()
  }
  matching(match: Match): RuntimeEvent[] {
    return this.all.filter((event) =>
      Object.entries(match).every(([name, value]) => (event as Match)[name] === value),
    )
  }
  /** Resolves with the next event of any type. */
  next(): Promise<void> {
    return new Promise((look) => this.#waiting.push(look))
  }
  /** The first event that matches, in the past or to come; or the `count`-th. Mocha's limit bounds the wait. */
  async seen<Type extends RuntimeEvent['type']>(
    match: Match & { type: Type },
    count = 1,
  ): Promise<Extract<RuntimeEvent, { type: Type }>> {
    for (;;) {
      const found = this.matching(match)[count - 1]
      if (found) return found as Extract<RuntimeEvent, { type: Type }>
      await this.next()
    }
  }
}

export class Runtime {
  readonly database: TestDatabase
  readonly #pool: pg.Pool
  readonly #nodes: Node[] = []
  readonly #witnesses = new Map<Node, Witness>()

  constructor(database: TestDatabase) {
    this.database = database
    this.#pool = database.pool()
  }

  start = async ({
    name = `node-${this.#nodes.length + 1}`,
    settings = {},
    kinds,
    ...options
  }: NodeOptions): Promise<Node> => {
    const node = await startPostgresNode({
      url: this.database.url,
      schema: 'runtime',
      name,
      log: silent,
      settings: { ...quick, ...settings },
      kinds: [...kinds, bell],
      ...options,
    })
    const witness = new Witness()
    node.onEvent((event) => witness.note(event))
    this.#nodes.push(node)
    this.#witnesses.set(node, witness)
    await node.ask(bell.at(name).ring())
    return node
  }
  get nodes(): readonly Node[] {
    return this.#nodes
  }
  get last(): Node {
    return this.#nodes.at(-1) as Node
  }
  /** The node started first. */
  get node(): Node {
    return this.#nodes[0] as Node
  }
  witness = (node = this.node): Witness => this.#witnesses.get(node) as Witness
  /** Resolves when the actor has had that many turns, on whatever nodes. */
  turns = async (actor: string, count: number) => {
    const seen = () =>
      [...this.#witnesses.values()].flatMap((witness) => witness.matching({ type: 'turn', actor })).length
    while (seen() < count) await Promise.race([...this.#witnesses.values()].map((witness) => witness.next()))
  }
  /** Resolves when it is so: for what no event tells of. */
  until = async (isSo: () => boolean | Promise<boolean>) => {
    while (!(await isSo())) await this.sql('select pg_sleep(0.01)')
  }
  seen: Witness['seen'] = (match, count) => this.witness().seen(match, count)

  sql = async <Row = Record<string, unknown>>(text: string, params: unknown[] = []): Promise<Row[]> =>
    (await this.#pool.query(text, params)).rows as Row[]
  /** Sends as plain SQL does, and wakes the nodes. */
  post = async (kind: string, key: string, type: string, input: unknown = null) => {
    const client = this.database.pool({ schema: 'runtime', max: 1 })
    await client.query('select send_mail($1, $2, $3, $4)', [kind, key, type, JSON.stringify(input)])
    await client.query('select wake()')
    await client.end()
  }
  /** Stops every node, and rejects if anything stayed connected. */
  async end() {
    for (const node of this.#nodes) await node.stop()
    await this.#pool.end()
    await this.database.drop()
  }
}

/** Stands from the first spec of the suite to its last. */
export function useRuntime(...nodes: NodeOptions[]): { readonly get: Runtime } {
  let runtime: Runtime | undefined
  before(async () => {
    runtime = new Runtime(await freshDatabase())
    for (const options of nodes) await runtime.start(options)
  })
  after(() => runtime?.end())
  return {
    get get() {
      if (!runtime) throw new Error('the runtime is not started yet')
      return runtime
    },
  }
}

/** What a promise is rejected with. Throws when it is kept. */
export async function errorOf(promise: Promise<unknown>): Promise<Error> {
  let value: unknown
  try {
    value = await promise
  } catch (error) {
    return error as Error
  }
  throw new Error(`expected a failure, got ${JSON.stringify(value)}`)
}

/** What a spec lets a handler wait for. */
export function gate(): { readonly opened: Promise<void>; open(): void } {
  const { promise, resolve } = Promise.withResolvers<void>()
  return { opened: promise, open: resolve }
}
