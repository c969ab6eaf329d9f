import { expect } from 'chai'
import fc from 'fast-check'
import type pg from 'pg'
import { readQueue } from '#db/product/fleet.ts'
import { freshDatabase, type TestDatabase } from '#test/support/database.ts'
import type { OwnTables } from '#runtime/testing/memory/sql.ts'
import type { ActorRow } from '#runtime/testing/memory/tables.ts'
import { fleetModel } from './sql-model.ts'

const team = 'ten_a'
const names = ['a', 'b', 'c', 'd']
const needs = fc.subarray(['echo', 'gpu', 'raw'], { minLength: 1 })
const jobs = fc.array(
  fc.record({
    team: fc.constantFrom(team, team, 'ten_b'),
    in_queue: fc.constantFrom(true, true, false),
    needs,
    bound_to: fc.option(fc.constantFrom(...names), { freq: 2 }),
    rank: fc.integer({ min: -3, max: 3 }),
    attempt: fc.integer({ min: 0, max: 2 }),
  }),
  { maxLength: 25 },
)
const agents = fc.uniqueArray(
  fc.record({
    key: fc.constantFrom(...names),
    team: fc.constantFrom(team, team, 'ten_b'),
    open: fc.boolean(),
    abilities: needs,
    score: fc.constantFrom(0, 0.5, 1),
  }),
  { selector: ({ key }) => key, maxLength: 4 },
)
const asked = fc.record({
  placed: fc.uniqueArray(
    fc.record({ number: fc.nat({ max: 24 }), attempt: fc.integer({ min: 1, max: 3 }) }),
    {
      selector: ({ number }) => number,
      maxLength: 4,
    },
  ),
  wanted: fc.subarray(names),
  claims: fc.subarray(names),
  placement: fc.constantFrom('offer', 'strict-pull'),
  from: fc.constantFrom('', 'echo', 'gpu'),
  boundFrom: fc.constantFrom(null, '~', '~b'),
  classes: fc.integer({ min: 1, max: 4 }),
  each: fc.integer({ min: 1, max: 4 }),
})

interface Found {
  readonly heads: readonly { job: string; class: string }[]
  readonly candidates: readonly { agent: string }[]
  readonly inFlight: readonly string[]
}

/** Heads of several classes come in no order, and so do candidates. */
function sorted({ heads, candidates, inFlight, ...rest }: Found) {
  const by =
    <T>(name: (item: T) => string) =>
    (a: T, b: T) =>
      name(a) < name(b) ? -1 : 1
  return {
    ...rest,
    inFlight: inFlight.toSorted(),
    heads: heads.toSorted(by((head) => head.job)),
    candidates: candidates.toSorted(by((able) => able.agent)),
  }
}

describe('the model of the coordinator’s SQL', () => {
  let database: TestDatabase
  let client: pg.PoolClient
  let pool: pg.Pool
  before(async () => {
    database = await freshDatabase()
    pool = database.pool({ schema: 'product', max: 1 })
    client = await pool.connect()
  })
  after(async () => {
    client.release()
    await pool.end()
    await database.drop()
  })

  it('finds what Postgres finds', async () => {
    await fc.assert(
      fc.asyncProperty(jobs, agents, asked, async (someJobs, someAgents, ask) => {
        const own = ownTables(someJobs, someAgents)
        const params = paramsOf(ask)
        const found = await inPostgres(own, ask.placement, params)
        const teams = new Map([['team', [{ id: team, placement: ask.placement }]]])
        const [model] = fleetModel(readQueue.text, params, teams, own)
        expect(sorted(JSON.parse(String(model?.['queue'])))).to.deep.equal(sorted(JSON.parse(found)))
      }),
      { numRuns: 60 },
    )
  })

  async function inPostgres(own: OwnTables, placement: string, params: ReturnType<typeof paramsOf>) {
    await client.query('begin')
    try {
      await client.query("select set_config('runtime.tenant', $1, true)", [team])
      await fill(client, own, placement)
      const [row] = await readQueue.run(client, ...params)
      return row?.queue ?? '{}'
    } finally {
      await client.query('rollback')
    }
  }
})

function paramsOf(ask: typeof asked extends fc.Arbitrary<infer A> ? A : never) {
  return [
    team,
    ask.placed.map(({ number }) => `job_${number}`),
    ask.placed.map(({ attempt }) => attempt),
    ask.wanted,
    ask.claims,
    ask.from,
    ask.boundFrom,
    ask.classes,
    ask.each,
  ] as const
}

type JobDraft = typeof jobs extends fc.Arbitrary<(infer J)[]> ? J : never
type AgentDraft = typeof agents extends fc.Arbitrary<(infer A)[]> ? A : never

function ownTables(someJobs: readonly JobDraft[], someAgents: readonly AgentDraft[]): OwnTables {
  const common = { shard: 1, turn: 1, parked: false }
  const jobRow = (draft: JobDraft, number: number) => {
    const name = draft.bound_to === null ? draft.needs.toSorted().join(' ') : `~${draft.bound_to}`
    const columns = {
      ...draft,
      status: draft.in_queue ? 'pending' : 'running',
      class: name,
      seq: number,
      tool: 't',
      agent: null,
      passed_over: [],
      ended_at: null,
    }
    return [
      `job/job_${number}`,
      { ...common, kind: 'job', key: `job_${number}`, state: '{}', columns },
    ] as const
  }
  const agentRow = ({ key, ...draft }: AgentDraft, number: number) => {
    const columns = {
      ...draft,
      name: key,
      liveness: 'healthy',
      standing: 'active',
      slots: 2,
      holding: [],
      capabilities: [],
      tags: [],
      granted_at: number,
    }
    const state = JSON.stringify({ agent: { success: 1, load: null } })
    return [`agent/${key}`, { ...common, kind: 'agent', key, state, columns }] as const
  }
  return new Map<string, ReadonlyMap<string, ActorRow>>([
    ['product.job', new Map(someJobs.map(jobRow))],
    ['product.agent', new Map(someAgents.map(agentRow))],
  ])
}

async function fill(client: pg.PoolClient, own: OwnTables, placement: string): Promise<void> {
  await client.query('insert into team (id, name, placement) values ($1, $1, $2)', [team, placement])
  for (const [table, rows] of own) {
    const values = [...rows.values()].map(({ columns, state, ...row }) => ({
      ...row,
      ...columns,
      state: JSON.parse(state),
    }))
    await client.query(`insert into ${table} select * from jsonb_populate_recordset(null::${table}, $1)`, [
      JSON.stringify(values),
    ])
  }
}
