/** Nodes share the actors between them. One that stops hands its share over first; nobody has to know who has what. */
import * as z from 'zod'
import { actor } from '../index.ts'
import { next, type Parts } from './example.ts'

export const counter = actor(
  'counter',
  {
    state: z.object({ total: z.int().default(0) }).prefault({}),
    messages: { add: { input: z.int(), reply: z.int() } },
  },
  {
    add(state, by) {
      state.total += by
      return state.total
    },
  },
)
export const kinds = [counter]

const keys = Array.from({ length: 20 }, (_, at) => `counter ${at}`)

export async function example({ node, start, print }: Parts) {
  const shared = next(node, (event) => event.type === 'shards' && event.owned === 128)
  const second = await start('second')
  await shared
  for (const key of keys) await node.ask(counter.at(key).add(1))
  for (const key of keys) await second.ask(counter.at(key).add(1))

  const taken = next(second, (event) => event.type === 'shards' && event.owned === 256)
  await node.stop()
  await taken
  const totals = await Promise.all(keys.map((key) => second.ask(counter.at(key).add(1))))
  print('totals after the first node has left:', [...new Set(totals)])
}

/* Output:
totals after the first node has left: [3]
*/
