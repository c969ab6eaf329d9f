import { expect } from 'chai'
import * as z from 'zod'
import { actor } from '#runtime/index.ts'
import { Cluster } from '#runtime/testing/cluster.ts'
import { Member } from './conformance-member.ts'

const lamp = actor(
  'lamp',
  { state: z.object({}).prefault({}), messages: { burn: {} } },
  { burn: () => new Promise<void>(() => {}) },
)
const leaseMs = 1_000

describe('shards whose owner has died', () => {
  it('stay with the next owner until it has run their suspects, however uneven that is', async () => {
    const cluster = new Cluster({ seed: 1, nodes: 0, kinds: [lamp] })
    const { clock } = cluster.world
    const past = cluster.database.connect()
    const dying = new Member(past, await past.join({ name: 'dying', leaseMs }))
    await dying.take()
    const mail = ['a', 'b', 'c', 'd'].map((key) => dying.letter({ kind: 'lamp', key, type: 'burn' }))
    await dying.commit({ mail, sent: mail.length })
    await clock.runTo(2 * leaseMs)

    cluster.join()
    await clock.run(() => (cluster.node(0)?.metrics().suspectsWaiting ?? 0) > 0)
    cluster.join()
    await clock.run(() => cluster.nodes.length === 2)
    const shards = () => cluster.nodes.map((node) => node.metrics().shards)
    await clock.runTo(clock.now + 2_500)
    expect(cluster.node(0)?.metrics().suspectsWaiting).to.equal(1)
    expect(shards()).to.deep.equal([32, 0])

    await clock.run(() => shards()[1] === 16)
    expect(cluster.node(0)?.metrics().suspectsWaiting).to.equal(0)
  })
})
