import { expect } from 'chai'
import { randomUUID } from 'node:crypto'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { migrate, MigrationRefused } from '#db/migrate.ts'
import { emptyDatabase, type TestDatabase } from '../support/database.ts'
import { failure } from '../support/failure.ts'
import { runFolder } from '../support/run.ts'

describe('migrating', () => {
  let database: TestDatabase
  let folder: string
  beforeEach(async () => {
    database = await emptyDatabase()
    folder = join(runFolder('migrations'), randomUUID())
    mkdirSync(folder)
    write('0001-prints.sql', 'create table print (id int8);')
    write('0002-frames.sql', 'create table frame (id int8);')
  })
  afterEach(() => database.drop())

  function write(name: string, text: string): void {
    writeFileSync(join(folder, name), text)
  }

  async function run(): Promise<string[]> {
    const pool = database.pool({ schema: 'gallery' })
    try {
      return await migrate(pool, { dir: pathToFileURL(folder), name: 'gallery' })
    } finally {
      await pool.end()
    }
  }

  async function tables(): Promise<string[]> {
    const pool = database.pool()
    const { rows } = await pool.query<{ name: string }>(
      `select tablename::text as name from pg_tables where schemaname = 'gallery' order by 1`,
    )
    await pool.end()
    return rows.map((row) => row.name)
  }

  it('makes the schema and applies every file in order', async () => {
    expect(await run()).to.deep.equal(['0001-prints', '0002-frames'])
    expect(await tables()).to.deep.equal(['frame', 'print', 'schema_migration'])
  })

  it('applies only what is new', async () => {
    await run()
    write('0003-mats.sql', 'create table mat (id int8);')
    expect(await run()).to.deep.equal(['0003-mats'])
    expect(await run()).to.deep.equal([])
  })

  it('is done once when several nodes start together', async () => {
    const applied = await Promise.all([run(), run(), run(), run()])
    expect(applied.map((names) => names.length)).to.have.members([0, 0, 0, 2])
  })

  it('leaves nothing behind of a file that fails, and keeps those before it', async () => {
    write('0002-frames.sql', 'create table frame (id int8); select 1 / 0;')
    expect(await failure(run())).to.include(
      '0002-frames failed and left nothing behind: error: division by zero',
    )
    expect(await tables()).to.deep.equal(['print', 'schema_migration'])
    write('0002-frames.sql', 'create table frame (id int8);')
    expect(await run()).to.deep.equal(['0002-frames'])
  })

  it('refuses a file that was edited after it was applied', async () => {
    await run()
    write('0001-prints.sql', 'create table print (id int4);')
    expect(await failure(run())).to.include('0001-prints was changed after it was applied')
  })

  it('takes a file with other line ends for the same', async () => {
    write('0003-mats.sql', 'create table mat (\nid int8);\n')
    await run()
    write('0003-mats.sql', 'create table mat (\r\nid int8);\r\n')
    expect(await run()).to.deep.equal([])
  })

  it('refuses a database that is newer than the program', async () => {
    await run()
    rmSync(join(folder, '0002-frames.sql'))
    const refused = await run().catch((error: unknown) => error)
    expect(refused).to.be.instanceOf(MigrationRefused)
    expect(String(refused)).to.include(
      '0002-frames, but this program only knows up to 0001-prints: start the newer',
    )
  })

  it('refuses a new file with an old number', async () => {
    write('0004-walls.sql', 'create table wall (id int8);')
    await run()
    write('0003-mats.sql', 'create table mat (id int8);')
    expect(await failure(run())).to.include('0003-mats is older than number 4')
  })

  it('refuses two files with one number', async () => {
    write('0002-hooks.sql', 'select 1')
    expect(await failure(run())).to.include('have the same number')
  })

  it('refuses a file whose name has no number', async () => {
    write('frames.sql', 'select 1')
    expect(await failure(run())).to.include('call it like 0001-first-tables.sql')
  })
})
