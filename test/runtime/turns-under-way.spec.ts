import { expect } from 'chai'
import * as z from 'zod'
import { actor, type Kind } from '#runtime/index.ts'
import { Cluster } from '#runtime/testing/cluster.ts'
import type { Ports } from '#runtime/testing/world.ts'

const wickMs = 500
const keys = Array.from({ length: 16 }, (_, at) => `l${at}`)

const burning = {
  state: z.object({ burnt: z.int().default(0) }).prefault({}),
  messages: {
    burn: { input: z.object({ ms: z.int() }), reply: z.int() },
    glow: { input: z.object({ inMs: z.int() }) },
    break: {},
  },
  supervision: { attemptsMax: 1, then: 'park' },
} as const

/** Lamps that burn for a while; `lit` hears of each that is lit. */
const lampsWith = ({ clock }: Pick<Ports, 'clock'>, lit: (key: string) => void): Kind =>
  actor('lamp', burning, {
    async burn(state, { ms }, ctx) {
      lit(ctx.key)
      await new Promise<void>((out) => void clock.after(ms, out))
      state.burnt += 1
      return state.burnt
    },
    glow(_state, { inMs }, ctx) {
      ctx.after(inMs, ctx.self.burn({ ms: 0 }))
    },
    break() {
      throw new Error('it is broken')
    },
  })
const lamp = actor('lamp', burning, { burn: () => 0, glow() {}, break() {} })

describe('turns that are under way while their shards move', () => {
  // Mutant: turns-not-waited-for.
  it('end before that, and run once', async () => {
    const { cluster, lit } = clusterWith({})
    await cluster.world.clock.run(() => cluster.nodes.length === 1)
    const burnt = allBurn(cluster, wickMs)
    await cluster.world.clock.run(() => lit.length === keys.length)
    cluster.join()
    await cluster.world.clock.run(() => shardsOf(cluster)[1] === 16)
    expect(await burnt).to.deep.equal(keys.map(() => 1))
    expect(lit.toSorted()).to.deep.equal(keys.toSorted())
  })

  // Mutant: asks-under-way-forgotten.
  it('and take longer than is waited for are void, and run again where their shards are', async () => {
    const { cluster, lit } = clusterWith({ stopMs: 50 })
    await cluster.world.clock.run(() => cluster.nodes.length === 1)
    const burnt = allBurn(cluster, 3_000)
    await cluster.world.clock.run(() => lit.length === keys.length)
    cluster.join()
    await cluster.world.clock.run(() => shardsOf(cluster)[1] === 16)
    await cluster.world.clock.runTo(cluster.world.clock.now + 9_000)
    expect(await burnt).to.deep.equal(keys.map(() => 1))
    expect(lit.length, 'turns begun').to.be.greaterThan(keys.length)
  })
})

describe('an actor that is being resumed', () => {
  // Mutant: put-off-while-resumed.
  it('puts nothing off for good that reaches it before the resumption is committed', async () => {
    const { cluster } = clusterWith({}, 100)
    const { clock } = cluster.world
    const target = lamp.at('one')
    await clock.run(() => cluster.nodes.length === 1)
    const node = cluster.node(0)
    await during(cluster, node?.send(target.glow({ inMs: 10_000 })))
    await during(cluster, node?.send(target.break()))
    await clock.run(() => [...cluster.database.deferred.values()].length === 1)
    const [timer] = cluster.database.deferred.values()
    await clock.runTo(clock.now + (timer?.due ?? 0) - cluster.database.now() - 30)
    await during(cluster, node?.resume(target.break()))
    await clock.runTo(clock.now + 2_000)
    expect(cluster.state({ kind: 'lamp', key: 'one' })).to.deep.equal({ burnt: 1 })
  })
})

function clusterWith(settings: { stopMs?: number }, latencyMs = 0.5) {
  const lit: string[] = []
  const kinds = (ports: Ports) => [lampsWith(ports, (key) => lit.push(key))]
  return { cluster: new Cluster({ seed: 1, nodes: 1, kinds, settings, latencyMs }), lit }
}
async function allBurn({ nodes: [node] }: Cluster, ms: number): Promise<number[]> {
  if (!node) throw new Error('there is no node')
  return Promise.all(keys.map((key) => node.ask(lamp.at(key).burn({ ms }))))
}
function shardsOf({ nodes }: Cluster): number[] {
  return nodes.map((node) => node.metrics().shards)
}
/** Lets as much time pass as the work takes. */
async function during(cluster: Cluster, work: Promise<unknown> | undefined): Promise<void> {
  let ended = false
  void work?.finally(() => (ended = true))
  await cluster.world.clock.run(() => ended)
  await work
}
