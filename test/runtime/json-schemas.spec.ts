import { expect } from 'chai'
import * as z from 'zod'
import { actor, HandlerFailed, Refused } from '#runtime/index.ts'
import { rehearse } from '#runtime/testing/rehearse.ts'
import { startSystem } from '#runtime/testing/system.ts'
import { errorOf } from './features/use-runtime.ts'

const none = z.object({}).prefault({})
const withState = (state: z.ZodType) => () => actor('film', { state, messages: {} }, {})
const withInput = (input: z.ZodType) => () =>
  actor('film', { state: none, messages: { put: { input } } }, { put() {} })
const withReply = (reply: z.ZodType) => () =>
  actor('film', { state: none, messages: { get: { reply } } }, { get: () => null })

describe('a schema that needs what JSON does not carry', () => {
  const refused: readonly [string, z.ZodType, string][] = [
    ['a date', z.date(), 'is a date, which JSON does not carry: keep milliseconds (z.int()) or a text'],
    ['a map', z.map(z.string(), z.int()), 'is a map, which JSON does not carry: use z.record()'],
    ['a set', z.set(z.string()), 'is a set, which JSON does not carry: use z.array()'],
    ['a bigint', z.bigint(), 'is a bigint, which JSON does not carry: use z.int() or a text'],
    ['a literal bigint', z.literal([1n, 'one']), 'is a literal, which JSON does not carry'],
    ['NaN', z.nan(), 'is a nan, which JSON does not carry: use z.null()'],
    ['a symbol', z.symbol(), 'is a symbol, which JSON does not carry'],
    ['a promise', z.promise(z.string()), 'is a promise, which JSON does not carry'],
    ['a file', z.file(), 'is a file, which JSON does not carry'],
  ]
  for (const [what, schema, reason] of refused) {
    it(`is refused for ${what}, wherever it stands in a declaration`, () => {
      const places = [
        [withState(z.object({ at: schema })), 'state.at'],
        [withInput(schema), 'messages.put.input'],
        [withReply(schema), 'messages.get.reply'],
      ] as const
      for (const [declare, place] of places)
        expect(declare, place).to.throw(TypeError, `'film' can't be declared: ${place} ${reason}`)
    })
  }

  const within: readonly [string, z.ZodType][] = [
    ['state.list[].at', z.object({ list: z.array(z.object({ at: z.date() })) })],
    ['state.pair[1]', z.object({ pair: z.tuple([z.string(), z.date()]) })],
    ['state.pair[1]', z.object({ pair: z.tuple([z.string()], z.date()) })],
    ['state.byName.*', z.object({ byName: z.record(z.string(), z.date()) })],
    ['state.*', z.object({}).catchall(z.date())],
    ['state.at', z.object({ at: z.union([z.string(), z.date()]) })],
    ['state.at', z.object({ at: z.date().nullable().optional().readonly() })],
    ['state.at', z.object({ at: z.date().default(() => new Date()) })],
    ['state.at', z.object({ at: z.lazy(() => z.date()) })],
    ['state.at', z.intersection(z.object({ is: z.string() }), z.object({ at: z.date() }))],
    ['state.at', z.object({ at: z.coerce.date() })],
  ]
  for (const [at, [place, schema]] of within.entries()) {
    it(`is refused with its place, ${place} (${at})`, () => {
      expect(withState(schema)).to.throw(TypeError, `${place} is a date`)
    })
  }

  it('is refused in the detail of a refusal', () => {
    const messages = { get: { error: z.object({ at: z.date() }) } }
    expect(() => actor('film', { state: none, messages }, { get() {} })).to.throw('messages.get.error.at')
  })
})

describe('a schema that makes its values anew', () => {
  const moment = z.codec(z.iso.datetime(), z.date(), {
    decode: (text) => new Date(text),
    encode: (date) => date.toISOString(),
  })

  it('is taken for an input, whose handler gets what it makes of the JSON', async () => {
    const film = actor(
      'film',
      {
        state: none,
        messages: {
          put: {
            input: z.object({ at: z.coerce.date(), on: moment, by: z.coerce.bigint() }),
            reply: z.string(),
          },
        },
      },
      { put: (_state, { at, on, by }) => [at.getTime(), on.getTime(), typeof by].join(' ') },
    )
    const { reply } = await rehearse(
      film,
      film.at('a').put({ at: new Date(1_000), on: '1970-01-01T00:00:02.000Z', by: '3' as never }),
    )
    expect(reply).to.equal('1000 2000 bigint')
  })

  it('is refused for a reply and for a state, which are written as it has made them', () => {
    expect(withReply(moment)).to.throw('messages.get.reply is a date')
    expect(withReply(z.coerce.date())).to.throw('messages.get.reply is a date')
    expect(withState(z.object({ at: moment }))).to.throw('state.at is a date')
  })
})

