import { expect } from 'chai'
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import type pg from 'pg'
import { type ActorEventOf, job } from '#actors/index.ts'
import type { Message } from '#runtime/index.ts'
import { hasEnded, type Job } from '#specs/jobs.ts'
import { freshDatabase, type TestDatabase } from '#test/support/database.ts'
import { runSettings } from '#test/support/run.ts'
import { creation, hello, idOf, registration, team } from './fleet.ts'
import type { Asked, OpenOptions, Told } from './node-process.ts'

const leaseMs = 1_500
const options = {
  settings: { leaseMs, sweepMs: 200 },
  fleet: { acceptMs: 300, unhealthyMs: 1_000 },
} satisfies Partial<OpenOptions>

/** A process with a node in it, as its parent sees it. */
class NodeProcess {
  readonly #child: ChildProcess
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>()
  #asked = 0

  constructor(heard: (event: Extract<Told, { event: unknown }>['event']) => void) {
    const { environment: env } = runSettings()
    this.#child = fork(new URL('./node-process.ts', import.meta.url), { env, stdio: 'inherit' })
    this.#child.on('message', (told: Told) => {
      if ('event' in told) return heard(told.event)
      const waiting = this.#waiting.get(told.id)
      if (told.failure === undefined) waiting?.resolve(told.value)
      else waiting?.reject(new Error(told.failure))
    })
    this.#child.on('exit', () => {
      for (const { reject } of this.#waiting.values()) reject(new Error('the process has ended'))
    })
  }
  open(open: OpenOptions): Promise<unknown> {
    return this.#call({ open })
  }
  ask(message: Message): Promise<unknown> {
    return this.#call({ ask: message })
  }
  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    this.#child.kill('SIGKILL')
    await once(this.#child, 'exit')
  }
  #call(what: { open: OpenOptions } | { ask: Message }): Promise<unknown> {
    this.#asked += 1
    const waiting = Promise.withResolvers<unknown>()
    this.#waiting.set(this.#asked, waiting)
    this.#child.send({ id: this.#asked, ...what } satisfies Asked)
    return waiting.promise
  }
}

/** Two nodes, and agents that do what they are offered, by whichever node is there. */
class Fleet {
  readonly database: TestDatabase
  readonly pool: pg.Pool
  readonly #nodes: NodeProcess[] = []
  readonly #ended = new Map<string, Job>()
  #started = 0

  constructor(database: TestDatabase) {
    this.database = database
    this.pool = database.pool({ schema: 'product' })
  }
  async startNode(): Promise<void> {
    this.#started += 1
    const node = new NodeProcess((event) => {
      if (event.type === 'offer') void this.#work(event)
      if (event.type === 'job' && hasEnded(event.job.state)) this.#ended.set(event.job.id, event.job)
    })
    await node.open({ url: this.database.url, name: `node-${this.#started}`, ...options })
    this.#nodes.push(node)
  }
  async killOne(): Promise<void> {
    await this.#nodes.shift()?.kill()
  }
  /** Asks until somebody answers. */
  async ask<Reply>(message: Message<Reply>): Promise<Reply> {
    for (;;) {
      const node = this.#nodes[Math.floor(Math.random() * this.#nodes.length)]
      try {
        return (await node?.ask(message)) as Reply
      } catch (error) {
        // Nobody owns the dead node's actors for a moment.
        if (!/ended|Unavailable|OutcomeUnknown/.test(String(error))) throw error
        await this.pool.query('select pg_sleep(0.05)')
      }
    }
  }
  /** The jobs that have ended, when there are so many. Told by events, or found in the table where those got lost. */
  async ended(count: number): Promise<void> {
    while (this.#ended.size < count) {
      const { rows } = await this.pool.query<{ key: string; state: string }>(
        'select key, state from job where ended_at is not null and key <> all ($1)',
        [[...this.#ended.keys()]],
      )
      for (const { key } of rows) this.#ended.set(key, await this.ask(job.at(key).get()))
      if (this.#ended.size < count) await this.pool.query('select pg_sleep(0.05)')
    }
  }
  /** No agent holds anything any more. */
  async idle(): Promise<void> {
    for (;;) {
      const { rows } = await this.pool.query("select from agent where holding <> '{}'")
      if (rows.length === 0) return
      await this.pool.query('select pg_sleep(0.05)')
    }
  }
  async stop(): Promise<void> {
    await Promise.all(this.#nodes.map((node) => node.kill()))
    await this.pool.end()
  }

  async #work({ agent, offer }: ActorEventOf<'offer'>): Promise<void> {
    const word = { agent, attempt: offer.attempt }
    const { accepted } = await this.ask(job.at(offer.job).accept(word))
    if (!accepted) return
    await this.ask(job.at(offer.job).started(word))
    const output = { by: agent, attempt: offer.attempt }
    await this.ask(
      job.at(offer.job).finish({ ...word, outcome: 'completed', output, error: null, frames: 0 }),
    )
  }
}

describe('jobs on nodes that are killed', () => {
  let fleet: Fleet
  before(async () => {
    fleet = new Fleet(await freshDatabase())
    await fleet.pool.query('insert into team (id, name) values ($1, $1)', [team])
    await Promise.all([fleet.startNode(), fleet.startNode()])
  })
  after(async () => {
    await fleet.stop()
    await fleet.database.drop()
  })

  it('end, every one of them, with one result each', async () => {
    const agents = [idOf('agt'), idOf('agt'), idOf('agt')]
    for (const id of agents) {
      await fleet.ask(registration(id, { slots: 2 }))
      await fleet.ask(hello(id))
    }
    const ids = Array.from({ length: 120 }, () => idOf('job'))
    const submitted = (async () => {
      for (const [seq, id] of ids.entries()) await fleet.ask(creation(id, {}, { seq, at: Date.now() }))
    })()
    await fleet.ended(20)
    await fleet.killOne()
    await fleet.startNode()
    await fleet.ended(60)
    await fleet.killOne()
    await submitted
    await fleet.ended(ids.length)
    const { rows } = await fleet.pool.query(
      `select count(*)::int as jobs, count(result.job)::int as results,
         count(*) filter (where status = 'completed')::int as completed,
         count(*) filter (where (result.output ->> 'attempt')::int = result.attempt)::int as own
       from job left join job_result as result on result.job = job.key`,
    )
    expect(rows).to.deep.equal([{ jobs: 120, results: 120, completed: 120, own: 120 }])
    await fleet.idle()
  }).timeout(60_000)
})
