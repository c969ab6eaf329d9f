/** A mailbox has a bound. Asks and sends over it are refused at once, so that a slow actor is noticed where it hurts. */
import * as z from 'zod'
import { actor, type Refused } from '../index.ts'
import { next, type Parts } from './example.ts'

export const scanner = actor(
  'scanner',
  {
    state: z.object({ scanned: z.int().default(0) }).prefault({}),
    messages: {
      scan: {},
      scanned: { reply: z.int() },
    },
    mailboxMax: 2,
  },
  {
    async scan(state) {
      await lamp
      state.scanned += 1
    },
    scanned: (state) => state.scanned,
  },
)
export const kinds = [scanner]

let lamp: Promise<unknown> = Promise.resolve()

export async function example({ node, print }: Parts) {
  print('scanned so far:', await node.ask(scanner.at('flatbed').scanned()))
  const { promise, resolve } = Promise.withResolvers<void>()
  lamp = promise
  const done = next(node, (event) => event.type === 'turn' && event.turn === 4)
  for (let sheet = 1; sheet <= 4; sheet++) {
    const sent = node.send(scanner.at('flatbed').scan()).then(() => 'sent')
    print(`sheet ${sheet}:`, await sent.catch((error: Refused) => `${error.code}: ${error.message}`))
  }
  resolve()
  await done
}

/* Output:
scanned so far: 0
sheet 1: sent
sheet 2: sent
sheet 3: sent
sheet 4: mailbox_full: the mailbox of scanner/flatbed is full (2 messages)
*/