describe('a schema that JSON carries', () => {
  const node: z.ZodType = z.object({
    name: z.string(),
    get children() {
      return z.array(node)
    },
  })
  it('is used as it is, and looks at no value', () => {
    const state = z.object({
      tree: z.lazy(() => node).optional(),
      text: z.email().or(z.iso.datetime()).nullable().default(null),
      list: z
        .array(z.union([z.int(), z.literal('many'), z.null(), z.boolean(), z.enum(['a', 'b'])]))
        .default([]),
      some: z.partialRecord(z.string(), z.number().optional()).default({}),
    })
    expect(actor('film', { state, messages: {} }, {}).state).to.equal(state)
  })
})

describe('a schema that leaves open what it holds', () => {
  const film = actor(
    'film',
    {
      state: z
        .object({ any: z.unknown().optional(), list: z.array(z.string().optional()).default([]) })
        .prefault({}),
      messages: {
        keep: { input: z.custom<unknown>() },
        keepDate: { input: z.int() },
        keepHole: {},
        get: { reply: z.unknown() },
        getDate: { reply: z.unknown() },
      },
    },
    {
      keep(state, value) {
        state.any = value
      },
      keepDate(state, ms) {
        state.any = { seen: [{ at: new Date(ms) }] }
      },
      keepHole(state) {
        state.list.push('first', undefined)
      },
      get: (state) => state.any,
      getDate: () => ({ at: new Date(0) }),
    },
  )

  it('takes whatever JSON carries', async () => {
    const value = { deep: [1, 'two', null, { three: true, four: undefined }] }
    const { state } = await rehearse(film, film.at('a').keep(value))
    expect(state).to.deep.equal({ any: JSON.parse(JSON.stringify(value)), list: [] })
    expect((await rehearse(film, film.at('a').get(), state)).reply).to.deep.equal(
      (state as { any: unknown }).any,
    )
  })

  it('fails the turn that leaves anything else, and says where it is', async () => {
    const dated = await errorOf(rehearse(film, film.at('a').keepDate(1)))
    expect(dated).to.be.instanceOf(HandlerFailed)
    expect(dated.message).to.include('any.seen.0.at: JSON does not carry a Date')
    const holed = await errorOf(rehearse(film, film.at('a').keepHole()))
    expect(holed.message).to.include('list.1: JSON does not carry undefined in a list')
  })

  it('fails the turn that answers anything else', async () => {
    const error = await errorOf(rehearse(film, film.at('a').getDate()))
    expect(error.message).to.include('the reply does not parse: at: JSON does not carry a Date')
  })

  it('refuses anything else from a sender', async () => {
    const system = await startSystem({ kinds: [film] })
    const values = [new Map(), new Date(0), 1n, Number.NaN, [undefined], Symbol('s'), () => {}, /x/]
    const whats = [
      'a Map',
      'a Date',
      'a bigint',
      'NaN',
      'undefined in a list',
      'a symbol',
      'a function',
      'a RegExp',
    ]
    for (const [at, value] of values.entries()) {
      const error = await errorOf(system.send(film.at('a').keep({ value })))
      expect(error).to.be.instanceOf(Refused).and.to.have.property('code', 'bad_message')
      expect(error.message).to.include(`JSON does not carry ${whats[at]}`)
    }
    await system.stop()
  })
})

describe('an input of null', () => {
  const film = actor(
    'film',
    {
      state: none,
      messages: {
        orNull: { input: z.string().nullable(), reply: z.string() },
        orNothing: { input: z.string().optional(), reply: z.string() },
        orFive: { input: z.int().default(5), reply: z.string() },
        any: { input: z.unknown(), reply: z.string() },
      },
    },
    {
      orNull: (_state, input) => String(input),
      orNothing: (_state, input) => String(input),
      orFive: (_state, input) => String(input),
      any: (_state, input) => String(input),
    },
  )

  for (const nodes of [1, 3]) {
    it(`arrives where the schema takes it, and nothing where it takes that (${nodes} nodes)`, async () => {
      const system = await startSystem({ kinds: [film], nodes })
      for (const node of system.nodes) {
        expect(await node.ask(film.at('a').orNull(null))).to.equal('null')
        expect(await node.ask(film.at('a').orNull('x'))).to.equal('x')
        expect(await node.ask(film.at('a').orNothing(undefined))).to.equal('undefined')
        expect(await node.ask(film.at('a').orFive(undefined))).to.equal('5')
        expect(await node.ask(film.at('a').any(null))).to.equal('undefined')
      }
      await system.stop()
    })
  }

  it('can not be told from nothing: a schema that takes both as two things is refused', () => {
    for (const schema of [z.string().nullish(), z.int().nullable().default(5), z.null().optional()])
      expect(withInput(schema)).to.throw(
        TypeError,
        "'film' can't be declared: messages.put.input takes both null and nothing, which JSON can't tell apart",
      )
    for (const schema of [z.unknown(), z.any().optional(), z.null().default(null), z.string().nullable()])
      expect(withInput(schema)).not.to.throw()
  })
})
