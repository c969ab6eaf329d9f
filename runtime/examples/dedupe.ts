/** A tell with a dedupe key is sent once, however often it is tried: for senders that retry, such as webhooks. */
import * as z from 'zod'
import { actor } from '../index.ts'
import type { Parts } from './example.ts'

export const invoice = actor(
  'invoice',
  {
    state: z.object({ paid: z.int().default(0) }).prefault({}),
    messages: {
      paid: { input: z.object({ cents: z.int() }) },
      total: { reply: z.int() },
    },
  },
  {
    paid(state, { cents }) {
      state.paid += cents
    },
    total: (state) => state.paid,
  },
)
export const kinds = [invoice]

export async function example({ node, print }: Parts) {
  const payment = invoice.at('2026-31').paid({ cents: 4900 })
  await node.send(payment, { dedupe: 'webhook 8841' })
  await node.send(payment, { dedupe: 'webhook 8841' })
  await node.send(payment, { dedupe: 'webhook 8842' })
  print('paid:', await node.ask(invoice.at('2026-31').total()))
}

/* Output:
paid: 9800
*/
