import { expect } from 'chai'
import * as z from 'zod'
import { actor, Refused } from '#runtime/index.ts'
import { resumeType } from '#runtime/message.ts'
import { startPostgresNode } from '#runtime/postgres/index.ts'
import type { Settings } from '#runtime/settings.ts'
import { Cluster } from '#runtime/testing/cluster.ts'
import { freshDatabase, type TestDatabase } from '../support/database.ts'
import { Member } from './conformance-member.ts'
import { errorOf } from './features/use-runtime.ts'

const counter = actor(
  'counter',
  {
    state: z.object({ total: z.int().default(0) }).prefault({}),
    messages: { add: { reply: z.int() }, stick: {} },
  },
  {
    add: (state) => ++state.total,
    stick: () => new Promise<void>(() => {}),
  },
)
const kinds = [counter]
const keys = Array.from({ length: 20 }, (_, at) => `c${at}`)

describe('a node that has started on Postgres', () => {
  let database: TestDatabase
  before(async () => {
    database = await freshDatabase()
  })
  after(() => database.drop())
  const started = () => startPostgresNode({ url: database.url, schema: 'runtime', name: 'alone', kinds })

  it('has its shards open: not even the first ask travels as mail', async () => {
    const node = await started()
    await Promise.all(keys.map((key) => node.ask(counter.at(key).add())))
    const turns = await Promise.all(keys.map((key) => node.history({ kind: 'counter', key })))
    await node.stop()
    // What was never mail has no place in a lane.
    expect(turns.flat().map(({ seq }) => seq)).to.deep.equal(keys.map(() => 0))
  })

  it('rejects whatever comes after its stop, and throws nothing', async () => {
    const node = await started()
    await node.stop()
    const one = counter.at('c0').add()
    for (const late of [node.ask(one), node.send(one), node.resume(one), node.redrive({}), node.discard({})])
      expect(await errorOf(late))
        .to.be.instanceOf(Refused)
        .with.property('code', 'stopping')
  })
})

describe('a node that starts on memory', () => {
  it('has its shards open, as soon as they are read', async () => {
    const { cluster, started } = clusterOf(1)
    await started(1)
    expect(cluster.node(0)?.metrics().shards).to.equal(32)
    const added = cluster.node(0)?.ask(counter.at('x').add())
    await cluster.world.clock.runTo(cluster.world.clock.now + 50)
    expect(await added).to.equal(1)
    expect(cluster.database.mail.get(1) ?? new Map()).to.have.property('size', 0)
    const [turn] = cluster.database.history.get('counter/x') ?? []
    expect(turn).to.include({ turn: 1, seq: 0 })
  })

  it('waits for nobody to give it shards', async () => {
    const { cluster, started } = clusterOf(1)
    await started(1)
    const { now } = cluster.world.clock
    cluster.join()
    await started(2)
    expect(cluster.world.clock.now - now).to.be.below(50)
  })

  it('is started although a backlog is longer than can be read soon', async () => {
    const { cluster, started } = clusterOf(1, { windowMax: 2, readMax: 1 })
    const past = cluster.database.connect()
    const sender = new Member(past, await past.join({ name: 'past', leaseMs: 1_000 }))
    await sender.commit({ mail: sender.letters(9, { kind: 'counter', type: 'stick' }), sent: 9 })
    await past.leave(sender)
    await started(1)
    expect(cluster.world.clock.now).to.be.within(5_000, 6_000)
  })

  it('finds the mail of an actor that is resumed while its shard is being read', async () => {
    const { cluster, started } = clusterOf(1, { readMax: 1 })
    const past = cluster.database.connect()
    const sender = new Member(past, await past.join({ name: 'past', leaseMs: 1_000 }))
    const parked = { kind: 'counter', key: 'parked' }
    const resting = { reason: 'parked', due: Number.MAX_SAFE_INTEGER } as const
    const deferred = sender
      .letters(3, { ...parked, type: 'add' })
      .map((letter) => sender.deferred({ ...letter, ...resting }))
    const resume = sender.letter({ ...parked, type: resumeType })
    const others = sender.letters(30, { kind: 'counter', key: 'other', type: 'add' })
    const states = [sender.write({ ...parked, state: '{"total":0}', parked: true })]
    await sender.commit({ states, deferred, mail: [resume, ...others], sent: sender.sent })
    await past.leave(sender)
    await started(1)
    await cluster.world.clock.runTo(cluster.world.clock.now + 1_000)
    expect(cluster.state(parked)).to.deep.equal({ total: 3 })
    expect(cluster.state({ ...parked, key: 'other' })).to.deep.equal({ total: 30 })
  })

  function clusterOf(nodes: number, settings: Partial<Settings> = {}) {
    const cluster = new Cluster({ seed: 1, nodes, kinds, settings })
    const started = (count: number) => cluster.world.clock.run(() => cluster.nodes.length === count)
    return { cluster, started }
  }
})
