import { expect } from 'chai'
import { mkdirSync, writeFileSync } from 'node:fs'
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type pg from 'pg'
import { checkStatements } from '#db/check-statements.ts'
import { openClient } from '#db/connect.ts'
import { loadSql, splitQueries, type SqlFolder } from '#db/statement.ts'
import { emptyDatabase, type TestDatabase } from '../support/database.ts'
import { runFolder } from '../support/run.ts'

const queries = `
-- About prints.

-- name: addPrint
-- Returns the new print.
insert into print (title, taken_at, sizes)
values ($1, $2, $3)
returning id, taken_at;

-- name: findPrints
select id, title, sizes
from print
where id = any ($1::bigint[])
order by id;

-- name: forgetPrints
delete from print;
`

describe('a statement', () => {
  let database: TestDatabase
  let client: pg.Client
  before(async () => {
    database = await emptyDatabase()
    client = await openClient({ url: database.url, applicationName: 'spec' })
    await client.query(`
      create table print (id int8 generated always as identity, title text, taken_at timestamptz, sizes int4[])`)
  })
  after(async () => {
    await client.end()
    await database.drop()
  })

  function declare() {
    const sql = loadSql(folderWith({ 'print.sql': queries }))
    return {
      sql,
      addPrint: sql.statement('addPrint', {
        params: ['text?', 'timestamptz', 'int4[]'],
        columns: { id: 'int8', taken_at: 'timestamptz' },
      }),
      findPrints: sql.statement('findPrints', {
        params: ['int8[]'],
        columns: { id: 'int8', title: 'text?', sizes: 'int4[]' },
      }),
      forgetPrints: sql.statement('forgetPrints', { params: [] }),
    }
  }

  it('takes and returns the types it declares', async () => {
    const { addPrint, findPrints } = declare()
    const takenAt = Date.UTC(2026, 0, 2)
    const [added] = await addPrint.run(client, null, takenAt, [10, 15])
    // The annotations are what this spec is about: they compile only if the row types follow the declaration.
    const id: number = added?.id ?? 0
    expect(added?.taken_at).to.equal(takenAt)
    const [found] = await findPrints.run(client, [id])
    const title: string | null | undefined = found?.title
    expect([title, found?.sizes]).to.deep.equal([null, [10, 15]])
  })

  it('is prepared once per connection, under a name of its own', async () => {
    const { findPrints } = declare()
    await findPrints.run(client, [])
    await findPrints.run(client, [])
    const { rows } = await client.query(
      `select name from pg_prepared_statements where name like 'findPrints%'`,
    )
    expect(rows).to.have.length(1)
  })

  it('agrees with the database when its declaration is right', async () => {
    expect(await checkStatements(client, declare().sql)).to.deep.equal([])
  })

  const wrong: [what: string, change: (sql: SqlFolder) => void, finding: RegExp][] = [
    [
      'a parameter of another type',
      (sql) =>
        sql.statement('findPrints', {
          params: ['int4[]'],
          columns: { id: 'int8', title: 'text', sizes: 'int4[]' },
        }),
      /findPrints: declares the parameters \(int4\[\]\), the database says \(int8\[\]\)/,
    ],
    [
      'a column of another type',
      (sql) =>
        sql.statement('addPrint', {
          params: ['text', 'timestamptz', 'int4[]'],
          columns: { id: 'int4', taken_at: 'timestamptz' },
        }),
      /addPrint: declares the columns \(id int4, .*the database says \(id int8,/,
    ],
    [
      'a column that is missing',
      (sql) => sql.statement('findPrints', { params: ['int8[]'], columns: { id: 'int8', title: 'text' } }),
      /findPrints: declares the columns/,
    ],
    [
      'columns where there are none',
      (sql) => sql.statement('forgetPrints', { params: [], columns: { id: 'int8' } }),
      /forgetPrints: declares the columns \(id int8\), the database says \(\)/,
    ],
  ]
  for (const [what, change, finding] of wrong) {
    it(`disagrees with the database about ${what}`, async () => {
      const sql = loadSql(folderWith({ 'print.sql': queries }))
      change(sql)
      const findings = await checkStatements(client, sql)
      expect(findings.filter((line) => !line.includes('no statement declares it')).join('\n')).to.match(
        finding,
      )
    })
  }

  it('that nobody declares is found', async () => {
    const findings = await checkStatements(client, loadSql(folderWith({ 'print.sql': queries })))
    expect(findings).to.have.length(3)
    expect(findings[0]).to.include('addPrint: stands in a .sql file')
  })

  it('that does not fit the tables is found, and the rest is still checked', async () => {
    const sql = loadSql(
      folderWith({
        'a.sql': '-- name: broken\nselect nothing from print;\n\n-- name: fine\nselect 1 as one;',
      }),
    )
    sql.statement('broken', { params: [] })
    sql.statement('fine', { params: [], columns: { one: 'int8' } })
    const findings = await checkStatements(client, sql)
    expect(findings).to.have.length(2)
    expect(findings[0]).to.include('broken: error: column "nothing" does not exist')
    expect(findings[1]).to.include('fine: declares the columns (one int8), the database says (one int4)')
  })
})

describe('a folder of queries', () => {
  it('keeps the reason above a query with it', () => {
    expect(splitQueries(queries, 'print.sql')[0]).to.deep.equal([
      'addPrint',
      '-- Returns the new print.\ninsert into print (title, taken_at, sizes)\nvalues ($1, $2, $3)\nreturning id, taken_at;',
    ])
  })

  it('refuses a name that is used twice', () => {
    const folder = folderWith({ 'a.sql': '-- name: same\nselect 1', 'b.sql': '-- name: same\nselect 2' })
    expect(() => loadSql(folder)).to.throw('b.sql: the name same is used twice')
  })

  it('refuses a statement above the first name', () => {
    expect(() => splitQueries('select 1;\n-- name: later\nselect 2;', 'a.sql')).to.throw(
      'no "-- name:" line above',
    )
  })

  it('says which line is missing when a declared name is not there', () => {
    const sql = loadSql(folderWith({ 'print.sql': queries }))
    expect(() => sql.statement('losePrint', { params: [] })).to.throw('add "-- name: losePrint"')
  })
})

function folderWith(files: Readonly<Record<string, string>>): URL {
  const folder = join(runFolder('queries'), randomUUID())
  mkdirSync(folder)
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  return pathToFileURL(`${folder}/`)
}
