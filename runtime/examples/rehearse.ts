/** A turn is a function of state and message, so a test needs no database: `rehearse` runs one and shows what it did. */
import * as z from 'zod'
import { actor } from '../index.ts'
import { rehearse } from '../testing/rehearse.ts'
import type { Parts } from './example.ts'

export const timer = actor(
  'timer',
  {
    state: z.object({ left: z.int().default(0) }).prefault({}),
    messages: {
      develop: { input: z.object({ minutes: z.int().positive() }), reply: z.string() },
      minute: {},
      done: {},
    },
  },
  {
    develop(state, { minutes }, ctx) {
      if (state.left > 0) ctx.refuse('the tank is in use')
      state.left = minutes
      ctx.after('1m', ctx.self.minute())
      return `ready in ${minutes} minutes`
    },
    minute(state, _input, ctx) {
      state.left -= 1
      if (state.left > 0) ctx.after('1m', ctx.self.minute())
      else ctx.send(ctx.self.done())
    },
    done() {},
  },
)
export const kinds = [timer]

export async function example({ print }: Pick<Parts, 'print'>) {
  const tank = timer.at('tank')
  const started = await rehearse(timer, tank.develop({ minutes: 9 }), undefined, { now: 1000 })
  print(started.reply, started.state)
  print(started.timers.map(({ name, due }) => `${name} at ${due}`))

  const last = await rehearse(timer, tank.minute(), { left: 1 })
  print(last.state, last.sent)

  await rehearse(timer, tank.develop({ minutes: 9 }), { left: 4 }).catch((error: Error) =>
    print(error.message),
  )
}

/* Output:
ready in 9 minutes {"left":9}
["minute at 61000"]
{"left":0} [{"kind":"timer","key":"tank","type":"done"}]
the tank is in use
*/
