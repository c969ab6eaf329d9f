import { expect } from 'chai'
import * as z from 'zod'
import { actor, type Context, HandlerFailed, type Message } from '#runtime/index.ts'
import { errorOf, gate, useRuntime } from './use-runtime.ts'

const supervision = { attemptsMax: 2, backoff: { first: '1ms', max: '5ms', factor: 2 } } as const

const pupil = actor(
  'pupil',
  {
    state: z.object({ marks: z.array(z.int()).default([]), name: z.string().default('') }).prefault({}),
    messages: {
      mark: { input: z.int(), reply: z.int() },
      throws: { input: z.int() },
      throwsLater: { input: z.int() },
      hangs: {},
      wrongReply: { reply: z.object({ mark: z.int() }) },
      wrongState: {},
      rename: { input: z.string(), reply: z.string() },
      keepContext: {},
      marks: { reply: z.array(z.int()) },
    },
    supervision,
    turnTimeout: '100ms',
  },
  {
    mark(state, mark) {
      state.marks.push(mark)
      return state.marks.length
    },
    throws(state, mark, ctx) {
      state.marks.push(mark)
      ctx.send(ctx.self.mark(mark))
      ctx.after('1ms', ctx.self.mark(mark))
      throw new Error('chalk broke')
    },
    async throwsLater(state, mark, ctx) {
      state.marks.push(mark)
      ctx.send(ctx.self.mark(mark))
      await Promise.resolve()
      throw new Error('chalk broke later')
    },
    hangs: () => new Promise<never>(() => {}),
    wrongReply: () => ({ mark: 'good' }) as never,
    wrongState(state) {
      state.name = 7 as never
    },
    rename(state, name) {
      state.name = name
      return name
    },
    keepContext(_state, _input, ctx) {
      kept = ctx
    },
    marks: (state) => state.marks,
  },
)
let kept: Context | undefined

describe('a turn that fails', () => {
  const runtime = useRuntime({ kinds: [pupil] })
  const failures: [what: string, message: Message, where: string, reason: string][] = [
    ['throws', pupil.at('ask').throws(1), "pupil/ask failed on 'throws': ", 'chalk broke'],
    ['throws later', pupil.at('ask').throwsLater(1), "'throwsLater': ", 'chalk broke later'],
    ['hangs', pupil.at('ask').hangs(), "'hangs': ", 'the turn has not ended within 100 ms'],
    [
      'answers something else',
      pupil.at('ask').wrongReply(),
      "'wrongReply': ",
      'the reply does not parse: mark: ',
    ],
    [
      'leaves a bad state',
      pupil.at('ask').wrongState(),
      "'wrongState': ",
      'a state that does not parse: name: ',
    ],
    [
      'leaves what Postgres can not hold',
      pupil.at('ask').rename('a\0b'),
      "'rename': ",
      'unsupported Unicode',
    ],
  ]
  for (const [what, message, where, reason] of failures) {
    it(`tells the asker actor, message and cause, where it ${what}`, async () => {
      const { node } = runtime.get
      const error = await errorOf(node.ask(message))
      expect(error).to.be.instanceOf(HandlerFailed).and.to.include({ actor: 'pupil/ask', type: message.type })
      expect(error.message).to.include(where).and.to.include(reason)
      expect(await node.ask(pupil.at('ask').marks())).to.deep.equal([])
    })

    it(`leaves a dead letter with every attempt, where it ${what} and nobody asks`, async () => {
      const { node, seen } = runtime.get
      const told = { ...message, key: 'tell' }
      await node.send(told)
      await seen({ type: 'dead', actor: 'pupil/tell', message: told.type })
      const [letter] = await node.deadLetters({ type: told.type })
      expect(letter?.cause).to.equal(what === 'hangs' ? 'hung' : 'failed')
      expect(letter?.attempts.map((attempt) => attempt.reason.includes(reason))).to.deep.equal([true, true])
      expect(await node.ask(pupil.at('tell').marks())).to.deep.equal([])
    })
  }

  it('keeps nobody else from going on while it hangs', async () => {
    const { node } = runtime.get
    const hanging = errorOf(node.ask(pupil.at('slow').hangs()))
    expect(await node.ask(pupil.at('quick').mark(1))).to.equal(1)
    const behind = node.ask(pupil.at('slow').mark(1))
    await hanging
    expect(await behind).to.equal(1)
  })

  it('takes no other turn of its commit with it', async () => {
    const { node } = runtime.get
    const keys = Array.from({ length: 40 }, (_, at) => `desk ${at}`)
    const asked = keys.map((key, at) => node.ask(pupil.at(key).rename(at === 17 ? 'a\0b' : key)))
    const ended = await Promise.allSettled(asked)
    expect(ended.flatMap(({ status }, at) => (status === 'rejected' ? [at] : []))).to.deep.equal([17])
    const names = await node.ask(pupil.at('desk 18').rename('kept'))
    expect(names).to.equal('kept')
  })

  it('takes no other turn of its own actor with it', async () => {
    const { node } = runtime.get
    const asked = [
      node.ask(pupil.at('row').mark(1)),
      errorOf(node.ask(pupil.at('row').rename('a\0b'))),
      node.ask(pupil.at('row').mark(2)),
    ]
    await Promise.all(asked)
    expect(await node.ask(pupil.at('row').marks())).to.deep.equal([1, 2])
  })
})

