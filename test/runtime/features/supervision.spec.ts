import { expect } from 'chai'
import * as z from 'zod'
import { actor, Refused, Unavailable } from '#runtime/index.ts'
import { errorOf, useRuntime } from './use-runtime.ts'

const guard = actor(
  'guard',
  {
    state: z.array(z.string()).prefault([]),
    messages: { failed: { input: z.string() }, list: { reply: z.array(z.string()) } },
  },
  {
    failed(state, text) {
      state.push(text)
    },
    list: (state) => state,
  },
)

const once = { attemptsMax: 1 } as const
const messages = {
  do: { input: z.string(), reply: z.int() },
  done: { reply: z.array(z.string()) },
} as const
const state = z.array(z.string()).prefault([])
function work(done: string[], what: string): number {
  if (what.startsWith('bad') && !mended) throw new Error(`can't do ${what}`)
  done.push(what)
  return done.length
}
let mended = false

const steady = actor('steady', { state, messages, supervision: once }, { do: work, done: (done) => done })
const parking = actor(
  'parking',
  { state, messages, supervision: { ...once, then: 'park' } },
  { do: work, done: (done) => done },
)
const ticking = actor(
  'ticking',
  {
    state: z.object({ ticks: z.int().prefault(0) }).prefault({}),
    messages: { start: { reply: z.int() }, tick: {}, break: {} },
    supervision: { ...once, then: 'park' },
  },
  {
    start({ ticks }, _input, ctx) {
      ctx.every('20ms', ctx.self.tick())
      return ticks
    },
    tick(state) {
      state.ticks += 1
    },
    break() {
      throw new Error('it is broken')
    },
  },
)
const ending = actor(
  'ending',
  {
    state,
    messages,
    supervision: { ...once, then: 'stop', tell: ({ key, type }) => guard.at('g').failed(`${key} ${type}`) },
  },
  { do: work, done: (done) => done },
)
const waiting = actor(
  'waiting',
  { state, messages, supervision: { attemptsMax: 2, backoff: { first: 1, max: 2, factor: 2 } } },
  {
    do(done, what, ctx) {
      if (ctx.attempt < 5) throw new Unavailable('the lamp is still cold')
      return done.push(what)
    },
    done: (done) => done,
  },
)
const refusing = actor(
  'refusing',
  {
    state,
    messages: {
      ...messages,
      refused: {
        input: z.object({ by: z.string(), message: z.string(), code: z.string(), reason: z.string() }),
      },
    },
  },
  {
    do(_done, what, ctx) {
      if (what === 'ask another') ctx.send(refusing.at('other').do('refuse'))
      else ctx.refuse('not today')
      return 0
    },
    refused(done, { by, message, code, reason }) {
      done.push(`${by} ${message} ${code} ${reason}`)
    },
    done: (done) => done,
  },
)
const kinds = [guard, steady, parking, ticking, ending, waiting, refusing]

describe('a message that has used up its attempts', () => {
  const runtime = useRuntime({ kinds })
  beforeEach(() => {
    mended = false
  })

  it('is a dead letter, and its actor goes on', async () => {
    const { node, seen } = runtime.get
    await node.send(steady.at('a').do('bad 1'))
    await seen({ type: 'dead', actor: 'steady/a' })
    expect(await node.ask(steady.at('a').do('good'))).to.equal(1)
    const [letter] = await node.deadLetters({ kind: 'steady' })
    expect(letter).to.include({ key: 'a', type: 'do', body: '"bad 1"', cause: 'failed', redriven: 0 })
    expect(letter?.attempts[0]?.stack).to.include('supervision.spec.ts')
  })

  it('ends its actor where the kind says so, and its supervisor is told', async () => {
    const { node, seen } = runtime.get
    await node.ask(ending.at('a').do('good'))
    await node.send(ending.at('a').do('bad'))
    await seen({ type: 'stopped', actor: 'ending/a' })
    await seen({ type: 'turn', actor: 'guard/g' })
    expect(await node.ask(guard.at('g').list())).to.deep.equal(['a do'])
    expect(await node.ask(ending.at('a').done())).to.deep.equal([])
  })

  it('is not one for as long as the world is only not ready', async () => {
    const { node, seen } = runtime.get
    await node.send(waiting.at('a').do('x'))
    await seen({ type: 'turn', actor: 'waiting/a' })
    expect(await node.ask(waiting.at('a').done())).to.deep.equal(['x'])
  })
})

