/** A message declared with `sql: true` may run SQL of its own: it commits together with the turn, or not at all. */
import * as z from 'zod'
import { actor } from '../index.ts'
import type { Parts } from './example.ts'

export const till = actor(
  'till',
  {
    state: z.object({ sales: z.int().default(0) }).prefault({}),
    messages: {
      sell: { input: z.object({ film: z.string(), cents: z.int() }), reply: z.int(), sql: true },
    },
  },
  {
    async sell(state, { film, cents }, ctx) {
      state.sales += 1
      await ctx.sql('insert into public.sale (till, film, cents) values ($1, $2, $3)', [ctx.key, film, cents])
      const [sum] = await ctx.sql<{ cents: number }>('select sum(cents)::int as cents from public.sale')
      if (cents > 10_000) throw new Error('nobody pays that: the row above is not kept')
      return sum?.cents ?? 0
    },
  },
)
export const kinds = [till]

export async function example({ node, print, sql }: Parts) {
  await sql('create table public.sale (till text, film text, cents int)')
  print('sum:', await node.ask(till.at('front').sell({ film: 'HP5', cents: 900 })))
  print('sum:', await node.ask(till.at('front').sell({ film: 'Portra', cents: 1700 })))
  const dear = node.ask(till.at('front').sell({ film: 'Kodachrome', cents: 90_000 }))
  print(await dear.catch((error: Error) => error.name))
  print(await sql('select film, cents from public.sale order by cents'))
}

/* Output:
sum: 900
sum: 2600
HandlerFailed
[{"film":"HP5","cents":900},{"film":"Portra","cents":1700}]
*/
