import { expect } from 'chai'
import * as z from 'zod'
import { actor } from '#runtime/index.ts'
import { simulate, type SimulatedCluster } from '#runtime/testing/simulate.ts'
import { gate, useRuntime } from './use-runtime.ts'

let held = gate()

const kettle = actor(
  'kettle',
  {
    state: z.array(z.string()).prefault([]),
    messages: {
      set: { input: z.object({ name: z.string(), text: z.string(), every: z.string().optional() }) },
      cancel: { input: z.string() },
      setAnew: { input: z.string() },
      whistle: { input: z.string() },
      sendToSelf: { input: z.string() },
      hold: {},
      heard: { reply: z.array(z.string()) },
    },
    supervision: { attemptsMax: 10, backoff: { first: '50ms', max: '1h', factor: 100_000 } },
  },
  {
    set(_state, { name, text, every }, ctx) {
      if (every === undefined) ctx.after(0, ctx.self.whistle(text), { name })
      else ctx.every(every, ctx.self.whistle(text), { name })
    },
    cancel(_state, name, ctx) {
      ctx.cancel(name)
    },
    setAnew(state, text, ctx) {
      if (ctx.attempt < 2) throw new Error('cold')
      state.push(`${text} ${ctx.attempt}`)
      if (state.length < 3) ctx.after(0, ctx.self.setAnew(text))
    },
    /** 'cold 2': fails twice. */
    whistle(state, text, ctx) {
      if (ctx.attempt <= Number(text.split(' ')[1] ?? 0)) throw new Error('cold')
      state.push(text)
    },
    sendToSelf(_state, text, ctx) {
      ctx.send(ctx.self.whistle(text))
    },
    async hold() {
      await held.opened
    },
    heard: (state) => state,
  },
)
const kinds = [kettle]

describe('a timer that has failed and waits for another attempt', () => {
  const runtime = useRuntime({ kinds })
  const rows = (key: string) =>
    runtime.get.sql('select name, reason from runtime.deferred where key = $1 order by reason', [key])
  const waiting = { name: 'a', reason: 'retry' }
  /** The first retry comes soon; the second so late that it does not come while the spec runs. */
  async function failedTwice(key: string, every?: string) {
    const { node, seen } = runtime.get
    await node.send(kettle.at(key).set({ name: 'a', text: 'cold 9', ...(every !== undefined && { every }) }))
    await seen({ type: 'failed', actor: `kettle/${key}` }, 2)
    return { node, at: kettle.at(key) }
  }
  /** What an actor sends itself waits behind its timer that failed, for as long as that is there. */
  async function heardAfterSendingToSelf(key: string) {
    const { last: node } = runtime.get
    await node.send(kettle.at(key).sendToSelf('self'))
    await runtime.get.witness(node).seen({ type: 'turn', actor: `kettle/${key}`, message: 'whistle' })
    return node.ask(kettle.at(key).heard())
  }

  it('keeps its name', async () => {
    await failedTwice('named')
    expect(await rows('named')).to.deep.equal([waiting])
  })

  it('rings in the end, and is gone', async () => {
    const { node, seen } = runtime.get
    await node.send(kettle.at('late').set({ name: 'a', text: 'cold 1' }))
    await seen({ type: 'turn', actor: 'kettle/late', message: 'whistle' })
    expect(await node.ask(kettle.at('late').heard())).to.deep.equal(['cold 1'])
    expect(await rows('late')).to.deep.equal([])
  })

  it('is taken back, and holds nothing back any more', async () => {
    const { node, at } = await failedTwice('back')
    await node.send(at.cancel('a'))
    expect(await heardAfterSendingToSelf('back')).to.deep.equal(['self'])
    expect(await rows('back')).to.deep.equal([])
  })

  it('is not taken back by another name', async () => {
    const { node, at } = await failedTwice('other')
    await node.send(at.cancel('b'))
    await node.ask(at.heard())
    expect(await rows('other')).to.deep.equal([waiting])
  })

  it('is replaced by one of the same name', async () => {
    const { node, at } = await failedTwice('same')
    await node.send(at.set({ name: 'a', text: 'warm' }))
    await runtime.get.seen({ type: 'turn', actor: 'kettle/same', message: 'whistle' })
    expect(await node.ask(at.heard())).to.deep.equal(['warm'])
    expect(await rows('same')).to.deep.equal([])
  })

  it('may set itself anew when it succeeds', async () => {
    const { node, turns } = runtime.get
    await node.send(kettle.at('anew').setAnew('x'))
    await turns('kettle/anew', 3)
    expect(await node.ask(kettle.at('anew').heard())).to.deep.equal(['x 2', 'x 2', 'x 2'])
    expect(await rows('anew')).to.deep.equal([])
  })

  it('is taken back where its time has come and it only waits for its turn', async () => {
    const { node, until } = runtime.get
    const at = kettle.at('behind')
    const waitingHere = (count: number) =>
      until(async () => (await node.explain({ kind: 'kettle', key: 'behind' })).here?.waiting === count)
    const [first, second, third] = [gate(), gate(), gate()]
    held = first
    await node.ask(at.heard())
    await node.send(at.hold())
    for (const message of [at.set({ name: 'a', text: 'cold 1' }), at.hold()])
      await node.send(message, { priority: 9 })
    held = second
    first.open()
    await waitingHere(1)
    await node.send(at.hold())
    await waitingHere(2)
    held = third
    second.open()
    await node.send(at.cancel('a'), { priority: 9 })
    await waitingHere(2)
    third.open()
    expect(await heardAfterSendingToSelf('behind')).to.deep.equal(['self'])
    expect(await rows('behind')).to.deep.equal([])
  })

  it('goes on repeating meanwhile, and is taken back as a whole', async () => {
    const { node, at } = await failedTwice('again', '5ms')
    expect(await rows('again')).to.deep.equal([waiting, { name: 'a', reason: 'timer' }])
    await node.send(at.cancel('a'))
    expect(await heardAfterSendingToSelf('again')).to.deep.equal(['self'])
    expect(await rows('again')).to.deep.equal([])
  })

  it('is replaced as a whole where it repeats', async () => {
    const { node, at } = await failedTwice('anew again', '5ms')
    await node.send(at.set({ name: 'a', text: 'warm', every: '1h' }))
    await node.ask(at.heard())
    expect(await rows('anew again')).to.deep.equal([{ name: 'a', reason: 'timer' }])
  })
})

