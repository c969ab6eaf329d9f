/**
 * Whoever asks and hears nothing can't know whether it happened. Asked again with the same request id, it is
 * answered and not run again, also by another node, for an hour.
 */
import * as z from 'zod'
import { actor, OutcomeUnknown } from '../index.ts'
import type { Parts } from './example.ts'

export const account = actor(
  'account',
  {
    state: z.object({ cents: z.int().default(1000) }).prefault({}),
    messages: {
      withdraw: { input: z.int().positive(), reply: z.int() },
      balance: { reply: z.int() },
    },
  },
  {
    async withdraw(state, cents) {
      await slow
      state.cents -= cents
      return state.cents
    },
    balance: (state) => state.cents,
  },
)
export const kinds = [account]

let slow: Promise<unknown> = Promise.resolve()

export async function example({ node, print }: Parts) {
  const { promise, resolve } = Promise.withResolvers<void>()
  slow = promise
  const withdraw = account.at('anna').withdraw(300)
  const first = node.ask(withdraw, { requestId: 'withdrawal 17', timeout: '50ms' })
  print(await first.catch((error: Error) => error instanceof OutcomeUnknown && error.message))
  resolve()
  print('again:', await node.ask(withdraw, { requestId: 'withdrawal 17' }))
  print('once more:', await node.ask(withdraw, { requestId: 'withdrawal 17' }))
  print('balance:', await node.ask(account.at('anna').balance()))
}

/* Output:
account/anna has not answered 'withdraw' within 50 ms: it may have happened or not
again: 700
once more: 700
balance: 700
*/
