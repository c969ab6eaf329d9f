/**
 * Databases for specs. One server serves the whole run; each spec gets a database of its own, copied from a
 * template that has every component's tables, and gives it back without a connection left open.
 */
import { randomBytes } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import { openPool, type ConnectOptions } from '#db/connect.ts'
import { components } from '#db/components.ts'
import { migrate } from '#db/migrate.ts'
import { runSettings, sharedServer } from './run.ts'

/** A server that databases can be made on; `url` names any database of it. */
export type DatabaseServer = { readonly url: string }

export type TestDatabase = {
  readonly name: string
  readonly url: string
  /** A pool on this database, on the schema given. The caller ends it. */
  pool(options?: Partial<ConnectOptions>): pg.Pool
  /** One line for each connection that is open. */
  connections(): Promise<string[]>
  /** Rejects when a connection stays open: what a spec opened, it closes. */
  expectNoConnections(): Promise<void>
  /** Refuses or accepts new connections; open ones stay. */
  allowConnections(allowed: boolean): Promise<void>
  /** Drops the database, and rejects if connections were left open. */
  drop(): Promise<void>
}

const closingMs = 3_000
const templates = new Map<string, Promise<string>>()

/** Makes a migrated database, on the run's shared server unless another one is given. */
export async function freshDatabase(server?: DatabaseServer): Promise<TestDatabase> {
  const { url } = server ?? (await sharedServer())
  const template = await templateOn(url)
  const name = `spec_${randomBytes(6).toString('hex')}`
  await administer(url, (admin) => admin.query(`create database ${name} template ${template}`))
  return testDatabase(url, name)
}

/** Makes an empty database, for specs about migrating itself. */
export async function emptyDatabase(server?: DatabaseServer): Promise<TestDatabase> {
  const { url } = server ?? (await sharedServer())
  const name = `spec_${randomBytes(6).toString('hex')}`
  await administer(url, (admin) => admin.query(`create database ${name}`))
  return testDatabase(url, name)
}

function testDatabase(serverUrl: string, name: string): TestDatabase {
  const url = withDatabase(serverUrl, name)
  const connections = () => administer(serverUrl, (admin) => listConnections(admin, name))
  async function expectNoConnections(): Promise<void> {
    const open = await administer(serverUrl, (admin) => waitUntilClosed(admin, name))
    if (open.length > 0) throw new Error(`connections left open:\n${open.join('\n')}`)
  }
  return {
    name,
    url,
    connections,
    expectNoConnections,
    pool: (options) => openPool({ url, applicationName: 'spec', ...options }),
    async allowConnections(allowed) {
      await administer(serverUrl, (admin) =>
        admin.query(`alter database ${name} allow_connections ${allowed}`),
      )
    },
    async drop() {
      try {
        await expectNoConnections()
      } finally {
        await administer(serverUrl, (admin) => admin.query(`drop database if exists ${name} with (force)`))
      }
    },
  }
}

function templateOn(url: string): Promise<string> {
  const made = templates.get(url) ?? makeTemplate(url)
  templates.set(url, made)
  return made
}

async function makeTemplate(url: string): Promise<string> {
  const name = `template_${randomBytes(6).toString('hex')}`
  await administer(url, (admin) => admin.query(`create database ${name}`))
  for (const { name: component, schema, dir } of components()) {
    const pool = openPool({ url: withDatabase(url, name), schema, applicationName: 'template' })
    await migrate(pool, { dir, name: component })
    await pool.end()
  }
  // A database can't be copied while anybody is connected to it.
  await administer(url, (admin) => waitUntilClosed(admin, name))
  return name
}

/** Drops the template on a server that outlives this run; the others go with their server. */
export async function dropTemplates(): Promise<void> {
  const { databaseUrl } = runSettings()
  const name = databaseUrl === undefined ? undefined : await templates.get(databaseUrl)
  if (databaseUrl === undefined || name === undefined) return
  await administer(databaseUrl, (admin) => admin.query(`drop database if exists ${name} with (force)`))
}

// A backend needs a moment to go after its client has said goodbye, and nothing announces it.
async function waitUntilClosed(admin: pg.Client, name: string): Promise<string[]> {
  const deadline = performance.now() + closingMs
  for (;;) {
    const open = await listConnections(admin, name)
    if (open.length === 0 || performance.now() > deadline) return open
    await pause(10)
  }
}

async function listConnections(admin: pg.Client, name: string): Promise<string[]> {
  const { rows } = await admin.query<{ line: string }>(
    `select concat_ws(' | ', pid, application_name, state, left(query, 200)) as line
     from pg_stat_activity where datname = $1 and backend_type = 'client backend' order by pid`,
    [name],
  )
  return rows.map((row) => row.line)
}

async function administer<T>(url: string, work: (admin: pg.Client) => Promise<T>): Promise<T> {
  const admin = new pg.Client({ connectionString: url, application_name: 'spec admin' })
  admin.on('error', () => {})
  await admin.connect()
  try {
    return await work(admin)
  } finally {
    await admin.end()
  }
}

function withDatabase(url: string, name: string): string {
  const changed = new URL(url)
  changed.pathname = `/${name}`
  return changed.href
}