describe('a timer that waits for another attempt on the next node', () => {
  const runtime = useRuntime({ kinds })
  it('is taken back there, and holds nothing back any more', async () => {
    const { node, seen, start, sql } = runtime.get
    const at = kettle.at('moved')
    await node.send(at.set({ name: 'a', text: 'cold 9' }))
    await seen({ type: 'failed', actor: 'kettle/moved' }, 2)
    await node.stop()
    const second = await start({ kinds, name: 'second' })
    await second.send(at.cancel('a'))
    await second.send(at.sendToSelf('self'))
    await runtime.get.witness(second).seen({ type: 'turn', actor: 'kettle/moved', message: 'whistle' })
    expect(await second.ask(at.heard())).to.deep.equal(['self'])
    expect(await sql('select from runtime.deferred')).to.deep.equal([])
  })
})

const numbered = z.object({ number: z.int(), ms: z.int(), failures: z.int() })

/** Counts what rings although it was replaced or taken back. */
const siren = actor(
  'siren',
  {
    state: z
      .object({
        once: z.int().nullable().default(null),
        often: z.int().nullable().default(null),
        rung: z.int().default(0),
        stale: z.int().default(0),
      })
      .prefault({}),
    messages: {
      setOnce: { input: numbered },
      setOften: { input: numbered },
      cancel: {},
      sendToSelf: {},
      once: { input: numbered },
      often: { input: numbered },
      nothing: {},
    },
    supervision: { attemptsMax: 5, backoff: { first: '20ms', max: '1s', factor: 4 } },
  },
  {
    setOnce(state, given, ctx) {
      state.once = given.number
      ctx.after(given.ms, ctx.self.once(given))
    },
    setOften(state, given, ctx) {
      state.often = given.number
      ctx.every(given.ms + 50, ctx.self.often(given))
    },
    cancel(state, _input, ctx) {
      state.once = state.often = null
      ctx.cancel('once')
      ctx.cancel('often')
    },
    sendToSelf(_state, _input, ctx) {
      ctx.send(ctx.self.nothing())
    },
    once(state, { number, failures }, ctx) {
      if (state.once !== number) state.stale += 1
      else if (ctx.attempt <= failures) throw new Error('no current')
      else state.rung += 1
    },
    often(state, { number, failures }, ctx) {
      if (state.often !== number) state.stale += 1
      else if (ctx.attempt <= failures) throw new Error('no current')
      else state.rung += 1
    },
    nothing() {},
  },
)

const sirens = 4
const rounds = 40

describe('timers that fail on a cluster that fails in many ways', () => {
  it('never ring once they were replaced or taken back, and hold nothing back for ever', async () => {
    await simulate({ kinds: [siren], seeds: 12, turnsMin: 100 }, async (cluster) => {
      for (let number = 0; number < rounds; number += 1) {
        await Promise.all(
          Array.from({ length: sirens }, (_, key) => cluster.send(drawn(cluster, key, number))),
        )
        await cluster.sleep(cluster.random() * 200)
      }
      for (let key = 0; key < sirens; key += 1) await cluster.send(siren.at(`${key}`).cancel())
      return () => expectNothingStale(cluster)
    })
  }).timeout(60_000)
})

function drawn(cluster: SimulatedCluster, key: number, number: number) {
  const some = (below: number) => Math.floor(cluster.random() * below)
  const at = siren.at(`${key}`)
  const given = { number, ms: some(100), failures: some(3) }
  return (
    [at.setOnce(given), at.setOnce(given), at.setOften(given), at.cancel(), at.sendToSelf()][some(5)] ??
    at.cancel()
  )
}

function expectNothingStale(cluster: SimulatedCluster) {
  let rung = 0
  for (let key = 0; key < sirens; key += 1) {
    const state = cluster.state<{ rung: number; stale: number }>({ kind: 'siren', key: `${key}` })
    expect(state?.stale, `stale rings of siren/${key}`).to.equal(0)
    rung += state?.rung ?? 0
  }
  // Not each: one that hears everything at once, after a pause, has no time to ring.
  expect(rung, 'rings').to.be.greaterThan(0)
}
