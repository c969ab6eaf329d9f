import { expect } from 'chai'
import * as z from 'zod'
import { actor } from '#runtime/index.ts'
import { useRuntime } from './use-runtime.ts'

const job = actor(
  'job',
  {
    state: z.object({ status: z.string().default('new'), size: z.int().default(0) }).prefault({}),
    messages: { to: { input: z.string(), reply: z.string() }, grow: { reply: z.int() }, end: {} },
    table: 'job',
    columns: (state, key) => ({ status: state.status, label: `${key}: ${state.status}` }),
  },
  {
    to(state, status) {
      const before = state.status
      state.status = status
      return before
    },
    grow(state) {
      state.size += 1
      return state.size
    },
    end(_state, _input, ctx) {
      ctx.stop()
    },
  },
)

describe('a kind with a table of its own', () => {
  const runtime = useRuntime({ kinds: [], name: 'idle' })
  before(async () => {
    await runtime.get.sql(
      "create table runtime.job (like runtime.actor including all, status text not null, label text, size int generated always as ((state ->> 'size')::int) stored)",
    )
    await runtime.get.start({ kinds: [job], name: 'worker' })
    await runtime.get.node.stop()
  })
  const rows = (key: string) =>
    runtime.get.sql('select status, label, size, turn from runtime.job where key = $1', [key])

  it('writes its filter columns together with the state', async () => {
    const node = runtime.get.last
    await node.ask(job.at('a').to('running'))
    await Promise.all([
      node.ask(job.at('a').grow()),
      node.ask(job.at('a').to('done')),
      node.ask(job.at('a').grow()),
    ])
    expect(await rows('a')).to.deep.equal([{ status: 'done', label: 'a: done', size: 2, turn: 4 }])
    expect(await runtime.get.sql("select from runtime.actor where kind = 'job'")).to.deep.equal([])
  })

  it('finds its state there when it wakes', async () => {
    await runtime.get.last.ask(job.at('b').to('running'))
    const next = await runtime.get.start({ kinds: [job], name: 'next' })
    expect(await next.ask(job.at('b').to('done'))).to.equal('running')
  })

  it('removes the row where the actor stops', async () => {
    const node = runtime.get.last
    await node.ask(job.at('c').to('running'))
    await node.ask(job.at('c').end())
    expect(await rows('c')).to.deep.equal([])
    expect(await node.ask(job.at('c').to('again'))).to.equal('new')
  })
})
