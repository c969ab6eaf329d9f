import { expect } from 'chai'
import * as z from 'zod'
import { actor, Refused } from '#runtime/index.ts'
import { errorOf, gate, useRuntime } from './use-runtime.ts'

let held = gate()
const bath = actor(
  'bath',
  {
    state: z.array(z.string()).prefault([]),
    messages: { hold: {}, put: { input: z.string() }, list: { reply: z.array(z.string()) } },
    mailboxMax: 2,
  },
  {
    async hold() {
      await held.opened
    },
    put(state, sheet) {
      state.push(sheet)
    },
    list: (state) => state,
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

describe('a full mailbox', () => {
  const runtime = useRuntime({ kinds: [bath, feeder] })
  beforeEach(() => {
    held = gate()
  })
  afterEach(() => held.open())
  async function fill(key: string) {
    const { node } = runtime.get
    await node.ask(bath.at(key).list())
    for (const message of [bath.at(key).hold(), bath.at(key).put('1'), bath.at(key).put('2')]) {
      await node.send(message)
    }
  }

  it('refuses sends and asks from outside, and takes them again when there is room', async () => {
    const { node, turns } = runtime.get
    await fill('a')
    for (const refused of [node.send(bath.at('a').put('3')), node.ask(bath.at('a').list())]) {
      const error = await errorOf(refused)
      expect(error).to.be.instanceOf(Refused).and.to.have.property('code', 'mailbox_full')
      expect(error.message).to.equal('the mailbox of bath/a is full (2 messages)')
    }
    held.open()
    await turns('bath/a', 4)
    expect(await node.ask(bath.at('a').list())).to.deep.equal(['1', '2'])
  })

  it('turns what an actor sends over the bound into dead letters that say so', async () => {
    const { node, seen, turns } = runtime.get
    await node.ask(bath.at('fed').list())
    await node.send(bath.at('fed').hold())
    await node.send(feeder.at('f').feed(['1', '2', '3', '4']))
    await seen({ type: 'dead', actor: 'bath/fed', cause: 'mailbox_full' }, 2)
    const letters = await node.deadLetters({ key: 'fed' })
    expect(letters.map(({ body, sender, reason }) => [body, sender, reason])).to.deep.equal(
      ['"3"', '"4"'].map((body) => [body, 'feeder/f', 'the mailbox of bath/fed is full (2 messages)']),
    )
    held.open()
    await turns('bath/fed', 4)
    expect(await node.ask(bath.at('fed').list())).to.deep.equal(['1', '2'])
  })

  it('keeps nobody else from receiving', async () => {
    const { node } = runtime.get
    await fill('b')
    expect(await node.ask(bath.at('c').list())).to.deep.equal([])
  })
})
