/**
 * Brings a component's tables up to date: numbered SQL files, forward only, each in its own transaction. Any number
 * of nodes may start at once; one applies, the others wait and find the work done.
 */
import type pg from 'pg'
import { identifier } from './connect.ts'
import { readMigrations, type Migration } from './migration-files.ts'

export type MigrateOptions = {
  /** The folder with `0001-what.sql` and so on. */
  readonly dir: URL
  /** The component's name; each component numbers its own files. */
  readonly name: string
}

/** A database that this program must not touch; the message says what to do. */
export class MigrationRefused extends Error {}

type Applied = { readonly number: number; readonly name: string; readonly sha256: string }

const lockTimeoutMs = 120_000
/** Any number, as long as every version of this program uses the same one. */
const lockKey = 7_310_566

/**
 * Applies the migrations that the database lacks, in the schema that the pool's search_path names, and returns
 * their names. Refuses when the database is newer than this program or an applied file was edited.
 */
export async function migrate(pool: pg.Pool, { dir, name }: MigrateOptions): Promise<string[]> {
  const migrations = readMigrations(dir)
  const client = await pool.connect()
  try {
    await lock(client)
    await createTable(client)
    const pending = pendingOf(name, migrations, await readApplied(client, name))
    for (const migration of pending) await apply(client, name, migration)
    await unlock(client)
    client.release()
    return pending.map((migration) => migration.name)
  } catch (error) {
    // Closing the session is what surely frees the lock and undoes its settings.
    client.release(true)
    throw error
  }
}

async function lock(client: pg.ClientBase): Promise<void> {
  await client.query(`set lock_timeout = ${lockTimeoutMs}; set statement_timeout = 0`)
  try {
    await client.query('select pg_advisory_lock($1)', [lockKey])
  } catch (error) {
    if (!isPgError(error, '55P03')) throw error
    const advice = 'look for a hanging migration in pg_stat_activity, then start again'
    throw new MigrationRefused(`another node has been migrating for ${lockTimeoutMs / 1000} s: ${advice}`)
  }
}

async function unlock(client: pg.ClientBase): Promise<void> {
  await client.query('select pg_advisory_unlock($1)', [lockKey])
  await client.query('reset lock_timeout; reset statement_timeout')
}

async function createTable(client: pg.ClientBase): Promise<void> {
  const { rows } = await client.query<{ path: string }>(`select current_setting('search_path') as path`)
  const schema = rows[0]?.path ?? ''
  if (!schema.includes(',')) await client.query(`create schema if not exists ${identifier(schema)}`)
  await client.query(`
    create table if not exists schema_migration (
      component text not null,
      number int4 not null,
      name text not null,
      sha256 text not null,
      applied_at timestamptz not null default now(),
      primary key (component, number)
    )`)
}

async function readApplied(client: pg.ClientBase, component: string): Promise<Applied[]> {
  const { rows } = await client.query<Applied>(
    'select number, name, sha256 from schema_migration where component = $1 order by number',
    [component],
  )
  return rows
}

function pendingOf(
  component: string,
  migrations: readonly Migration[],
  applied: readonly Applied[],
): Migration[] {
  const known = new Map(migrations.map((migration) => [migration.number, migration]))
  for (const done of applied) {
    const file = known.get(done.number)
    if (file === undefined) throw new MigrationRefused(newerMessage(component, migrations, done))
    if (file.sha256 !== done.sha256) throw new MigrationRefused(editedMessage(component, file, done))
  }
  const last = applied.at(-1)?.number ?? 0
  const pending = migrations.filter((migration) => migration.number > last)
  const skipped = migrations.find(
    (file) => file.number < last && !applied.some((done) => done.number === file.number),
  )
  if (skipped) throw new MigrationRefused(skippedMessage(component, skipped, last))
  return pending
}

function newerMessage(component: string, migrations: readonly Migration[], done: Applied): string {
  const newest = migrations.at(-1)?.name ?? 'none'
  return (
    `the database has the ${component} migration ${done.name}, but this program only knows up to ${newest}: ` +
    'start the newer program, or restore a backup from before the upgrade'
  )
}

function editedMessage(component: string, file: Migration, done: Applied): string {
  return (
    `the ${component} migration ${file.name} was changed after it was applied as ${done.name}: ` +
    'restore the file as it was, and put the change into a new migration'
  )
}

function skippedMessage(component: string, skipped: Migration, last: number): string {
  return (
    `the ${component} migration ${skipped.name} is older than number ${last}, which is applied already: ` +
    'migrations only go forward, so give it the next free number'
  )
}

async function apply(client: pg.ClientBase, component: string, migration: Migration): Promise<void> {
  const { number, name, sha256, text } = migration
  await client.query('begin')
  try {
    await client.query(text)
    await client.query(
      'insert into schema_migration (component, number, name, sha256) values ($1, $2, $3, $4)',
      [component, number, name, sha256],
    )
    await client.query('commit')
  } catch (error) {
    throw new Error(`the ${component} migration ${name} failed and left nothing behind: ${String(error)}`, {
      cause: error,
    })
  }
}

function isPgError(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
