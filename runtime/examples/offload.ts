/** Heavy work belongs on the pool: a handler names a module's function, and its result comes back as a message. */
import * as z from 'zod'
import { actor } from '../index.ts'
import { openPool } from '../offload.ts'
import { next, type Parts } from './example.ts'

/** Runs on a worker thread: JSON in, JSON out. */
export function countPrimes(below: number): number {
  const isPrime = (n: number) =>
    !Array.from({ length: Math.floor(Math.sqrt(n)) - 1 }, (_, at) => at + 2).some((d) => n % d === 0)
  return Array.from({ length: below - 2 }, (_, at) => at + 2).filter(isPrime).length
}

export const mathematician = actor(
  'mathematician',
  {
    state: z.object({ primes: z.int().nullable().default(null) }).prefault({}),
    messages: {
      count: { input: z.object({ below: z.int() }) },
      counted: { input: z.int() },
      answer: { reply: z.int().nullable() },
    },
  },
  {
    count(_state, { below }, ctx) {
      ctx.offload(`${import.meta.url}#countPrimes`, below, 'counted')
    },
    counted(state, primes) {
      state.primes = primes
    },
    answer: (state) => state.primes,
  },
)
export const kinds = [mathematician]

const pool = openPool({ threads: 1 })
export const options = { offload: pool.offload }

export async function example({ node, print }: Parts) {
  const counted = next(node, (event) => event.type === 'turn' && event.message === 'counted')
  await node.send(mathematician.at('emmy').count({ below: 1000 }))
  print('not yet:', await node.ask(mathematician.at('emmy').answer()))
  await counted
  print('primes below 1000:', await node.ask(mathematician.at('emmy').answer()))
  await pool.close()
}

/* Output:
not yet: null
primes below 1000: 168
*/
