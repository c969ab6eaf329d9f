import { expect } from 'chai'
import * as z from 'zod'
import { actor, type Node, Refused } from '#runtime/index.ts'
import { errorOf, gate, type Runtime, useRuntime } from './use-runtime.ts'

let held = gate()
const bath = actor(
  'bath',
  {
    state: z.array(z.string()).prefault([]),
    messages: {
      hold: {},
      put: { input: z.string() },
      list: { reply: z.array(z.string()) },
      listSurely: { reply: z.array(z.string()), delivery: 'durable' },
      spill: {},
    },
    mailboxMax: 2,
    supervision: { attemptsMax: 1, then: 'park' },
  },
  {
    async hold() {
      await held.opened
    },
    put(state, sheet) {
      state.push(sheet)
    },
    list: (state) => state,
    listSurely: (state) => state,
    spill() {
      throw new Error('spilt')
    },
  },
)
const feeder = actor(
  'feeder',
  { state: z.object({}).prefault({}), messages: { feed: { input: z.array(z.string()) } } },
  {
    feed(_state, sheets, ctx) {
      for (const sheet of sheets) ctx.send(bath.at('fed').put(sheet))
    },
  },
)
const full = (key: string) => `the mailbox of bath/${key} is full (2 messages)`

/** One turn is under way, and the mailbox is empty. */
async function hold({ until }: Runtime, owner: Node, key: string) {
  await owner.send(bath.at(key).hold())
  await until(async () => (await owner.explain(bath.at(key).hold())).here?.running === 'hold')
}
async function fill(runtime: Runtime, owner: Node, key: string) {
  await hold(runtime, owner, key)
  for (const sheet of ['1', '2']) await owner.send(bath.at(key).put(sheet))
}
async function expectFull(refused: Promise<unknown>, key: string) {
  const error = await errorOf(refused)
  expect(error).to.be.instanceOf(Refused).and.to.have.property('code', 'mailbox_full')
  expect(error.message).to.equal(full(key))
}

describe('a full mailbox', () => {
  const runtime = useRuntime({ kinds: [bath, feeder] })
  beforeEach(() => {
    held = gate()
  })
  afterEach(() => held.open())

  it('refuses sends and asks from outside, and takes them again when there is room', async () => {
    const { node, turns } = runtime.get
    await fill(runtime.get, node, 'a')
    const asks = [node.ask(bath.at('a').list()), node.ask(bath.at('a').listSurely())]
    for (const refused of [node.send(bath.at('a').put('3')), ...asks]) await expectFull(refused, 'a')
    held.open()
    await turns('bath/a', 3)
    expect(await node.ask(bath.at('a').list())).to.deep.equal(['1', '2'])
    expect(await node.deadLetters({ key: 'a' })).to.deep.equal([])
  })

  it('is full with what is under way, before any of it is committed', async () => {
    const { node, turns } = runtime.get
    await hold(runtime.get, node, 'b')
    const [first, second, third] = ['1', '2', '3'].map((sheet) => node.send(bath.at('b').put(sheet)))
    await expectFull(third as Promise<void>, 'b')
    await expectFull(node.ask(bath.at('b').list()), 'b')
    await Promise.all([first, second])
    held.open()
    await turns('bath/b', 3)
    expect(await node.ask(bath.at('b').list())).to.deep.equal(['1', '2'])
    expect(await node.deadLetters({ key: 'b' })).to.deep.equal([])
  })

  it('has room again after a send that can not be stored', async () => {
    const { node } = runtime.get
    for (let round = 0; round < 3; round++) {
      const error = await errorOf(node.send(bath.at('c').put('1'), { dedupe: '\0' }))
      expect(error).to.be.instanceOf(Refused).and.to.have.property('code', 'bad_message')
    }
    await node.send(bath.at('c').put('1'))
  })

  it('refuses a request with an id, but answers again what it has answered before', async () => {
    const { node } = runtime.get
    const list = bath.at('d').list()
    expect(await node.ask(list, { requestId: 'first' })).to.deep.equal([])
    await fill(runtime.get, node, 'd')
    await expectFull(node.ask(list, { requestId: 'second' }), 'd')
    await expectFull(node.ask(bath.at('d').listSurely(), { requestId: 'third' }), 'd')
    const again = node.ask(list, { requestId: 'first' })
    await expectFull(node.ask(list, { requestId: 'fourth' }), 'd')
    held.open()
    expect(await again).to.deep.equal([])
    expect(await node.ask(list, { requestId: 'second' })).to.deep.equal(['1', '2'])
    expect(await node.deadLetters({ key: 'd' })).to.deep.equal([])
  })

  it('turns what an actor sends over the bound into dead letters that say so', async () => {
    const { node, seen, turns } = runtime.get
    await node.ask(bath.at('fed').list())
    await node.send(bath.at('fed').hold())
    await node.send(feeder.at('f').feed(['1', '2', '3', '4']))
    await seen({ type: 'dead', actor: 'bath/fed', cause: 'mailbox_full' }, 2)
    const letters = await node.deadLetters({ key: 'fed' })
    expect(letters.map(({ body, sender, reason }) => [body, sender, reason])).to.deep.equal(
      ['"3"', '"4"'].map((body) => [body, 'feeder/f', full('fed')]),
    )
    held.open()
    await turns('bath/fed', 4)
    expect(await node.ask(bath.at('fed').list())).to.deep.equal(['1', '2'])
  })

  it('keeps nobody else from receiving', async () => {
    const { node } = runtime.get
    await fill(runtime.get, node, 'e')
    expect(await node.ask(bath.at('f').list())).to.deep.equal([])
  })

  it('takes the word to go on, however full it is', async () => {
    const { node } = runtime.get
    await fill(runtime.get, node, 'h')
    const resumed = node.resume(bath.at('h').list())
    held.open()
    await resumed
  })

  it('is no reason to bury what was put off while the actor was parked', async () => {
    const { node, seen, turns, until } = runtime.get
    await node.send(bath.at('g').spill())
    await seen({ type: 'parked', actor: 'bath/g' })
    const sheets = ['1', '2', '3', '4']
    for (const [at, sheet] of sheets.entries()) {
      await node.send(bath.at('g').put(sheet))
      await until(async () => (await node.explain(bath.at('g').spill())).stored.deferred.length === at + 1)
    }
    await node.resume(bath.at('g').spill())
    await turns('bath/g', 4)
    expect(await node.ask(bath.at('g').list())).to.deep.equal(sheets)
  })
})

