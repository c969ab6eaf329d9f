import { expect } from 'chai'
import { checkStatements } from '#db/check-statements.ts'
import { openClient } from '#db/connect.ts'
import { components } from '#db/components.ts'
import { statement, type SqlFolder } from '#db/statement.ts'
import { freshDatabase } from './database.ts'
import { systemPostgres } from './system-postgres.ts'

describe('the PostgreSQL of this machine', () => {
  it('takes our migrations and describes our statements', async function () {
    const server = await systemPostgres()
    if (server === undefined) this.skip()
    const database = await freshDatabase(server)
    const client = await openClient({ url: database.url, applicationName: 'spec' })
    const { rows } = await client.query<{ count: number }>(
      `select count(*)::int4 as count from pg_namespace where nspname = any ($1)`,
      [components().map(({ schema }) => schema)],
    )
    expect(rows[0]?.count).to.equal(components().length)
    const text = 'select $1::int8[] as ids'
    const statements = [statement({ name: 'echo', text, params: ['int8[]'], columns: { ids: 'int4[]' } })]
    const folder: Pick<SqlFolder, 'texts' | 'statements'> = { texts: new Map([['echo', text]]), statements }
    expect(await checkStatements(client, folder)).to.deep.equal([
      'echo: declares the columns (ids int4[]), the database says (ids int8[])',
    ])
    await client.end()
    await database.drop()
    await server.stop()
  })
})
