import { expect } from 'chai'
import * as z from 'zod'
import { actor, HandlerFailed, type Node, Refused } from '#runtime/index.ts'
import { errorOf, useRuntime } from './use-runtime.ts'

const counter = actor(
  'counter',
  {
    state: z.object({ total: z.int().default(0), seen: z.array(z.int()).default([]) }).prefault({}),
    messages: {
      add: { input: z.int(), reply: z.int() },
      pass: { input: z.object({ to: z.array(z.string()), n: z.int() }) },
      see: { input: z.int() },
      seen: { reply: z.array(z.int()) },
      no: { error: z.object({ why: z.string() }) },
      fail: {},
      failDurably: { delivery: 'durable' },
    },
    supervision: { attemptsMax: 1 },
  },
  {
    add(state, by) {
      state.total += by
      return state.total
    },
    pass(_state, { to, n }, ctx) {
      for (const key of to) ctx.send(counter.at(key).see(n))
    },
    see(state, n) {
      state.seen.push(n)
    },
    seen: (state) => state.seen,
    no(_state, _input, ctx) {
      ctx.refuse('no', { why: 'never' })
    },
    fail() {
      throw new Error('a wheel came off')
    },
    failDurably() {
      throw new Error('a wheel came off')
    },
  },
)
const kinds = [counter]
const keys = Array.from({ length: 24 }, (_, at) => `c${at}`)

describe('two nodes', () => {
  const runtime = useRuntime({ kinds, name: 'first' }, { kinds, name: 'second' })
  let nodes: readonly Node[]
  before(async () => {
    nodes = runtime.get.nodes
    for (const node of nodes) await runtime.get.until(() => node.metrics().shards === 128)
  })

  it('answer for each other', async () => {
    for (const [at, node] of nodes.entries()) {
      const totals = await Promise.all(keys.map((key) => node.ask(counter.at(key).add(1))))
      expect(new Set(totals)).to.deep.equal(new Set([at + 1]))
    }
  })

  it('carry refusals with their detail', async () => {
    for (const node of nodes) {
      const error = await errorOf(node.ask(counter.at('c1').no()))
      expect(error).to.be.instanceOf(Refused)
      expect(error).to.deep.include({ code: 'refused', message: 'no', detail: { why: 'never' } })
    }
  })

  for (const type of ['fail', 'failDurably'] as const) {
    it(`tell of a bug in the same words, wherever the actor is, of an ask '${type}'`, async () => {
      for (const node of nodes) {
        const error = await errorOf(node.ask(counter.at('c1')[type]()))
        expect(error).to.be.instanceOf(HandlerFailed)
        expect(error).to.deep.include({ actor: 'counter/c1', type, reason: 'a wheel came off' })
        expect(error.message).to.equal(`counter/c1 failed on '${type}': a wheel came off`)
      }
    })
  }

  it('keep what one actor sends to another in order', async () => {
    const to = keys.slice(0, 6)
    const all = Array.from({ length: 50 }, (_, n) => n)
    for (const n of all) await (nodes[n % 2] as Node).ask(counter.at('source').pass({ to, n }))
    for (const key of to) {
      await runtime.get.until(
        async () => (await nodes[0]?.ask(counter.at(key).seen()))?.length === all.length,
      )
      expect(await nodes[1]?.ask(counter.at(key).seen())).to.deep.equal(all)
    }
  })

  it('know of each other in what they explain', async () => {
    const owners = new Set<string | undefined>()
    for (const key of keys)
      owners.add((await nodes[0]?.explain({ kind: 'counter', key }))?.stored.owner?.name)
    expect(owners).to.deep.equal(new Set(['first', 'second']))
  })

  it('hand over in good order when one stops, under load', async () => {
    const [first, second] = nodes as [Node, Node]
    const before = await Promise.all(keys.map((key) => second.ask(counter.at(key).add(0))))
    const load = keys.flatMap((key) => [1, 2, 3, 4, 5].map(() => second.send(counter.at(key).add(1))))
    await Promise.all([first.stop(), ...load])
    await runtime.get.until(() => second.metrics().shards === 256)
    const totals = () => Promise.all(keys.map((key) => second.ask(counter.at(key).add(0))))
    await runtime.get.until(async () => (await totals()).every((total, at) => total >= (before[at] ?? 0) + 5))
    expect(await totals()).to.deep.equal(before.map((total) => total + 5))
  })

  it('refuse what comes after they have stopped', async () => {
    const error = await errorOf(Promise.resolve().then(() => nodes[0]?.ask(counter.at('c1').add(1))))
    expect(error).to.be.instanceOf(Refused).and.to.have.property('code', 'stopping')
  })
})
