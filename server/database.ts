import { join } from 'node:path'
import type pg from 'pg'
import { openClient, openPool } from '#db/connect.ts'
import { components } from '#db/components.ts'
import { startEmbedded } from '#db/embedded/start.ts'
import { migrate } from '#db/migrate.ts'
import type { Settings } from './settings.ts'

const applicationName = 'safelight server'

export type Database = {
  readonly url: string
  readonly pool: pg.Pool
  stop(): Promise<void>
}

/** Finds or starts the database and brings its tables up to date. */
export async function startDatabase(settings: Settings, say: (line: string) => void): Promise<Database> {
  await using started = new AsyncDisposableStack()
  const url = settings.databaseUrl ?? (await startOwn(settings, say, started))
  await reach(url)
  await migrateAll(url, say)
  const pool = openPool({ url, applicationName })
  started.defer(() => pool.end())
  const parts = started.move()
  return { url, pool, stop: () => parts.disposeAsync() }
}

async function reach(url: string): Promise<void> {
  try {
    const client = await openClient({ url, applicationName })
    await client.end()
  } catch (cause) {
    // Without the password, which the address may carry.
    const { host, pathname } = new URL(url)
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new Error(`the database ${host}${pathname} can't be used (${reason}): check DATABASE_URL`, {
      cause,
    })
  }
}

async function startOwn(
  settings: Settings,
  say: (line: string) => void,
  started: AsyncDisposableStack,
): Promise<string> {
  const dir = join(settings.dataDir, 'postgres')
  const server = await startEmbedded({ dir, say })
  started.defer(() => server.stop())
  say(`The database is an embedded PostgreSQL in ${dir}.`)
  return server.url
}

async function migrateAll(url: string, say: (line: string) => void): Promise<void> {
  for (const { name, schema, dir } of components()) {
    const pool = openPool({ url, schema, applicationName, max: 1 })
    try {
      const applied = await migrate(pool, { dir, name })
      if (applied.length > 0) say(`Migrated ${name}: ${applied.join(', ')}.`)
    } finally {
      await pool.end()
    }
  }
}
