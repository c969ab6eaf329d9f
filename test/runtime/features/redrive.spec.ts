import { expect } from 'chai'
import * as z from 'zod'
import { actor, HandlerFailed, type Node } from '#runtime/index.ts'
import { startSystem, type System } from '#runtime/testing/system.ts'
import { freshDatabase } from '#test/support/database.ts'
import { errorOf } from './use-runtime.ts'

/** What is wrong with the world, until it is mended. */
let broken = true
/** The inputs of every run of a task. */
const tasks: unknown[] = []

async function offload(_task: string, input: unknown): Promise<unknown> {
  tasks.push(input)
  if (broken) throw new Error('the enlarger is dark')
  return Number(input) * 2
}

const lab = actor(
  'lab',
  {
    state: z.array(z.string()).prefault([]),
    messages: {
      develop: { input: z.string() },
      fix: { input: z.string() },
      pay: { input: z.int(), reply: z.int(), delivery: 'durable' },
      enlarge: { input: z.unknown() },
      enlarged: { input: z.int() },
      done: { reply: z.array(z.string()) },
    },
    supervision: { attemptsMax: 1 },
  },
  {
    develop(state, what) {
      if (broken) throw new Error('no developer')
      state.push(what)
    },
    fix(state, what, ctx) {
      if (broken) ctx.refuse('no fixer')
      state.push(`fixed ${what}`)
    },
    pay(state, cents) {
      if (broken) throw new Error('no change')
      return state.push(`paid ${cents}`)
    },
    enlarge(_state, input, ctx) {
      ctx.offload('enlarge', input, 'enlarged')
    },
    enlarged(state, by) {
      state.push(`enlarged ${by}`)
    },
    done: (state) => state,
  },
)
const kinds = [
  lab,
  actor(
    'shop',
    { state: lab.state, messages: { sell: {} }, supervision: { attemptsMax: 1 } },
    { sell: () => expect.fail('sold out') },
  ),
]

interface Started extends System {
  /** What is put off until now comes up, where time stands still. */
  readonly pass: () => Promise<void>
  readonly end: () => Promise<void>
}

const stores = { memory: onMemory, Postgres: onPostgres }
for (const [name, start] of Object.entries(stores)) {
  describe(`dead letters on ${name}`, () => {
    let system: Started
    beforeEach(async () => {
      broken = true
      tasks.length = 0
      system = await start()
    })
    afterEach(() => system.end())
    describeOffloads(() => system)
    describeFilters(() => system)
    describeTogether(() => system)
  })
}

function describeOffloads(system: () => Started) {
  /** The dead letter of an offload whose task has failed. */
  async function failedTask(input: unknown) {
    const { node, probe, pass } = system()
    await node.send(lab.at('a').enlarge(input))
    await pass()
    await probe.seen({ type: 'dead', message: 'enlarged' })
    const [letter] = await node.deadLetters({ type: 'enlarged' })
    const redrive = async (edit?: Parameters<Node['redrive']>[1]) => {
      const result = await node.redrive({ type: 'enlarged' }, edit)
      await pass()
      return result
    }
    return { node, probe, letter, redrive }
  }

  it('of offloads keep their task, and run it again', async () => {
    const { node, probe, letter, redrive } = await failedTask(21)
    expect(letter).to.deep.include({ body: 'null', rare: { offload: { task: 'enlarge', input: 21 } } })
    broken = false
    expect(await redrive()).to.deep.equal({ sent: 1, refused: [] })
    await probe.seen({ type: 'turn', message: 'enlarged' })
    expect(await node.ask(lab.at('a').done())).to.deep.equal(['enlarged 42'])
    expect(tasks).to.deep.equal([21, 21])
    expect(await node.deadLetters()).to.deep.equal([])
  })

  it('of offloads are dead letters of offloads again where the task fails again', async () => {
    const { node, probe, redrive } = await failedTask(21)
    await redrive()
    await probe.seen({ type: 'dead', message: 'enlarged' }, 2)
    const [letter] = await node.deadLetters({ type: 'enlarged' })
    expect(letter).to.deep.include({ redriven: 1, rare: { offload: { task: 'enlarge', input: 21 } } })
    expect(letter?.attempts).to.have.length(2)
  })

  it('of offloads are edited by the input of their task', async () => {
    const { node, probe, redrive } = await failedTask({ no: 'number' })
    broken = false
    await redrive(({ rare }) => Object.keys(rare?.offload?.input ?? {}).length)
    await probe.seen({ type: 'turn', message: 'enlarged' })
    expect(await node.ask(lab.at('a').done())).to.deep.equal(['enlarged 2'])
  })

  for (const [what, input] of [
    ['JSON can not hold', 21n],
    ['Postgres can not hold', { film: ['a\0b'] }],
  ] as const) {
    it(`of offloads stay where they are edited into what ${what}`, async () => {
      const { node, letter, redrive } = await failedTask(21)
      const { sent, refused } = await redrive(() => input)
      expect([sent, refused.map(({ id }) => id)]).to.deep.equal([0, [letter?.id]])
      expect(await node.deadLetters()).to.deep.equal([letter])
    })
  }

  it('keep their priority', async () => {
    const { node, probe } = system()
    await node.send(lab.at('a').develop('x'), { priority: 3 })
    await probe.seen({ type: 'dead' })
    await node.redrive({})
    await probe.seen({ type: 'dead' }, 2)
    expect((await node.deadLetters())[0]).to.deep.include({ redriven: 1, rare: { priority: 3 } })
  })

  it('of requests are not run where the request was repeated with success', async () => {
    const { node, probe } = system()
    const pay = () => node.ask(lab.at('a').pay(5), { requestId: 'p 1' })
    expect(await errorOf(pay())).to.be.instanceOf(HandlerFailed)
    await probe.seen({ type: 'dead' })
    broken = false
    await pay()
    expect((await node.redrive({ type: 'pay' })).sent).to.equal(1)
    await node.send(lab.at('a').develop('x'))
    await probe.seen({ type: 'turn', message: 'develop' })
    expect(await node.ask(lab.at('a').done())).to.deep.equal(['paid 5', 'x'])
  })

  it('of requests are other requests where they are edited', async () => {
    const { node, probe } = system()
    const pay = () => node.ask(lab.at('a').pay(5), { requestId: 'p 1' })
    expect(await errorOf(pay())).to.be.instanceOf(HandlerFailed)
    await probe.seen({ type: 'dead' })
    broken = false
    await pay()
    await node.redrive({ type: 'pay' }, () => 6)
    await probe.seen({ type: 'turn', message: 'pay' }, 2)
    expect(await node.ask(lab.at('a').done())).to.deep.equal(['paid 5', 'paid 6'])
  })
}

