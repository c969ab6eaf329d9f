/** For dashboards: what a turn publishes is given out after its commit, to whoever listens on the same node. */
import * as z from 'zod'
import { actor } from '../index.ts'
import type { Parts } from './example.ts'

export const upload = actor(
  'upload',
  {
    state: z.object({ bytes: z.int().default(0) }).prefault({}),
    messages: { chunk: { input: z.object({ bytes: z.int() }), reply: z.int() } },
  },
  {
    chunk(state, { bytes }, ctx) {
      state.bytes += bytes
      ctx.publish({ type: 'progress', bytes: state.bytes })
      if (bytes < 0) ctx.refuse('a chunk has at least no bytes')
      return state.bytes
    },
  },
)
export const kinds = [upload]

export async function example({ node, print }: Parts) {
  const end = node.onEvent((event) => {
    if (event.type === 'published') print(event.actor, event.event)
  })
  await node.ask(upload.at('negatives.zip').chunk({ bytes: 400 }))
  await node
    .ask(upload.at('negatives.zip').chunk({ bytes: -1 }))
    .catch(() => print('refused: nothing is published'))
  await node.ask(upload.at('negatives.zip').chunk({ bytes: 200 }))
  end()
}

/* Output:
upload/negatives.zip {"type":"progress","bytes":400}
refused: nothing is published
upload/negatives.zip {"type":"progress","bytes":600}
*/
