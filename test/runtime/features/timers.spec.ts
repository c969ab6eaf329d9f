import { expect } from 'chai'
import * as z from 'zod'
import { actor } from '#runtime/index.ts'
import { gate, useRuntime } from './use-runtime.ts'

let held = gate()

const clock = actor(
  'clock',
  {
    state: z.array(z.string()).prefault([]),
    messages: {
      after: { input: z.object({ ms: z.number(), text: z.string(), name: z.string().optional() }) },
      cancel: { input: z.string() },
      every: { input: z.string() },
      setAndThrow: {},
      ring: { input: z.string() },
      stumble: {},
      tick: {},
      hold: {},
      later: { input: z.object({ ms: z.number(), text: z.string() }) },
      rung: { reply: z.array(z.string()) },
    },
    supervision: { attemptsMax: 1 },
  },
  {
    after(_state, { ms, text, name }, ctx) {
      ctx.after(ms, ctx.self.ring(text), name === undefined ? {} : { name })
    },
    cancel(_state, name, ctx) {
      ctx.cancel(name)
    },
    every(_state, pattern, ctx) {
      ctx.every(pattern, ctx.self.tick())
    },
    setAndThrow(_state, _input, ctx) {
      ctx.after(0, ctx.self.ring('never'))
      throw new Error('the spring broke')
    },
    ring(state, text) {
      state.push(text)
    },
    stumble() {},
    tick(state, _input, ctx) {
      state.push('tick')
      if (state.length === 2) throw new Error('the second tick fails')
      if (state.length === 4) ctx.cancel('tick')
    },
    async hold() {
      await held.opened
    },
    later(_state, { ms, text }, ctx) {
      ctx.send(ctx.self.ring(text), { delay: ms })
    },
    rung: (state) => state,
  },
)
const rung = (key: string) => clock.at(key).rung()

describe('a timer of an actor', () => {
  const runtime = useRuntime({ kinds: [clock] })
  beforeEach(() => {
    held = gate()
  })
  afterEach(() => held.open())
  const timersOf = (key: string) =>
    runtime.get.sql('select name, repeat, type from runtime.deferred where key = $1 order by name', [key])

  it('rings once, and is gone', async () => {
    const { node, seen } = runtime.get
    await node.send(clock.at('once').after({ ms: 5, text: 'now' }))
    await seen({ type: 'turn', actor: 'clock/once', message: 'ring' })
    expect(await node.ask(rung('once'))).to.deep.equal(['now'])
    expect(await timersOf('once')).to.deep.equal([])
  })

  it('of the same name replaces the one before, and of another does not', async () => {
    const { node, turns } = runtime.get
    await node.send(clock.at('same').after({ ms: 60_000, text: 'late', name: 'a' }))
    await node.send(clock.at('same').after({ ms: 10, text: 'soon', name: 'a' }))
    await node.send(clock.at('same').after({ ms: 60_000, text: 'other', name: 'b' }))
    await turns('clock/same', 4)
    expect(await node.ask(rung('same'))).to.deep.equal(['soon'])
    expect(await timersOf('same')).to.deep.equal([{ name: 'b', repeat: null, type: 'ring' }])
  })

  it('is taken back, also where it has rung already and only waits for its turn', async () => {
    const { node, until } = runtime.get
    const back = clock.at('back')
    const [first, second] = [gate(), gate()]
    held = first
    await node.ask(rung('back'))
    await node.send(back.hold())
    for (const message of [back.after({ ms: 0, text: 'never', name: 'a' }), back.hold(), back.cancel('a')]) {
      await node.send(message, { priority: 9 })
    }
    held = second
    first.open()
    await until(async () => (await node.explain(back.rung())).here?.waiting === 2)
    second.open()
    expect(await node.ask(rung('back'))).to.deep.equal([])
    expect(await timersOf('back')).to.deep.equal([])
  })

  it('is not set by a turn that throws', async () => {
    const { node, seen } = runtime.get
    await node.send(clock.at('broken').setAndThrow())
    await seen({ type: 'dead', actor: 'clock/broken' })
    expect(await timersOf('broken')).to.deep.equal([])
  })

  it('repeats at an interval until it is taken back, whatever becomes of a single turn', async () => {
    const { node, seen, turns } = runtime.get
    await node.send(clock.at('regular').every('5ms'))
    await seen({ type: 'dead', actor: 'clock/regular', message: 'tick' })
    await node.send(clock.at('regular').ring('x'))
    await node.send(clock.at('regular').ring('y'))
    await turns('clock/regular', 5)
    expect((await node.ask(rung('regular'))).filter((text) => text === 'tick')).to.have.length.above(0)
  })

  it('repeats by a cron pattern', async () => {
    const { node, seen } = runtime.get
    await node.send(clock.at('cron').every('* * * * * *'))
    await seen({ type: 'turn', actor: 'clock/cron', message: 'tick' })
    expect(await timersOf('cron')).to.deep.equal([{ name: 'tick', repeat: '* * * * * *', type: 'tick' }])
  })

  it('with a pattern that is none fails the turn that sets it', async () => {
    const { node, seen } = runtime.get
    await node.send(clock.at('odd').every('now and then'))
    const { reason } = await seen({ type: 'dead', actor: 'clock/odd' })
    expect(reason).to.include("clock/odd failed on 'every'")
  })
})

describe('a delayed message', () => {
  const runtime = useRuntime({ kinds: [clock] })

  it('comes when its time has come, from outside and from an actor', async () => {
    const { node, turns } = runtime.get
    await node.ask(rung('delay'))
    await node.send(clock.at('delay').ring('outside'), { delay: '80ms' })
    await node.send(clock.at('delay').later({ ms: 300, text: 'actor' }))
    await node.send(clock.at('delay').ring('at once'))
    await turns('clock/delay', 5)
    expect(await node.ask(rung('delay'))).to.deep.equal(['at once', 'outside', 'actor'])
  })

  it('is refused where the time is none', async () => {
    const late = () => runtime.get.node.send(clock.at('a').ring('x'), { delay: 'soon' as never })
    let message = ''
    await late().catch((error: Error) => (message = error.message))
    expect(message).to.equal(
      "'soon' is no duration: give milliseconds, or for example '250ms', '10s', '5m', '2h', '7d'",
    )
  })
})

describe('a timer and a delayed message', () => {
  const runtime = useRuntime({ kinds: [clock] })
  it('outlive the node that they were set on', async () => {
    const { node, start, turns } = runtime.get
    await node.ask(rung('moved'))
    await node.send(clock.at('moved').after({ ms: 400, text: 'timer' }))
    await node.send(clock.at('moved').ring('delayed'), { delay: '500ms' })
    await turns('clock/moved', 2)
    await node.stop()
    const second = await start({ kinds: [clock], name: 'second' })
    await turns('clock/moved', 4)
    expect(await second.ask(rung('moved'))).to.deep.equal(['timer', 'delayed'])
  })
})
