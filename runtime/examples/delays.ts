/** A message can be sent now and handled later: `delay`, from outside and from an actor. It survives any crash. */
import * as z from 'zod'
import { actor } from '../index.ts'
import { next, type Parts } from './example.ts'

export const inbox = actor(
  'inbox',
  {
    state: z.array(z.string()).prefault([]),
    messages: {
      put: { input: z.string() },
      putTwice: { input: z.string() },
      read: { reply: z.array(z.string()) },
    },
  },
  {
    put(state, text) {
      state.push(text)
    },
    putTwice(state, text, ctx) {
      state.push(text)
      ctx.send(ctx.self.put(`${text} again`), { delay: '200ms' })
    },
    read: (state) => state,
  },
)
export const kinds = [inbox]

export async function example({ node, print }: Parts) {
  print('at first:', await node.ask(inbox.at('me').read()))
  const last = next(node, (event) => event.type === 'turn' && event.turn === 5)
  const later = node.send(inbox.at('me').put('later'), { delay: '100ms' })
  const soon = node.send(inbox.at('me').putTwice('soon'))
  await Promise.all([later, soon, node.send(inbox.at('me').put('sooner'), { delay: 0 })])
  await last
  print(await node.ask(inbox.at('me').read()))
}

/* Output:
at first: []
["soon","sooner","later","soon again"]
*/
