import { expect } from 'chai'
import * as z from 'zod'
import { actor } from '#runtime/index.ts'
import { gate, useRuntime } from './use-runtime.ts'

let held = gate()

const diary = actor(
  'diary',
  {
    state: z.array(z.string()).prefault([]),
    messages: {
      write: { input: z.string() },
      stumble: { input: z.string() },
      wait: {},
      read: { reply: z.array(z.string()) },
    },
    supervision: { attemptsMax: 1000, backoff: { first: '2ms', max: '2ms', factor: 1 } },
  },
  {
    write(state, text) {
      state.push(text)
    },
    stumble(state, text) {
      if (!stumbling) state.push(text)
      else throw new Error('the ink has run out')
    },
    async wait() {
      await held.opened
    },
    read: (state) => state,
  },
)
let stumbling = false

const author = actor(
  'author',
  { state: z.object({}).prefault({}), messages: { publish: { input: z.array(z.string()) } } },
  {
    publish(_state, texts, ctx) {
      for (const text of texts) ctx.send(diary.at('book').write(text))
    },
  },
)

describe('messages from one sender to one actor', () => {
  const runtime = useRuntime({ kinds: [diary, author] })
  beforeEach(() => {
    held = gate()
    stumbling = true
  })

  it('are handled in the order in which they were sent, over many turns and commits', async () => {
    const { node, seen } = runtime.get
    const texts = Array.from({ length: 200 }, (_, at) => `line ${at}`)
    const turns = [texts.slice(0, 80), texts.slice(80, 120), texts.slice(120)]
    for (const turn of turns) await node.send(author.at('one').publish(turn), { from: 'me' })
    await seen({ type: 'turn', actor: 'diary/book' }, 200)
    expect(await node.ask(diary.at('book').read())).to.deep.equal(texts)
  })

  it('wait behind one that fails, while those of other senders go on', async () => {
    const { node, seen } = runtime.get
    await node.send(diary.at('a').stumble('anna 1'), { from: 'anna' })
    await seen({ type: 'failed', actor: 'diary/a' })
    await node.send(diary.at('a').write('anna 2'), { from: 'anna' })
    await node.send(diary.at('a').write('ben 1'), { from: 'ben' })
    await node.send(diary.at('a').write('nobody'))
    await seen({ type: 'failed', actor: 'diary/a' }, 4)
    expect(await node.ask(diary.at('a').read())).to.deep.equal(['ben 1', 'nobody'])
    const { here, because } = await node.explain(diary.at('a').read())
    expect(here?.heldSenders).to.deep.equal(['anna'])
    expect(because[0]).to.match(
      /'stumble' failed \d+ times \(.*the ink has run out.*other mail from anna waits/,
    )
    stumbling = false
    await seen({ type: 'turn', actor: 'diary/a', message: 'stumble' })
    await seen({ type: 'turn', actor: 'diary/a', message: 'write' }, 3)
    expect(await node.ask(diary.at('a').read())).to.deep.equal(['ben 1', 'nobody', 'anna 1', 'anna 2'])
  })

  it('to another actor go on', async () => {
    const { node, seen } = runtime.get
    await node.send(diary.at('b').stumble('1'), { from: 'anna' })
    await seen({ type: 'failed', actor: 'diary/b' })
    await node.send(diary.at('c').write('2'), { from: 'anna' })
    await seen({ type: 'turn', actor: 'diary/c' })
    expect(await node.ask(diary.at('c').read())).to.deep.equal(['2'])
    stumbling = false
    await seen({ type: 'turn', actor: 'diary/b', message: 'stumble' })
  })

  it('run by priority where they wait together, and in order where it is equal', async () => {
    const { node, seen } = runtime.get
    await node.send(diary.at('d').wait())
    const sent: [string, number][] = [
      ['plain 1', 0],
      ['low', -5],
      ['urgent 1', 5],
      ['plain 2', 0],
      ['urgent 2', 5],
    ]
    for (const [text, priority] of sent) await node.send(diary.at('d').write(text), { priority })
    held.open()
    await seen({ type: 'turn', actor: 'diary/d', message: 'write' }, 5)
    const order = ['urgent 1', 'urgent 2', 'plain 1', 'plain 2', 'low']
    expect(await node.ask(diary.at('d').read())).to.deep.equal(order)
  })
})
