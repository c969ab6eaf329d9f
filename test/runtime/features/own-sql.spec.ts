import { expect } from 'chai'
import * as z from 'zod'
import { actor, HandlerFailed } from '#runtime/index.ts'
import { errorOf, useRuntime } from './use-runtime.ts'

const till = actor(
  'till',
  {
    state: z.object({ sales: z.int().default(0) }).prefault({}),
    messages: {
      sell: {
        input: z.object({ film: z.string(), then: z.string().default('') }),
        reply: z.int(),
        sql: true,
      },
      sneak: {},
      add: {},
      sales: { reply: z.int() },
      whose: { reply: z.string(), sql: true },
    },
    supervision: { attemptsMax: 2, backoff: { first: 1, max: 2, factor: 1 } },
    turnTimeout: '200ms',
    tenant: (_state, key) => `team of ${key}`,
  },
  {
    async sell(state, { film, then }, ctx) {
      state.sales += 1
      await ctx.sql('insert into public.sale (till, film) values ($1, $2)', [ctx.key, film])
      if (then === 'throw') throw new Error('the drawer is stuck')
      if (then === 'hang') await new Promise(() => {})
      if (then === 'refuse') ctx.refuse('sold out')
      if (then === 'wrong sql') await ctx.sql('select * from public.no_such_table')
      if (then === 'bad state') state.sales = 'many' as never
      ctx.send(ctx.self.add())
      return Number(state.sales) || 0
    },
    async sneak(_state, _input, ctx) {
      await ctx.sql('select 1')
    },
    add(state) {
      state.sales += 100
    },
    sales: (state) => state.sales,
    async whose(_state, _input, ctx) {
      const [row] = await ctx.sql<{ tenant: string }>("select current_setting('runtime.tenant') as tenant")
      return row?.tenant ?? ''
    },
  },
)
const other = actor(
  'other',
  { state: z.object({}).prefault({}), messages: { touch: { reply: z.boolean() } } },
  { touch: () => true },
)

describe('a turn with SQL of its own', () => {
  const runtime = useRuntime({ kinds: [till, other] })
  before(() => runtime.get.sql('create table public.sale (till text, film text)'))
  const sold = async (key: string) =>
    (await runtime.get.sql<{ film: string }>('select film from public.sale where till = $1', [key])).map(
      ({ film }) => film,
    )

  it('commits it together with its state and what it sends', async () => {
    const { node, turns } = runtime.get
    expect(await node.ask(till.at('a').sell({ film: 'HP5' }))).to.equal(1)
    await turns('till/a', 2)
    expect(await node.ask(till.at('a').sales())).to.equal(101)
    expect(await sold('a')).to.deep.equal(['HP5'])
  })

  const failures = [
    ['throw', 'the drawer is stuck'],
    ['hang', 'the turn has not ended within 200 ms'],
    ['wrong sql', 'relation "public.no_such_table" does not exist'],
    ['bad state', 'the turn left a state that does not parse: sales: '],
    ['refuse', 'sold out'],
  ] as const
  for (const [then, reason] of failures) {
    it(`keeps nothing of it where it ends with: ${then}`, async () => {
      const { node } = runtime.get
      const error = await errorOf(node.ask(till.at(then).sell({ film: 'HP5', then })))
      expect(error.message).to.include(reason)
      expect(await sold(then)).to.deep.equal([])
      expect(await node.ask(till.at(then).sales())).to.equal(0)
    })
  }

  it('keeps nobody else waiting while it hangs', async () => {
    const { node } = runtime.get
    const hanging = errorOf(node.ask(till.at('slow').sell({ film: 'HP5', then: 'hang' })))
    expect(await node.ask(other.at('a').touch())).to.equal(true)
    await hanging
  })

  it('runs after the turns before it, and before those after it', async () => {
    const { node } = runtime.get
    const asked = [
      till.at('row').add(),
      till.at('row').sell({ film: 'a' }),
      till.at('row').sell({ film: 'b' }),
    ]
    const [, first, second] = await Promise.all(asked.map((message) => node.ask(message)))
    expect([first, (second as number) % 100]).to.deep.equal([101, 2])
    expect(await sold('row')).to.deep.equal(['a', 'b'])
  })

  it('has its tenant set for row-level security', async () => {
    expect(await runtime.get.node.ask(till.at('b').whose())).to.equal('team of b')
  })

  it('that was not declared fails by saying so', async () => {
    const error = await errorOf(runtime.get.node.ask(till.at('c').sneak()))
    expect(error).to.be.instanceOf(HandlerFailed)
    expect(error.message).to.include("ctx.sql needs 'sql: true' in the message's declaration")
  })
})
