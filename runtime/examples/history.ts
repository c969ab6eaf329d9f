/** Every turn leaves what it was given, what it changed and what it sent; `explain` says how an actor stands now. */
import * as z from 'zod'
import { actor } from '../index.ts'
import { next, type Parts } from './example.ts'

export const counter = actor(
  'counter',
  {
    state: z.object({ total: z.int().default(0), name: z.string().default('') }).prefault({}),
    messages: {
      add: { input: z.object({ by: z.int() }) },
      rename: { input: z.string() },
    },
    supervision: { attemptsMax: 1 },
  },
  {
    add(state, { by }, ctx) {
      if (by === 0) throw new Error('nothing to add')
      state.total += by
      if (by > 1) ctx.send(ctx.self.rename('big'))
    },
    rename(state, name) {
      state.name = name
    },
  },
)
export const kinds = [counter]

export async function example({ node, print }: Parts) {
  const renamed = next(node, (event) => event.type === 'turn' && event.message === 'rename')
  const dead = next(node, (event) => event.type === 'dead')
  await node.send(counter.at('main').add({ by: 1 }))
  await node.send(counter.at('main').add({ by: 5 }))
  await renamed
  await node.send(counter.at('main').add({ by: 0 }))
  await dead
  const turns = await node.history({ kind: 'counter', key: 'main' })
  for (const { turn, type, body, state, patch, failure } of turns) {
    print(`turn ${turn}: ${type} ${body} -> ${patch ?? state ?? failure}`)
  }
  print('it sent', turns[1]?.sends)
  print((await node.explain({ kind: 'counter', key: 'main' })).because)
}

/* Output:
turn 1: add {"by":1} -> {"total":1,"name":""}
turn 2: add {"by":5} -> {"total":6}
turn 3: rename "big" -> {"name":"big"}
turn 4: add {"by":0} -> counter/main failed on 'add': nothing to add
it sent [{"to":"counter/main","type":"rename","input":"big"}]
["1 dead letter among its mail"]
*/
