import { expect } from 'chai'
import type pg from 'pg'
import { openClient, openPool } from '#db/connect.ts'
import { emptyDatabase, type TestDatabase } from '../support/database.ts'
import { startProxy } from '../support/proxy.ts'
import { failure } from '../support/failure.ts'

describe('a connection', () => {
  let database: TestDatabase
  before(async () => {
    database = await emptyDatabase()
  })
  after(() => database.drop())
  afterEach(() => database.expectNoConnections())

  async function withClient<T>(work: (client: pg.Client) => Promise<T>, options = {}): Promise<T> {
    const client = await openClient({ url: database.url, applicationName: 'spec', ...options })
    try {
      return await work(client)
    } finally {
      await client.end()
    }
  }

  it('is set up from its first statement on', async () => {
    const names = ['search_path', 'TimeZone', 'idle_in_transaction_session_timeout', 'application_name']
    const settings = await withClient(
      async (client) => {
        const { rows } = await client.query<{ value: string }>(
          'select current_setting(name) as value from unnest($1::text[]) with ordinality as asked(name, at) order by at',
          [names],
        )
        return rows.map((row) => row.value)
      },
      { schema: 'safe', statementTimeoutMs: 1234 },
    )
    expect(settings).to.deep.equal(['safe', 'UTC', '5s', 'spec'])
  })

  it('leaves the options that its address carries in force', async () => {
    const url = `${database.url}?options=${encodeURIComponent('-c work_mem=7MB')}`
    const value = await withClient((client) => one(client, `select current_setting('work_mem') as value`), {
      url,
    })
    expect(value).to.equal('7MB')
  })

  it('refuses a schema name that would need quotes', async () => {
    expect(await failure(withClient(async () => {}, { schema: 'a"; drop' }))).to.include('use a-z, 0-9 and _')
  })

  const values: [what: string, sql: string, expected: unknown][] = [
    ['an int8 as a number', '9007199254740991::int8', Number.MAX_SAFE_INTEGER],
    ['an array of int8 as numbers', `array[1, null]::int8[]`, [1, null]],
    ['jsonb as text', `'{"a": 1}'::jsonb`, '{"a": 1}'],
    ['an array of json as texts', `array['[1]']::json[]`, ['[1]']],
    [
      'a time as milliseconds',
      `'2026-11-20 10:00:00.123+02'::timestamptz`,
      Date.UTC(2026, 10, 20, 8, 0, 0, 123),
    ],
    ['a date as text', `'2026-11-20'::date`, '2026-11-20'],
    [
      'an array of uuids as texts',
      `array['5f1e3f9e-0000-4000-8000-000000000000']::uuid[]`,
      ['5f1e3f9e-0000-4000-8000-000000000000'],
    ],
  ]
  for (const [what, sql, expected] of values) {
    it(`gives ${what}`, async () => {
      expect(await withClient((client) => one(client, `select ${sql} as value`))).to.deep.equal(expected)
    })
  }

  it('refuses an int8 that a number can not hold', async () => {
    const tooBig = withClient((client) => one(client, 'select 9007199254740993::int8 as value'))
    expect(await failure(tooBig)).to.include('select it as text')
  })

  it('fails its query when the server ends it, and the process lives on', async () => {
    const client = await openClient({ url: database.url, applicationName: 'spec' })
    const ended = untilEnded(client)
    expect(await failure(client.query('select pg_terminate_backend(pg_backend_pid())'))).to.match(/terminat/)
    await ended
  })

  it('is ended by the server when it sits in a transaction', async () => {
    const client = await openClient({
      url: database.url,
      applicationName: 'spec',
      idleInTransactionTimeoutMs: 50,
    })
    const ended = untilEnded(client)
    await client.query('begin')
    await ended
    expect(await failure(client.query('commit'))).to.not.equal('')
  })
})

describe('a pool', () => {
  let database: TestDatabase
  before(async () => {
    database = await emptyDatabase()
  })
  after(() => database.drop())

  it('replaces connections that died, whether they were idle or taken', async () => {
    const proxy = await startProxy(database.url)
    const pool = openPool({ url: proxy.url, applicationName: 'spec', max: 2 })
    const taken = await pool.connect()
    await pool.query('select 1')
    const idleLost = new Promise((resolve) => pool.once('error', resolve))
    const takenLost = untilEnded(taken)
    proxy.cut()
    await Promise.all([idleLost, takenLost])
    expect(await failure(taken.query('select 1'))).to.not.equal('')
    taken.release(true)
    expect(await one(pool, 'select 1 as value')).to.equal(1)
    await pool.end()
    await proxy.close()
  })
})

async function one(client: Pick<pg.ClientBase, 'query'> | pg.Pool, text: string): Promise<unknown> {
  const { rows } = await (client as pg.ClientBase).query<{ value: unknown }>(text)
  return rows[0]?.value
}

function untilEnded(client: pg.ClientBase): Promise<void> {
  return new Promise((resolve) => client.once('end', () => resolve()))
}
