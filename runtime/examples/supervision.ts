/**
 * What follows an actor's bug is data on its kind: here it is parked, so that nothing runs on a state somebody
 * has to look at first, and another actor is told. Its mail waits until it is resumed.
 */
import * as z from 'zod'
import { actor } from '../index.ts'
import { next, type Parts } from './example.ts'

export const caretaker = actor(
  'caretaker',
  {
    state: z.array(z.string()).prefault([]),
    messages: {
      broken: { input: z.object({ what: z.string(), reason: z.string() }) },
      list: { reply: z.array(z.string()) },
    },
  },
  {
    broken(state, { what, reason }) {
      state.push(`${what}: ${reason}`)
    },
    list: (state) => state,
  },
)

export const lift = actor(
  'lift',
  {
    state: z.object({ floor: z.int().default(0) }).prefault({}),
    messages: { go: { input: z.int(), reply: z.int() } },
    supervision: {
      attemptsMax: 1,
      then: 'park',
      tell: ({ key, reason }) => caretaker.at('house').broken({ what: `lift/${key}`, reason }),
    },
  },
  {
    go(state, floor) {
      if (floor > 5) throw new Error(`there is no floor ${floor}`)
      state.floor = floor
      return state.floor
    },
  },
)
export const kinds = [caretaker, lift]

export async function example({ node, print }: Parts) {
  await node.ask(lift.at('west').go(2))
  const told = next(node, (event) => event.type === 'turn' && event.actor === 'caretaker/house')
  await node.send(lift.at('west').go(13))
  await told
  print(await node.ask(caretaker.at('house').list()))
  print(await node.ask(lift.at('west').go(1)).catch((error: Error) => error.message))
  await node.send(lift.at('west').go(3))

  const went = next(node, (event) => event.type === 'turn' && event.actor === 'lift/west')
  await node.resume({ kind: 'lift', key: 'west' })
  print('resumed with', await went.then((event) => event.type === 'turn' && event.message))
}

/* Output:
["lift/west: lift/west failed on 'go': there is no floor 13"]
lift/west is parked: resume it first
resumed with go
*/
