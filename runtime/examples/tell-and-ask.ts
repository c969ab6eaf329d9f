/** An actor that counts. A tell is stored and handled once; an ask waits for the answer. */
import * as z from 'zod'
import { actor } from '../index.ts'
import type { Parts } from './example.ts'

export const counter = actor(
  'counter',
  {
    state: z.object({ total: z.int().default(0) }).prefault({}),
    messages: {
      add: { input: z.object({ by: z.int().positive() }), reply: z.int() },
      reset: {},
    },
  },
  {
    add(state, { by }) {
      state.total += by
      return state.total
    },
    reset(state) {
      state.total = 0
    },
  },
)
export const kinds = [counter]

export async function example({ node, print }: Parts) {
  await node.send(counter.at('main').add({ by: 2 }))
  print('total:', await node.ask(counter.at('main').add({ by: 3 })))
  print('another counter:', await node.ask(counter.at('side').add({ by: 1 })))

  await node.send(counter.at('main').reset())
  print('after a reset:', await node.ask(counter.at('main').add({ by: 1 })))
}

/* Output:
total: 5
another counter: 1
after a reset: 1
*/