describe('a full mailbox on another node', () => {
  const runtime = useRuntime(
    { kinds: [bath, feeder], name: 'asking' },
    { kinds: [bath, feeder], name: 'owning' },
  )
  let asking: Node
  let owning: Node
  const free: string[] = []
  before(async () => {
    ;[asking, owning] = runtime.get.nodes as [Node, Node]
    for (const node of [asking, owning]) await runtime.get.until(() => node.metrics().shards === 128)
    for (let at = 0; free.length < 4; at++) {
      const { stored } = await asking.explain({ kind: 'bath', key: `k${at}` })
      if (stored.owner?.name === 'owning') free.push(`k${at}`)
    }
  })
  beforeEach(() => {
    held = gate()
  })
  afterEach(() => held.open())

  it('refuses an ask, and leaves no dead letter of it', async () => {
    const key = free.pop() as string
    await fill(runtime.get, owning, key)
    await expectFull(asking.ask(bath.at(key).list()), key)
    await expectFull(asking.ask(bath.at(key).listSurely()), key)
    await expectFull(asking.ask(bath.at(key).list(), { requestId: `of ${key}` }), key)
    expect(await asking.deadLetters({ key })).to.deep.equal([])
  })

  it('turns a send that was stored elsewhere into a dead letter that says so', async () => {
    const key = free.pop() as string
    await fill(runtime.get, owning, key)
    await asking.send(bath.at(key).put('3'))
    await runtime.get.witness(owning).seen({ type: 'dead', actor: `bath/${key}`, cause: 'mailbox_full' })
    const [letter] = await asking.deadLetters({ key })
    expect(letter).to.include({ body: '"3"', reason: full(key) })
  })

  it('is met by the sender where its own sends fill it before any of them is committed', async () => {
    const key = free.pop() as string
    const [first, second, third] = ['1', '2', '3'].map((sheet) => asking.send(bath.at(key).put(sheet)))
    await expectFull(third as Promise<void>, key)
    await Promise.all([first, second])
  })

  it('stays as full as it is when its actor moves, and none of its messages is lost', async () => {
    const key = free.pop() as string
    await fill(runtime.get, owning, key)
    await owning.stop({ drain: false })
    held.open()
    await runtime.get.turns(`bath/${key}`, 3)
    expect(await asking.ask(bath.at(key).list())).to.deep.equal(['1', '2'])
    expect(await asking.deadLetters({ key })).to.deep.equal([])
  })
})
