/**
 * Kinds that are listed keep their state in a table of their own, with filter columns. The update that writes the
 * state writes them too, so the list can't drift from the actors.
 */
import * as z from 'zod'
import { actor } from '../index.ts'
import type { Parts } from './example.ts'

export const job = actor(
  'job',
  {
    state: z
      .object({ status: z.enum(['new', 'running', 'done']).default('new'), owner: z.string().default('') })
      .prefault({}),
    messages: {
      start: { input: z.object({ owner: z.string() }) },
      finish: {},
    },
    table: 'job',
    columns: (state) => ({ status: state.status, owner: state.owner }),
  },
  {
    start(state, { owner }) {
      state.status = 'running'
      state.owner = owner
    },
    finish(state) {
      state.status = 'done'
    },
  },
)
export const kinds = [job]

export async function example({ node, print, sql }: Parts) {
  await sql('create table runtime.job (like runtime.actor including all, status text not null, owner text)')
  await node.ask(job.at('17').start({ owner: 'anna' }))
  await node.ask(job.at('18').start({ owner: 'ben' }))
  await node.ask(job.at('17').finish())
  print(await sql('select key, status, owner from runtime.job order by key'))
  print(await sql("select key from runtime.job where status = 'running'"))
}

/* Output:
[{"key":"17","status":"done","owner":"anna"},{"key":"18","status":"running","owner":"ben"}]
[{"key":"18"}]
*/
