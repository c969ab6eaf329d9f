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

const parcel = actor(
  'parcel',
  {
    state: z.object({ status: z.string().default('new'), note: z.string().optional() }).prefault({}),
    messages: {
      to: { input: z.string(), reply: z.string() },
      note: { input: z.string() },
      break: {},
    },
    table: 'fleet.parcel',
    columns: ({ status, note }) => ({ status, ...(note !== undefined && { note }) }),
    supervision: { attemptsMax: 1, then: 'park' },
  },
  {
    to(state, status) {
      const before = state.status
      state.status = status
      return before
    },
    note(state, note) {
      state.note = note
    },
    break() {
      throw new Error('it broke')
    },
  },
)

describe('a table in another schema, with columns that its kind does not compute', () => {
  const runtime = useRuntime({ kinds: [parcel], name: 'first' })
  before(async () => {
    await runtime.get.sql('create schema fleet')
    await runtime.get.sql(`create table fleet.parcel (
      like runtime.actor including all,
      number int generated always as identity,
      status text not null,
      urgency int not null default 5,
      note text default 'none'
    )`)
  })
  const row = async (key: string) =>
    (await runtime.get.sql('select status, urgency, note from fleet.parcel where key = $1', [key]))[0]

  it('begins with their defaults, also beside rows that compute them', async () => {
    const { node, sql } = runtime.get
    await Promise.all([node.ask(parcel.at('a').to('sent')), node.ask(parcel.at('b').note('fragile'))])
    expect(await row('a')).to.deep.equal({ status: 'sent', urgency: 5, note: 'none' })
    expect(await row('b')).to.deep.equal({ status: 'new', urgency: 5, note: 'fragile' })
    expect(await sql('select number from fleet.parcel order by number')).to.deep.equal([
      { number: 1 },
      { number: 2 },
    ])
  })

  it('keeps what others write there', async () => {
    const { node, sql } = runtime.get
    await node.ask(parcel.at('c').to('sent'))
    await sql("update fleet.parcel set urgency = 9, note = 'by hand' where key = 'c'")
    await node.ask(parcel.at('c').to('lost'))
    expect(await row('c')).to.deep.equal({ status: 'lost', urgency: 9, note: 'by hand' })
  })

  it('is where its actors wake, rest, go on, and have their past', async () => {
    const { node, seen } = runtime.get
    await node.ask(parcel.at('d').to('sent'))
    await node.send(parcel.at('d').break())
    await seen({ type: 'parked', actor: 'parcel/d' })
    await node.resume(parcel.at('d').break())
    await node.stop()
    const next = await runtime.get.start({ kinds: [parcel], name: 'next' })
    expect(await next.ask(parcel.at('d').to('found'))).to.equal('sent')
    const past = await next.history({ kind: 'parcel', key: 'd' })
    expect(past.map(({ type }) => type)).to.deep.equal(['to', 'break', 'to'])
    expect((await next.explain(parcel.at('d').break())).stored).to.include({ exists: true, parked: false })
  })
})

describe('a table that can not be named', () => {
  it('is refused where its kind is declared', () => {
    const declare = (table: string) => () =>
      actor('bad', { state: z.object({}).prefault({}), messages: {}, table }, {})
    for (const table of ['Job', 'a.b.c', 'job; drop table actor', '']) {
      expect(declare(table), table).to.throw(TypeError, `'bad' can't keep its state in the table '${table}'`)
    }
  })
})
