import { expect } from 'chai'
import fc from 'fast-check'
import type pg from 'pg'
import { readMisplaced, readQueue } from '#db/product/fleet.ts'
import { freshDatabase, type TestDatabase } from '#test/support/database.ts'
import type { OwnTables, SqlRow } from '#runtime/testing/memory/sql.ts'
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
    folder: fc.option(fc.constantFrom('/a/b/c/', '/a/d/', '/e/'), { freq: 2 }),
    place: fc.option(fc.constantFrom('', '/', '/a/', '/a/b/'), { freq: 2 }),
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
    places: fc.subarray(['/', '/a/', '/a/b/', '/f/']),
    standing: fc.constantFrom('active', 'active', 'revoked'),
    recent: fc.constantFrom(0, 2.5),
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
  running_max: fc.constantFrom(null, null, 1, 3),
  from: fc.constantFrom('', 'echo', 'gpu'),
  boundFrom: fc.constantFrom(null, '~', '~b'),
  classes: fc.integer({ min: 1, max: 4 }),
  each: fc.integer({ min: 1, max: 4 }),
})

interface TeamRow {
  readonly placement: string
  readonly running_max: number | null
}

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
        const found = await inPostgres(own, ask, async () => {
          const [row] = await readQueue.run(client, ...params)
          return row?.queue ?? '{}'
        })
        const { placement, running_max } = ask
        const teams = new Map([['team', [{ id: team, placement, running_max }]]])
        const [model] = fleetModel(readQueue.text, params, teams, own)
        expect(sorted(JSON.parse(String(model?.['queue'])))).to.deep.equal(sorted(JSON.parse(found)))
      }),
      { numRuns: 60 },
    )
  })

  it('finds the jobs whose place is another one by now, as Postgres does', async () => {
    const byJob = (a: SqlRow, b: SqlRow) => (String(a['job']) < String(b['job']) ? -1 : 1)
    await fc.assert(
      fc.asyncProperty(jobs, agents, async (someJobs, someAgents) => {
        const own = ownTables(someJobs, someAgents)
        const row = { placement: 'offer', running_max: null }
        const found = await inPostgres(own, row, () => readMisplaced.run(client, team, 100))
        const model = fleetModel(readMisplaced.text, [team, 100], new Map(), own)
        expect(model.toSorted(byJob)).to.deep.equal(found.toSorted(byJob))
      }),
      { numRuns: 60 },
    )
  })

  async function inPostgres<Found>(own: OwnTables, row: TeamRow, read: () => Promise<Found>): Promise<Found> {
    await client.query('begin')
    try {
      await client.query("select set_config('runtime.tenant', $1, true)", [team])
      await fill(client, own, row)
      return await read()
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
    const place = draft.place === null ? '' : ` %${draft.place}`
    const name = draft.bound_to === null ? draft.needs.toSorted().join(' ') + place : `~${draft.bound_to}`
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
  const agentRow = ({ key, recent, ...draft }: AgentDraft, number: number) => {
    const columns = {
      ...draft,
      name: key,
      liveness: 'healthy',
      connected: true,
      ending: false,
      slots: 2,
      holding: [],
      capabilities: [],
      tags: [],
      granted_at: number,
      share_taken: number / 4,
      share_spent: false,
    }
    const state = JSON.stringify({ agent: { success: 1, load: null, recent } })
    return [`agent/${key}`, { ...common, kind: 'agent', key, state, columns }] as const
  }
  return new Map<string, ReadonlyMap<string, ActorRow>>([
    ['product.job', new Map(someJobs.map(jobRow))],
    ['product.agent', new Map(someAgents.map(agentRow))],
  ])
}

async function fill(
  client: pg.PoolClient,
  own: OwnTables,
  { placement, running_max }: TeamRow,
): Promise<void> {
  const row = [team, placement, running_max]
  await client.query('insert into team (id, name, placement, running_max) values ($1, $1, $2, $3)', row)
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