describe('a context whose turn has ended', () => {
  const runtime = useRuntime({ kinds: [pupil] })
  it('takes nothing any more', async () => {
    await runtime.get.node.ask(pupil.at('a').keepContext())
    const ended = /this turn has ended: its context takes nothing any more/
    expect(() => kept?.send(pupil.at('a').mark(1))).to.throw(TypeError, ended)
    expect(() => kept?.after('1s', pupil.at('a').mark(1))).to.throw(TypeError, ended)
    expect(() => kept?.publish({ type: 'late' })).to.throw(TypeError, ended)
    expect(() => kept?.stop()).to.throw(TypeError, ended)
  })
})

describe('a stored state that no longer parses', () => {
  const runtime = useRuntime({ kinds: [pupil] })
  it('fails the turn by the name of the field, stays as it was, and is handled once it is mended', async () => {
    const { node, seen, sql } = runtime.get
    await sql(`insert into runtime.actor (kind, key, shard, turn, state)
      values ('pupil', 'old', 0, 7, '{ "marks": "none", "name": "Ada" }')`)
    const error = await errorOf(node.ask(pupil.at('old').mark(1)))
    expect(error).to.be.instanceOf(HandlerFailed)
    expect(error.message)
      .to.include("pupil/old failed on 'mark'")
      .and.to.include('its stored state no longer parses: marks: ')
    await node.send(pupil.at('old').mark(1))
    await seen({ type: 'dead', actor: 'pupil/old' })
    const [row] = await sql("select turn, state::text from runtime.actor where key = 'old'")
    expect(row).to.deep.equal({ turn: 7, state: '{"name": "Ada", "marks": "none"}' })
    expect(await node.ask(pupil.at('new').mark(1))).to.equal(1)
  })
})

describe('a turn that ends after its time', () => {
  const late = gate()
  const sleeper = actor(
    'sleeper',
    {
      state: z.object({ slept: z.int().default(0) }).prefault({}),
      messages: { sleep: {}, slept: { reply: z.int() } },
      turnTimeout: '20ms',
      supervision: { attemptsMax: 1 },
    },
    {
      async sleep(state, _input, ctx) {
        await late.opened
        state.slept += 1
        ctx.send(ctx.self.sleep())
      },
      slept: (state) => state.slept,
    },
  )
  const runtime = useRuntime({ kinds: [sleeper] })
  it('changes nothing any more', async () => {
    const { node, seen, witness } = runtime.get
    await node.send(sleeper.at('a').sleep())
    await seen({ type: 'dead', actor: 'sleeper/a', cause: 'hung' })
    late.open()
    expect(await node.ask(sleeper.at('a').slept())).to.equal(0)
    expect(witness().matching({ type: 'turn', actor: 'sleeper/a', message: 'sleep' })).to.deep.equal([])
  })
})