describe('a refusal', () => {
  const runtime = useRuntime({ kinds })
  it('of a tell is final, and told to a sending actor whose kind takes it', async () => {
    const { node, seen } = runtime.get
    await node.ask(refusing.at('one').do('ask another'))
    await seen({ type: 'turn', actor: 'refusing/one', message: 'refused' })
    expect(await node.ask(refusing.at('one').done())).to.deep.equal(['refusing/other do refused not today'])
    const [letter] = await node.deadLetters({ kind: 'refusing' })
    expect(letter).to.include({ key: 'other', cause: 'refused', reason: 'not today', sender: 'refusing/one' })
  })
})

describe('a parked actor', () => {
  const runtime = useRuntime({ kinds })
  beforeEach(() => {
    mended = false
  })

  it('keeps its mail, refuses asks, and explains itself until it is resumed', async () => {
    const { node, seen, turns } = runtime.get
    const one = parking.at('one')
    await node.ask(one.do('1'))
    for (const what of ['bad', '2', '3']) await node.send(one.do(what), { from: 'me' })
    await seen({ type: 'parked', actor: 'parking/one' })
    const error = await errorOf(node.ask(one.do('4')))
    expect(error)
      .to.be.instanceOf(Refused)
      .and.to.include({ code: 'parked', message: 'parking/one is parked: resume it first' })
    const { because } = await node.explain({ kind: 'parking', key: 'one' })
    expect(because).to.include('it is parked: resume it, and its mail is handled')
    await node.resume({ kind: 'parking', key: 'one' })
    await turns('parking/one', 3)
    expect(await node.ask(one.done())).to.deep.equal(['1', '2', '3'])
  })

  it('keeps nobody else from going on', async () => {
    const { node, seen } = runtime.get
    await node.ask(parking.at('two').do('1'))
    await node.send(parking.at('two').do('bad'))
    await seen({ type: 'parked', actor: 'parking/two' })
    expect(await node.ask(parking.at('three').do('1'))).to.equal(1)
  })

  it('hears of a timer that repeats again when it is resumed, and then goes on to', async () => {
    const { node, seen, turns, until } = runtime.get
    const [one, target] = [ticking.at('one'), { kind: 'ticking', key: 'one' }]
    await node.ask(one.start())
    await turns('ticking/one', 3)
    await node.send(one.break())
    await seen({ type: 'parked', actor: 'ticking/one' })
    await until(async () =>
      (await node.explain(target)).stored.deferred.some(({ reason }) => reason === 'parked'),
    )
    const before = runtime.get.witness().matching({ type: 'turn', actor: 'ticking/one' }).length
    await node.resume(target)
    await turns('ticking/one', before + 3)
  })

  it('stays parked on the next node', async () => {
    const { node, seen, start } = runtime.get
    await node.ask(parking.at('four').do('1'))
    await node.send(parking.at('four').do('bad'))
    await seen({ type: 'parked', actor: 'parking/four' })
    await node.stop()
    const second = await start({ kinds, name: 'second' })
    expect(await errorOf(second.ask(parking.at('four').do('2')))).to.include({ code: 'parked' })
    await second.resume({ kind: 'parking', key: 'four' })
    await runtime.get.witness(second).seen({ type: 'resumed', actor: 'parking/four' })
    await second.send(parking.at('four').do('2'))
    await runtime.get.witness(second).seen({ type: 'turn', actor: 'parking/four' })
  })
})

describe('dead letters', () => {
  const runtime = useRuntime({ kinds })
  beforeEach(() => {
    mended = false
  })

  it('are sent again as they are, or edited, and their attempts stay counted', async () => {
    const { node, seen, turns } = runtime.get
    for (const what of ['bad 1', 'bad 2', 'bad 3']) await node.send(steady.at('r').do(what))
    await seen({ type: 'dead', actor: 'steady/r' }, 3)
    const [first, second, third] = await node.deadLetters({ key: 'r' })
    expect((await node.redrive({ ids: [first?.id ?? 0] }, () => 'good 1')).sent).to.equal(1)
    await turns('steady/r', 1)
    await node.redrive({ ids: [second?.id ?? 0] })
    await seen({ type: 'dead', actor: 'steady/r' }, 4)
    const letters = await node.deadLetters({ key: 'r' })
    expect(letters.map(({ redriven, attempts }) => [redriven, attempts.length])).to.have.deep.members([
      [0, 1],
      [1, 2],
    ])
    expect(await node.discard({ ids: [third?.id ?? 0] })).to.equal(1)
    mended = true
    expect((await node.redrive({ key: 'r' })).sent).to.equal(1)
    await turns('steady/r', 2)
    expect(await node.ask(steady.at('r').done())).to.deep.equal(['good 1', 'bad 2'])
    expect(await node.deadLetters({ key: 'r' })).to.deep.equal([])
  })
})
