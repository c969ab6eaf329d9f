/** Actors send to each other with `ctx.send`. What a turn sends leaves with its commit, or not at all. */
import * as z from 'zod'
import { actor } from '../index.ts'
import { next, type Parts } from './example.ts'

export const audit = actor(
  'audit',
  {
    state: z.object({ seen: z.array(z.string()).default([]) }).prefault({}),
    messages: {
      noted: { input: z.object({ total: z.int() }) },
      read: { reply: z.array(z.string()) },
    },
  },
  {
    noted(state, { total }, ctx) {
      state.seen.push(`${ctx.sender} reached ${total}`)
    },
    read: (state) => state.seen,
  },
)

export const counter = actor(
  'counter',
  {
    state: z.object({ total: z.int().default(0) }).prefault({}),
    messages: { add: { input: z.object({ by: z.int() }), reply: z.int() } },
  },
  {
    add(state, { by }, ctx) {
      state.total += by
      if (state.total % 10 === 0) ctx.send(audit.at('log').noted({ total: state.total }))
      if (by > 100) throw new Error('too much at once: neither the total nor the note is kept')
      return state.total
    },
  },
)
export const kinds = [audit, counter]

export async function example({ node, print }: Parts) {
  const noted = next(node, (event) => event.type === 'turn' && event.actor === 'audit/log')
  print(await node.ask(counter.at('main').add({ by: 8 })))
  await node.ask(counter.at('main').add({ by: 102 })).catch((error: Error) => print(error.name))
  await node.send(counter.at('main').add({ by: 2 }))
  await noted
  print(await node.ask(audit.at('log').read()))
}

/* Output:
8
HandlerFailed
["counter/main reached 10"]
*/
