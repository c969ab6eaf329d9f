/** What waits in a mailbox runs by priority, and in the order of arrival where that is equal. */
import * as z from 'zod'
import { actor } from '../index.ts'
import { next, type Parts } from './example.ts'

export const printer = actor(
  'printer',
  {
    state: z.array(z.string()).prefault([]),
    messages: {
      warmUp: {},
      print: { input: z.string() },
    },
  },
  {
    // An asynchronous turn: meanwhile its own mailbox fills, and all other actors go on.
    async warmUp() {
      await warm
    },
    print(state, page) {
      state.push(page)
    },
  },
)
export const kinds = [printer]

let warm: Promise<unknown> = Promise.resolve()

export async function example({ node, print, sql }: Parts) {
  const { promise, resolve } = Promise.withResolvers<void>()
  warm = promise
  const done = next(node, (event) => event.type === 'turn' && event.turn === 5)
  await node.send(printer.at('a').warmUp())
  await node.send(printer.at('a').print('letter'))
  await node.send(printer.at('a').print('leaflet'), { priority: -1 })
  await node.send(printer.at('a').print('fire alarm'), { priority: 9 })
  await node.send(printer.at('a').print('second letter'))
  resolve()
  await done
  const [row] = await sql("select state from runtime.actor where kind = 'printer'")
  print(JSON.parse(String(row?.['state'])))
}

/* Output:
["fire alarm","letter","second letter","leaflet"]
*/
