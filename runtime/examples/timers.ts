/** Durable timers, one per name: set with `after` or `at`, set again to replace, taken back with `cancel`. */
import * as z from 'zod'
import { actor } from '../index.ts'
import { next, type Parts } from './example.ts'

export const door = actor(
  'door',
  {
    state: z.object({ open: z.boolean().default(false), told: z.array(z.string()).default([]) }).prefault({}),
    messages: {
      open: {},
      close: {},
      remind: { input: z.string() },
      told: { reply: z.array(z.string()) },
    },
  },
  {
    open(state, _input, ctx) {
      state.open = true
      ctx.after('1h', ctx.self.remind('open for an hour'), { name: 'open' })
      // The same name: this one takes the place of the one before.
      ctx.after('20ms', ctx.self.remind('open for a moment'), { name: 'open' })
      ctx.at(new Date(ctx.now + 3_600_000), ctx.self.remind('still open'), { name: 'still' })
    },
    close(state, _input, ctx) {
      state.open = false
      ctx.cancel('still')
    },
    remind(state, text, ctx) {
      state.told.push(text)
      if (text === 'open for a moment') ctx.send(ctx.self.close())
    },
    told: (state) => state.told,
  },
)
export const kinds = [door]

export async function example({ node, print }: Parts) {
  const closed = next(node, (event) => event.type === 'turn' && event.message === 'close')
  await node.send(door.at('darkroom').open())
  await closed
  print(await node.ask(door.at('darkroom').told()))
  print((await node.explain(door.at('darkroom').told())).because)
}

/* Output:
["open for a moment"]
["it is idle: nothing waits for it"]
*/
