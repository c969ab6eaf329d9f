/**
 * A tell whose handler throws is tried again, ever later. Used up, it becomes a dead letter: look at it, mend the
 * cause, edit it if need be, and send it again.
 */
import * as z from 'zod'
import { actor, type DeadLetter } from '../index.ts'
import { next, type Parts } from './example.ts'

export const gallery = actor(
  'gallery',
  {
    state: z.array(z.string()).prefault([]),
    messages: {
      hang: { input: z.object({ picture: z.string() }) },
      list: { reply: z.array(z.string()) },
    },
    supervision: { attemptsMax: 3, backoff: { first: '5ms', max: '1s', factor: 2 } },
  },
  {
    hang(state, { picture }, ctx) {
      if (picture === '') throw new Error('there is no picture')
      // 1 at the first try.
      state.push(`${picture} (attempt ${ctx.attempt})`)
    },
    list: (state) => state,
  },
)
export const kinds = [gallery]

export async function example({ node, print }: Parts) {
  const dead = next(node, (event) => event.type === 'dead')
  await node.send(gallery.at('hall').hang({ picture: '' }))
  await node.send(gallery.at('hall').hang({ picture: 'dunes' }))
  await dead
  const [letter] = await node.deadLetters({ kind: 'gallery' })
  print(`${letter?.cause} after ${letter?.attempts.length} attempts: ${letter?.attempts.at(-1)?.reason}`)

  const hung = next(node, (event) => event.type === 'turn' && event.message === 'hang')
  const edit = ({ body }: DeadLetter) => ({ ...JSON.parse(body), picture: 'harbour' })
  const { sent, refused } = await node.redrive({ key: 'hall' }, edit)
  print(`sent again: ${sent}, refused: ${refused.length}`)
  await hung
  print(await node.ask(gallery.at('hall').list()))
  print('dead letters left:', (await node.deadLetters()).length)
}

/* Output:
failed after 3 attempts: gallery/hall failed on 'hang': there is no picture
sent again: 1, refused: 0
["dunes (attempt 1)","harbour (attempt 1)"]
dead letters left: 0
*/
