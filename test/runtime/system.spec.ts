import { expect } from 'chai'
import * as z from 'zod'
import { actor } from '#runtime/definition.ts'
import { startSystem, type System } from '#runtime/testing/system.ts'

const egg = actor(
  'egg',
  {
    state: z.object({ boiled: z.boolean().default(false) }).prefault({}),
    messages: { boil: { input: z.object({ minutes: z.int() }) }, done: {}, isBoiled: { reply: z.boolean() } },
  },
  {
    boil(_state, { minutes }, ctx) {
      ctx.after(minutes * 60_000, ctx.self.done())
    },
    done(state, _input, ctx) {
      state.boiled = true
      ctx.send(cook.at('main').serve({ egg: ctx.key }))
    },
    isBoiled: (state) => state.boiled,
  },
)

const cook = actor(
  'cook',
  {
    state: z.object({ served: z.array(z.string()).default([]) }).prefault({}),
    messages: { serve: { input: z.object({ egg: z.string() }) }, served: { reply: z.array(z.string()) } },
  },
  {
    serve(state, { egg: key }, ctx) {
      state.served.push(key)
      ctx.publish({ type: 'served', egg: key })
    },
    served: (state) => state.served,
  },
)

for (const nodes of [1, 3]) {
  describe(`a system of ${nodes} on memory`, () => {
    let system: System
    beforeEach(async () => {
      system = await startSystem({ kinds: [egg, cook], nodes })
    })
    afterEach(() => system.stop())

    it('does what is due by itself', async () => {
      await system.send(egg.at('a').boil({ minutes: 4 }))
      expect(await system.ask(egg.at('a').isBoiled())).to.equal(false)
    })

    it('does what is due later when time passes, and not before', async () => {
      await system.send(egg.at('a').boil({ minutes: 4 }))
      await system.advance('3m')
      expect(await system.ask(egg.at('a').isBoiled())).to.equal(false)
      await system.advance('2m')
      expect(await system.ask(egg.at('a').isBoiled())).to.equal(true)
      expect(await system.ask(cook.at('main').served())).to.deep.equal(['a'])
    })

    it('tells a probe what happens', async () => {
      await system.send(egg.at('b').boil({ minutes: 1 }))
      const served = system.probe.seen({ type: 'published', actor: 'cook/main' })
      await system.advance('61s')
      expect((await served).event).to.deep.equal({ type: 'served', egg: 'b' })
      expect(
        system.probe.matching({ type: 'turn', actor: 'egg/b' }).map(({ message }) => message),
      ).to.deep.equal(['boil', 'done'])
    })
  })
}
