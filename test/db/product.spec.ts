import { expect } from 'chai'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type pg from 'pg'
import { checkStatements } from '#db/check-statements.ts'
import { openClient } from '#db/connect.ts'
import { sql } from '#db/product/sql.ts'
import { freshDatabase, type TestDatabase } from '../support/database.ts'
import { projectDir } from '../support/run.ts'

describe("the product's database", () => {
  let database: TestDatabase
  let client: pg.Client
  before(async () => {
    database = await freshDatabase()
    client = await openClient({ url: database.url, schema: 'product', applicationName: 'spec' })
    const folder = join(projectDir, 'db/product')
    for (const file of readdirSync(folder).filter((name) => name.endsWith('.ts')))
      await import(join(folder, file))
  })
  after(async () => {
    await client.end()
    await database.drop()
  })

  it('takes and returns what its statements declare', async () => {
    expect(await checkStatements(client, sql)).to.deep.equal([])
  })

  it('has row security forced on every table', async () => {
    const { rows } = await client.query(
      `select relname from pg_class
       where relnamespace = 'product'::regnamespace and relkind in ('r', 'p') and relname <> 'schema_migration'
         and not (relrowsecurity and relforcerowsecurity)`,
    )
    expect(rows).to.deep.equal([])
  })

  it('shows the application nothing outside of a team', async () => {
    await client.query('begin; set local role safelight_app')
    const { rows } = await client.query<{ name: string }>(
      `select oid::regclass::text as name from pg_class
       where relnamespace = 'product'::regnamespace and relkind in ('r', 'p')
         and has_table_privilege(oid, 'select')`,
    )
    expect(rows).not.to.deep.equal([])
    for (const { name } of rows) {
      const found = await client.query(`select * from ${name} limit 1`)
      expect(found.rows, name).to.deep.equal([])
    }
    await client.query('rollback')
  })

  it('gives the application a role without powers', async () => {
    const { rows } = await client.query(
      `select rolsuper, rolbypassrls, rolcanlogin, rolcreaterole,
         exists (select from pg_class where relowner = pg_roles.oid) as owns
       from pg_roles where rolname = 'safelight_app'`,
    )
    expect(rows).to.deep.equal([
      { rolsuper: false, rolbypassrls: false, rolcanlogin: false, rolcreaterole: false, owns: false },
    ])
  })

  it('lets nobody but the application call what runs with its owner’s rights', async () => {
    const { rows } = await client.query(
      `select proname from pg_proc
       where pronamespace = 'product'::regnamespace and prosecdef
         and (proacl is null or exists (select from aclexplode(proacl) where grantee = 0))`,
    )
    expect(rows).to.deep.equal([])
  })
})
