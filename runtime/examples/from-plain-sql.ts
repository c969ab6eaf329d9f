/**
 * Triggers, scripts and other languages send with plain SQL, in a transaction of their own. It is found by the
 * next sweep, within a second; `wake()` after the commit makes that at once.
 */
import * as z from 'zod'
import { actor } from '../index.ts'
import { next, type Parts } from './example.ts'

export const shelf = actor(
  'shelf',
  {
    state: z.object({ rolls: z.int().default(0) }).prefault({}),
    messages: {
      add: { input: z.object({ rolls: z.int().positive() }) },
      count: { reply: z.int() },
    },
  },
  {
    add(state, { rolls }) {
      state.rolls += rolls
    },
    count: (state) => state.rolls,
  },
)
export const kinds = [shelf]

export async function example({ node, print, sql }: Parts) {
  const added = next(node, (event) => event.type === 'turn' && event.message === 'add')
  const dead = next(node, (event) => event.type === 'dead')
  await sql(`select runtime.send_mail('shelf', 'A4', 'add', '{ "rolls": 12 }')`)
  await sql(`select runtime.send_mail('shelf', 'A4', 'add', '{ "rolls": "twelve" }')`)
  await sql('select runtime.wake()')
  await Promise.all([added, dead])
  print('rolls:', await node.ask(shelf.at('A4').count()))
  // Nobody waits for an answer, so what can't be taken becomes a dead letter.
  for (const { cause, reason } of await node.deadLetters()) print(`${cause}: ${reason}`)
}

/* Output:
rolls: 12
bad_message: shelf/A4 can't take 'add': rolls: Invalid input: expected number, received string
*/
