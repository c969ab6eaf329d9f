/** Why does it not move? `explain` says how an actor stands, the most telling first, and what keeps its mail. */
import * as z from 'zod'
import { actor } from '../index.ts'
import { next, type Parts } from './example.ts'

export const printer = actor(
  'printer',
  {
    state: z.object({ pages: z.int().default(0) }).prefault({}),
    messages: { print: { input: z.object({ pages: z.int() }) } },
    supervision: { attemptsMax: 9, backoff: { first: '1h', max: '1h', factor: 1 } },
  },
  {
    print(state, { pages }) {
      if (pages > 100) throw new Error('out of paper')
      state.pages += pages
    },
  },
)
export const kinds = [printer]

export async function example({ node, print }: Parts) {
  const target = { kind: 'printer', key: 'hall' }
  await node.ask(printer.at('yard').print({ pages: 1 }))
  print((await node.explain(target)).because)

  const failed = next(node, (event) => event.type === 'failed')
  await node.send(printer.at('hall').print({ pages: 500 }), { from: 'anna' })
  await failed
  await node.send(printer.at('hall').print({ pages: 1 }), { from: 'anna' })
  const { because, here } = await node.explain(target)
  print(because.map((line) => line.replaceAll(/\d+ ms/g, 'so many ms')))
  print('held back:', here?.heldSenders)
}

/* Output:
["it has no state: it starts with its first message"]
["'print' failed 1 time (printer/hall failed on 'print': out of paper), the next try is in so many ms; until then other mail from anna waits behind it","1 message in its mailbox, the oldest sent so many ms ago"]
held back: ["anna"]
*/
