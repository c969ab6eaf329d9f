import { expect } from 'chai'
import * as z from 'zod'
import { actor } from '#runtime/index.ts'
import { gate, useRuntime } from './use-runtime.ts'

let held = gate()
const counter = actor(
  'counter',
  {
    state: z.object({ total: z.int().default(0) }).prefault({}),
    messages: { add: { reply: z.int() }, hold: {}, end: {} },
  },
  {
    add(state) {
      state.total += 1
      return state.total
    },
    async hold() {
      await held.opened
    },
    end(_state, _input, ctx) {
      ctx.stop()
    },
  },
)

describe('an idle actor', () => {
  const runtime = useRuntime({ kinds: [counter], settings: { passivateMs: 100 } })

  it('sleeps, and wakes with its state', async () => {
    const { node, seen } = runtime.get
    await node.ask(counter.at('a').add())
    await seen({ type: 'asleep' })
    await runtime.get.until(() => node.metrics().residents === 0)
    expect(await node.ask(counter.at('a').add())).to.equal(2)
  })

  it('stays while its turn is under way', async () => {
    const { node } = runtime.get
    held = gate()
    await node.send(counter.at('b').hold())
    await node.ask(counter.at('c').add())
    await runtime.get.until(() => node.metrics().residents === 1)
    expect((await node.explain(counter.at('b').add())).here).to.include({ running: 'hold' })
    held.open()
  })
})

describe('actors in memory', () => {
  const runtime = useRuntime({ kinds: [counter], settings: { residentsMax: 10, passivateMs: 600_000 } })
  it('are few, however many there are', async () => {
    const { node } = runtime.get
    const keys = Array.from({ length: 60 }, (_, at) => `actor ${at}`)
    for (const key of keys) await node.ask(counter.at(key).add())
    await runtime.get.until(() => node.metrics().residents <= 10)
    const totals = await Promise.all(keys.map((key) => node.ask(counter.at(key).add())))
    expect(new Set(totals)).to.deep.equal(new Set([2]))
  })
})

describe('an actor that stops itself', () => {
  const runtime = useRuntime({ kinds: [counter] })
  it('is gone, and starts afresh with its next message', async () => {
    const { node, seen, sql } = runtime.get
    await node.ask(counter.at('a').add())
    await node.ask(counter.at('a').end())
    await seen({ type: 'stopped', actor: 'counter/a' })
    expect(await sql("select from runtime.actor where key = 'a'")).to.deep.equal([])
    expect(await node.ask(counter.at('a').add())).to.equal(1)
  })

  it('and is woken within the same commit is the new one', async () => {
    const { node } = runtime.get
    await node.ask(counter.at('b').add())
    const all = [
      node.ask(counter.at('b').add()),
      node.ask(counter.at('b').end()),
      node.ask(counter.at('b').add()),
    ]
    expect(await Promise.all(all)).to.deep.equal([2, undefined, 1])
  })
})
