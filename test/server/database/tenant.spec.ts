import { expect } from 'chai'
import type pg from 'pg'
import { openPool } from '#db/connect.ts'
import { OutcomeUnknown, Unavailable } from '#runtime/index.ts'
import { checkAppRole, withoutTeam, withTeam } from '#server/database/tenant.ts'
import { newId } from '#specs/ids.ts'
import { freshDatabase, type TestDatabase } from '../../support/database.ts'
import { startProxy } from '../../support/proxy.ts'

describe('work for a team', () => {
  let database: TestDatabase
  let pool: pg.Pool
  const teams = Array.from({ length: 8 }, () => newId('team'))
  before(async () => {
    database = await freshDatabase()
    pool = database.pool({ schema: 'product', max: 4 })
    for (const team of teams) {
      await pool.query(`insert into team (id, name) values ($1, $1)`, [team])
      await pool.query(
        `insert into "user" (id, team, email, name, role, password)
         select 'usr_' || n || $1, $1, n || $1 || '@example.org', 'x', 'viewer', 'x' from generate_series(1, 5) as n`,
        [team],
      )
    }
  })
  after(async () => {
    await pool.end()
    await database.drop()
  })

  const count = async (client: pg.ClientBase | pg.Pool) =>
    (await client.query<{ n: number }>('select count(*)::int as n from "user"')).rows[0]?.n

  it('sees the rows of that team, whatever the query forgets', async () => {
    expect(await withTeam(pool, teams[0] ?? '', count)).to.equal(5)
    expect(await withTeam(pool, newId('team'), count)).to.equal(0)
    expect(await withTeam(pool, '', count)).to.equal(0)
    expect(await count(pool)).to.equal(40)
  })

  it('can neither put a row into another team nor change or remove one there', async () => {
    const [mine = '', other = ''] = teams
    const insert = withTeam(pool, mine, (client) =>
      client.query(
        `insert into "user" (id, team, email, name, role, password) values ('usr_x', $1, 'x@example.org', 'x', 'viewer', 'x')`,
        [other],
      ),
    )
    expect(await insert.catch((error: Error) => error.message)).to.include('row-level security')
    const moved = withTeam(pool, mine, (client) => client.query(`update "user" set team = $1`, [other]))
    expect(await moved.catch((error: Error) => error.message)).to.include('row-level security')
    for (const text of [
      `update "user" set name = 'mine' where team = $1`,
      'delete from "user" where team = $1',
    ])
      expect((await withTeam(pool, mine, (client) => client.query(text, [other]))).rowCount).to.equal(0)
  })

  it('does not become powerful by asking, nor see what belongs to no team', async () => {
    for (const text of [
      'select * from welcome_link',
      'select * from jwt_key',
      'select * from find_password($1)',
      'create table x ()',
    ]) {
      const tried = withTeam(pool, teams[0] ?? '', (client) =>
        client.query(text, text.includes('$1') ? ['a'] : []),
      )
      expect(await tried.catch((error: Error) => error.message), text).to.include('permission denied')
    }
  })

  it('never sees another team’s rows, however transactions share connections', async () => {
    const wrong: string[] = []
    const one = async (index: number) => {
      const team = teams[index % teams.length] ?? ''
      const fails = index % 7 === 0
      const work = withTeam(pool, team, async (client) => {
        const { rows } = await client.query<{ team: string }>('select team from "user"')
        wrong.push(...rows.map((row) => row.team).filter((seen) => seen !== team))
        if (fails) throw new Error('on purpose')
        return rows.length
      })
      const seen = await work.catch(() => 5)
      if (seen !== 5) wrong.push(`${seen} rows of ${team}`)
    }
    const rounds = 2_000
    let next = 0
    await Promise.all(
      Array.from({ length: 16 }, async () => {
        while (next < rounds) await one(next++)
      }),
    )
    expect(wrong).to.deep.equal([])
    expect(await count(pool), 'a connection came back with its team').to.equal(40)
  })

  it('takes a team for a name, not for SQL', async () => {
    const names = [`x', true); drop table team; --`, `'`, `\\'; select 1; --`]
    for (const name of names) expect(await withTeam(pool, name, count)).to.equal(0)
    expect((await pool.query('select from team')).rowCount).to.equal(8)
  })

  it('leaves nothing behind when it fails, and gives the error on', async () => {
    const team = newId('team')
    const failing = withTeam(pool, team, async (client) => {
      await client.query('insert into team (id, name) values ($1, $1)', [team])
      throw new TypeError('a bug')
    })
    expect(await failing.catch((error: unknown) => error)).to.be.instanceOf(TypeError)
    expect((await pool.query('select from team where id = $1', [team])).rowCount).to.equal(0)
  })
})

describe('work for a team, while the database is away', () => {
  let database: TestDatabase
  before(async () => {
    database = await freshDatabase()
  })
  after(() => database.drop())

  it('is refused before it began, and works again afterwards', async () => {
    const proxy = await startProxy(database.url)
    const pool = openPool({ url: proxy.url, schema: 'product', applicationName: 'spec' })
    try {
      await withTeam(pool, 'a', (client) => client.query('select 1'))
      const cut = proxy.cutAfter((message) => message.text.includes('select 2'))
      const lost = errorOf(withTeam(pool, 'a', (client) => client.query('select 2')))
      await cut
      expect(await lost).to.be.instanceOf(Unavailable)
      await withTeam(pool, 'a', (client) => client.query('select 1'))
      const cutCommit = proxy.cutAfter((message) => message.text.startsWith('commit'))
      const unknown = errorOf(withTeam(pool, 'a', (client) => client.query('select 1')))
      await cutCommit
      expect(await unknown).to.be.instanceOf(OutcomeUnknown)
      await database.allowConnections(false)
      proxy.cut()
      expect(await errorOf(withTeam(pool, 'a', () => Promise.resolve()))).to.be.instanceOf(Unavailable)
      expect(await errorOf(withoutTeam(pool, (server) => server.query('select 1')))).to.be.instanceOf(
        Unavailable,
      )
      await database.allowConnections(true)
      await withoutTeam(pool, (server) => server.query('select 1'))
    } finally {
      await pool.end()
      await proxy.close()
    }
  })

  it('stands on a role without powers', async () => {
    const pool = database.pool({ schema: 'product' })
    await checkAppRole(pool)
    await pool.end()
  })
})

function errorOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (error: unknown) => error,
  )
}