function describeFilters(system: () => Started) {
  const all = ['lab/a develop', 'lab/a fix', 'lab/b develop', 'shop/a sell']
  const filters: [
    what: string,
    filter: Parameters<Node['redrive']>[0] | ((ids: number[]) => Parameters<Node['redrive']>[0]),
    sent: string[],
  ][] = [
    ['all', {}, all],
    ['a kind', { kind: 'shop' }, ['shop/a sell']],
    ['a key', { key: 'b' }, ['lab/b develop']],
    ['an actor', { kind: 'lab', key: 'a' }, ['lab/a develop', 'lab/a fix']],
    ['a message', { type: 'develop' }, ['lab/a develop', 'lab/b develop']],
    ['a cause', { cause: 'refused' }, ['lab/a fix']],
    ['their numbers', (ids) => ({ ids: ids.slice(1, 3) }), all.slice(1, 3)],
    ['what came after one', (ids) => ({ after: ids[1] ?? 0 }), all.slice(2)],
    ['a number of them at the most', { limit: 3 }, all.slice(0, 3)],
    ['what there is none of', { kind: 'bank' }, []],
  ]

  /** One dead letter after the other, in the order of `all`. */
  async function fourLetters() {
    const { node, probe } = system()
    const shop = { kind: 'shop', key: 'a', type: 'sell' }
    const sends = [lab.at('a').develop('x'), lab.at('a').fix('x'), lab.at('b').develop('y'), shop]
    for (const [at, message] of sends.entries()) {
      await node.send(message)
      await probe.seen({ type: 'dead' }, at + 1)
    }
    return { node, probe, letters: await node.deadLetters() }
  }
  const nameOf = ({ kind, key, type }: { kind: string; key: string; type: string }) =>
    `${kind}/${key} ${type}`

  for (const [what, filter, names] of filters) {
    it(`are redriven by ${what}, and the others stay`, async () => {
      const { node, probe, letters } = await fourLetters()
      expect(letters.map(nameOf)).to.deep.equal(all)
      const ids = letters.map(({ id }) => id)
      const result = await node.redrive(typeof filter === 'function' ? filter(ids) : filter)
      expect(result).to.deep.equal({ sent: names.length, refused: [] })
      if (names.length > 0) await probe.seen({ type: 'dead' }, 4 + names.length)
      const again = await node.deadLetters()
      expect(again.filter(({ redriven }) => redriven === 1).map(nameOf)).to.have.members(names)
      expect(again.filter(({ redriven }) => redriven === 0)).to.deep.equal(
        letters.filter((letter) => !names.includes(nameOf(letter))),
      )
    })
  }

  it('that fail their schema stay as they are, and keep no other back', async () => {
    const { node, probe, letters } = await fourLetters()
    broken = false
    const { sent, refused } = await node.redrive({ kind: 'lab' }, ({ type, body }) =>
      type === 'fix' ? 7 : `${JSON.parse(body)} edited`,
    )
    expect(sent).to.equal(2)
    const [fix, sell] = letters.filter(({ type }) => type !== 'develop')
    expect(refused.map(({ id }) => id)).to.deep.equal([fix?.id])
    expect(refused[0]?.reason).to.include("lab/a can't take 'fix': input: ")
    await probe.seen({ type: 'turn', message: 'develop' }, 2)
    expect(await node.ask(lab.at('a').done())).to.deep.equal(['x edited'])
    expect(await node.ask(lab.at('b').done())).to.deep.equal(['y edited'])
    expect(await node.deadLetters()).to.deep.equal([fix, sell])
  })

  it('whose edit throws stay, and keep no other back', async () => {
    const { node, letters } = await fourLetters()
    const { sent, refused } = await node.redrive({ type: 'develop' }, ({ key }) =>
      key === 'a' ? expect.fail('not this one') : 'y',
    )
    expect(sent).to.equal(1)
    expect(refused).to.deep.equal([{ id: letters[0]?.id, reason: 'not this one' }])
  })

  it('go on counting their attempts, edited or not', async () => {
    const { node, probe } = await fourLetters()
    await node.redrive({ key: 'a', type: 'develop' }, () => 'edited')
    await probe.seen({ type: 'dead' }, 5)
    await node.redrive({ key: 'a', type: 'develop' })
    await probe.seen({ type: 'dead' }, 6)
    const [letter] = await node.deadLetters({ key: 'a', type: 'develop' })
    expect(letter).to.deep.include({ body: '"edited"', redriven: 2 })
    expect(letter?.attempts).to.have.length(3)
  })
}

