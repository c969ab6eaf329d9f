/** Timers that repeat: `every` takes an interval or a cron pattern (UTC). Times missed are made up for once. */
import * as z from 'zod'
import { actor } from '../index.ts'
import { next, type Parts } from './example.ts'

export const watch = actor(
  'watch',
  {
    state: z.object({ ticks: z.int().default(0) }).prefault({}),
    messages: {
      start: {},
      tick: {},
      report: {},
    },
  },
  {
    start(_state, _input, ctx) {
      ctx.every('10ms', ctx.self.tick())
      ctx.every('0 6 * * 1', ctx.self.report(), { name: 'mondays' })
    },
    tick(state, _input, ctx) {
      state.ticks += 1
      // A timer has its message's type for a name, where it was given none.
      if (state.ticks === 3) ctx.cancel('tick')
    },
    report() {},
  },
)
export const kinds = [watch]

export async function example({ node, print, sql }: Parts) {
  const third = next(node, (event) => event.type === 'turn' && event.message === 'tick' && event.turn === 4)
  await node.send(watch.at('one').start())
  await third
  const timers = await sql('select name, repeat, extract(isodow from due)::int as day from runtime.deferred')
  for (const timer of timers) print(timer)
}

/* Output:
{"name":"mondays","repeat":"0 6 * * 1","day":1}
*/
