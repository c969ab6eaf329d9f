import { expect } from 'chai'
import * as z from 'zod'
import { actor, Refused } from '#runtime/index.ts'
import { errorOf, useRuntime } from './use-runtime.ts'

const till = actor(
  'till',
  {
    state: z.object({ cents: z.int().default(0) }).prefault({}),
    messages: { put: { input: z.object({ cents: z.int().positive() }), reply: z.int() } },
  },
  {
    put(state, { cents }) {
      state.cents += cents
      return state.cents
    },
  },
)
/** Sends whatever it is told to. */
const courier = actor(
  'courier',
  { state: z.object({}).prefault({}), messages: { carry: { input: z.custom<never>() } } },
  {
    carry(_state, message, ctx) {
      ctx.send(message)
    },
  },
)

const bad = {
  unknownKind: { kind: 'purse', key: 'a', type: 'put', input: { cents: 1 } },
  unknownMessage: { kind: 'till', key: 'a', type: 'take', input: { cents: 1 } },
  wrongField: { kind: 'till', key: 'a', type: 'put', input: { cents: 'one' } },
}

describe('a message that can not be handled', () => {
  const runtime = useRuntime({ kinds: [till, courier] })
  afterEach(async () => {
    const { node } = runtime.get
    await node.discard({})
    expect(await node.ask(till.at('witness').put({ cents: 1 }))).to.be.above(0)
  })

  describe('from outside', () => {
    const cases = [
      ['an unknown kind', bad.unknownKind, 'unknown_kind', "no kind 'purse' is known here; known: till"],
      [
        'an unknown message',
        bad.unknownMessage,
        'unknown_message',
        "'till' knows no message 'take'; it knows: put",
      ],
      ['a wrong field', bad.wrongField, 'bad_message', "till/a can't take 'put': cents: "],
    ] as const
    for (const [what, message, code, reason] of cases) {
      it(`is refused at once, for ${what}`, async () => {
        const { node } = runtime.get
        for (const error of [await errorOf(node.send(message)), await errorOf(node.ask(message))]) {
          expect(error).to.be.instanceOf(Refused).and.to.have.property('code', code)
          expect(error.message).to.include(reason)
        }
      })
    }

    it('is refused where it names no actor', async () => {
      const { node } = runtime.get
      const error = await errorOf(node.send({ kind: 'till', key: '', type: 'put' }))
      expect(error.message).to.equal("'' can't be an actor's key: it is empty")
    })

    it('is refused where its key is none that Postgres can hold', () => {
      for (const key of ['a\0b', '\ud800', 'k'.repeat(300)]) {
        expect(() => till.at(key)).to.throw(TypeError, "can't be an actor's key")
      }
    })
  })

  describe('from plain SQL', () => {
    const cases = [
      ['an unknown kind', bad.unknownKind, 'unknown_kind', "no kind 'purse' is known here"],
      [
        'an unknown message',
        bad.unknownMessage,
        'unknown_message',
        "'till' knows no message 'take'; it knows: put",
      ],
      ['a wrong field', bad.wrongField, 'bad_message', "till/a can't take 'put': cents: "],
    ] as const
    for (const [what, { kind, key, type, input }, cause, reason] of cases) {
      it(`becomes a dead letter, for ${what}`, async () => {
        const { node, seen, post } = runtime.get
        await post(kind, key, type, input)
        await seen({ type: 'dead', cause })
        const [letter] = await node.deadLetters({ cause })
        expect(letter).to.include({ kind, key, type, cause })
        expect(letter?.reason).to.include(reason)
        expect(JSON.parse(letter?.body ?? '')).to.deep.equal(input)
      })
    }
  })

  describe('from an actor', () => {
    it('becomes a dead letter where its kind is unknown, and the sender goes on', async () => {
      const { node, witness } = runtime.get
      const before = witness().matching({ type: 'dead', cause: 'unknown_kind' }).length
      await node.ask(courier.at('one').carry(bad.unknownKind as never))
      await runtime.get.seen({ type: 'dead', cause: 'unknown_kind' }, before + 1)
      const [letter] = await node.deadLetters({ kind: 'purse' })
      expect(letter).to.include({ sender: 'courier/one', type: 'put' })
    })

    it('fails the turn that sends it, and nothing of the turn is kept', async () => {
      const { node } = runtime.get
      const error = await errorOf(node.ask(courier.at('two').carry(bad.wrongField as never)))
      expect(error.message).to.include("till/a can't take 'put': cents: ")
      expect((await node.explain({ kind: 'courier', key: 'two' })).stored.exists).to.equal(false)
    })
  })
})