function describeTogether(system: () => Started) {
  const count = 20

  for (const nodes of [1, 2]) {
    it(`are sent once each by two redrives at once, on ${nodes === 1 ? 'one node' : 'two nodes'}`, async () => {
      const { probe } = system()
      const [first, second] = [system().node, system().nodes[nodes - 1] as Node]
      for (let at = 0; at < count; at += 1) await first.send(lab.at('a').develop(`${at}`))
      await probe.seen({ type: 'dead' }, count)
      broken = false
      const results = await Promise.all([first.redrive({}), second.redrive({})])
      expect(results.reduce((sum, { sent }) => sum + sent, 0)).to.equal(count)
      expect(results.flatMap(({ refused }) => refused)).to.deep.equal([])
      await probe.seen({ type: 'turn', message: 'develop' }, count)
      expect(await first.deadLetters()).to.deep.equal([])
      const done = await first.ask(lab.at('a').done())
      expect(done).to.have.members(Array.from({ length: count }, (_, at) => `${at}`))
    })
  }

  it('that one node discards and another sends again are one or the other, and none is in the way of the rest', async () => {
    const { probe } = system()
    const [first, second] = system().nodes as [Node, Node]
    for (let at = 0; at < count; at += 1) await first.send(lab.at('a').develop(`${at}`))
    await probe.seen({ type: 'dead' }, count)
    broken = false
    // A letter at a time, so that each node finds some that are still there and some that are not.
    const discards = Array.from({ length: count }, () => second.discard({ limit: 2 }))
    const sends = Array.from({ length: count }, () => first.redrive({ limit: 1 }))
    const [gone, redriven] = await Promise.all([Promise.all(discards), Promise.all(sends)])
    const sent = redriven.reduce((sum, one) => sum + one.sent, 0)
    expect(sent + gone.reduce((sum, discarded) => sum + discarded, 0)).to.equal(count)
    // One of them may have been faster with all of them.
    if (sent > 0) await probe.seen({ type: 'turn', message: 'develop' }, sent)
    expect(await first.deadLetters()).to.deep.equal([])
  })

  it('that one redrive sends are not discarded as well', async () => {
    const { node, probe } = system()
    for (let at = 0; at < count; at += 1) await node.send(lab.at('a').develop(`${at}`))
    await probe.seen({ type: 'dead' }, count)
    broken = false
    const [{ sent }, discarded] = await Promise.all([node.redrive({ limit: 15 }), node.discard({})])
    expect([sent, discarded]).to.deep.equal([15, 5])
    await probe.seen({ type: 'turn', message: 'develop' }, 15)
    expect(await node.deadLetters()).to.deep.equal([])
  })
}

const settings = { sweepMs: 50 }

async function onMemory(): Promise<Started> {
  const system = await startSystem({ kinds, nodes: 2, offload })
  return { ...system, pass: () => system.advance('5ms'), end: () => system.stop() }
}

async function onPostgres(): Promise<Started> {
  const database = await freshDatabase()
  const system = await startSystem({ kinds, nodes: 2, offload, settings, store: { url: database.url } })
  const end = async () => {
    await system.stop()
    await database.drop()
  }
  return { ...system, pass: async () => {}, end }
}
