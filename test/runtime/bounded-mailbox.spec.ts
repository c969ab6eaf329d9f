import { expect } from 'chai'
import * as z from 'zod'
import { actor } from '#runtime/definition.ts'
import { Refused } from '#runtime/errors.ts'
import { type SimulatedCluster, simulate } from '#runtime/testing/simulate.ts'
import { startSystem, type System } from '#runtime/testing/system.ts'

const tray = actor(
  'tray',
  {
    state: z.object({ sheets: z.int().default(0), asked: z.int().default(0) }).prefault({}),
    messages: { put: {}, ask: { reply: z.int() }, askSurely: { reply: z.int(), delivery: 'durable' } },
    mailboxMax: 3,
  },
  {
    put(state) {
      state.sheets += 1
    },
    async ask(state) {
      await Promise.resolve()
      state.asked += 1
      return state.asked
    },
    askSurely(state) {
      state.asked += 1
      return state.asked
    },
  },
)
const feeder = actor(
  'feeder',
  { state: z.object({}).prefault({}), messages: { feed: { input: z.int() } } },
  {
    feed(_state, sheets, ctx) {
      for (let sheet = 0; sheet < sheets; sheet += 1) ctx.send(tray.at('fed').put())
    },
  },
)
const kinds = [tray, feeder]
const asks = 12

describe('bounded mailboxes', () => {
  it('lose nothing that was let in, and run nothing that was refused, whatever goes wrong', async () => {
    await simulate({ kinds, seeds: 10, turnsMin: 60, settings: { leaseMs: 3_000, sliceMax: 2 } }, overfill)
  }).timeout(20_000)
})

/** More at once than there is room for; who is refused comes again, with the same key. */
async function overfill(cluster: SimulatedCluster) {
  const keys = ['a', 'b', 'c', 'd']
  const all = keys.flatMap((key) => [
    ...Array.from({ length: 12 }, () => cluster.send(tray.at(key).put())),
    ...Array.from({ length: asks }, (_, at) =>
      cluster.ask(at % 2 ? tray.at(key).ask() : tray.at(key).askSurely()),
    ),
    cluster.send(feeder.at(key).feed(5)),
  ])
  await Promise.all(all)
  return () => {
    const dead = [...cluster.database.dead.values()]
    const deadOf = (key: string) => dead.filter((letter) => letter.key === key).length
    const stateOf = (key: string) => cluster.state<{ sheets: number; asked: number }>({ kind: 'tray', key })
    for (const key of keys) {
      expect(stateOf(key)?.asked, `asks of tray/${key}`).to.equal(asks)
      expect((stateOf(key)?.sheets ?? 0) + deadOf(key), `sheets of tray/${key}`).to.equal(12)
    }
    expect((stateOf('fed')?.sheets ?? 0) + deadOf('fed'), 'sheets of tray/fed').to.equal(20)
    expect(new Set(dead.map(({ cause, type }) => `${cause} ${type}`))).to.deep.equal(
      new Set(dead.length > 0 ? ['mailbox_full put'] : []),
    )
  }
}

describe('a bounded mailbox among many nodes', () => {
  let system: System
  beforeEach(async () => {
    system = await startSystem({ kinds, nodes: 3 })
  })
  afterEach(() => system.stop())

  it('lets in as many as it holds, from whatever node they come', async () => {
    for (const node of system.nodes) {
      const outcomes = await Promise.allSettled(
        Array.from({ length: 8 }, (_, at) =>
          node.ask(at % 2 ? tray.at('x').ask() : tray.at('x').askSurely()),
        ),
      )
      const refused = outcomes.filter(({ status }) => status === 'rejected').map((outcome) => outcome)
      expect(refused).to.have.length.within(1, 5)
      for (const outcome of refused)
        expect(outcome)
          .to.have.property('reason')
          .that.is.instanceOf(Refused)
          .with.property('code', 'mailbox_full')
    }
    expect(await system.node.deadLetters()).to.deep.equal([])
  })
})
