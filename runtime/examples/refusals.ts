/** Saying no: `ctx.refuse` changes nothing, is never retried, and hands the asker a detail of a declared shape. */
import * as z from 'zod'
import { actor, Refused } from '../index.ts'
import type { Parts } from './example.ts'

const shortage = z.object({ missing: z.int() })

export const account = actor(
  'account',
  {
    state: z.object({ cents: z.int().default(500) }).prefault({}),
    messages: {
      withdraw: { input: z.int().positive(), reply: z.int(), error: shortage },
    },
  },
  {
    withdraw(state, cents, ctx) {
      state.cents -= cents
      if (state.cents < 0) ctx.refuse('not enough money', { missing: -state.cents })
      return state.cents
    },
  },
)
export const kinds = [account]

export async function example({ node, print }: Parts) {
  try {
    await node.ask(account.at('ben').withdraw(800))
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    print(`${error.code}: ${error.message}, ${shortage.parse(error.detail).missing} cents`)
  }
  print('left:', await node.ask(account.at('ben').withdraw(200)))

  // What the schema refuses never reaches the actor.
  const typo = node.ask(account.at('ben').withdraw(-1))
  print(await typo.catch((error: Refused) => `${error.code}: ${error.message}`))
}

/* Output:
refused: not enough money, 300 cents
left: 300
bad_message: account/ben can't take 'withdraw': input: Too small: expected number to be >0
*/
