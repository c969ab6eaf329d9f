/** The servers that the chaos specs run on: the embedded PostgreSQL, and the machine's own where there is one. */
import { randomUUID } from 'node:crypto'
import { findPostmaster } from '#db/embedded/postmaster.ts'
import { startEmbedded, type EmbeddedServer } from '#db/embedded/start.ts'
import { runFolder, sharedServer } from '../support/run.ts'
import { systemPostgres } from '../support/system-postgres.ts'
import type { DatabaseServer } from '../support/database.ts'
import { Tables } from './tables.ts'
import { until } from './until.ts'

type Start = () => Promise<DatabaseServer>
let system: Promise<EmbeddedServer | undefined> | undefined

/** Declares the same specs for each server. */
export function onEachServer(declare: (server: Start) => void): void {
  describe('on the embedded PostgreSQL', () => declare(sharedServer))
  describe("on the machine's PostgreSQL", () => {
    before(async function () {
      system = systemPostgres()
      if ((await system) === undefined) this.skip()
    })
    after(async () => (await system)?.stop())
    declare(async () => (await system) as EmbeddedServer)
  })
}

/** A server that may be harmed, as durable as in production. Started again on its address when it dies. */
export async function ownServer(): Promise<EmbeddedServer> {
  return startEmbedded({ dir: runFolder(randomUUID()), settings: { log_min_messages: 'fatal' } })
}

/** Ends a server and waits until it has been started again and answers. SIGKILL takes its children with it. */
export async function restart(
  { url }: DatabaseServer,
  signal: 'SIGINT' | 'SIGQUIT' | 'SIGKILL',
): Promise<void> {
  const tables = new Tables(url)
  const [row] = await tables.query<{ dir: string }>(`select current_setting('data_directory') as dir`)
  const children = await tables.query<{ pid: number }>('select pid from pg_stat_activity')
  const postmaster = findPostmaster(row?.dir ?? '')
  if (!postmaster) throw new Error('the server to be ended does not run')
  process.kill(postmaster.pid, signal)
  if (signal === 'SIGKILL') for (const { pid } of children) tryToKill(pid)
  await tables.close()
  await until('the server answers again', async () => {
    const now = findPostmaster(row?.dir ?? '')
    return now !== undefined && now.pid !== postmaster.pid && (await tables.tried('select 1')) !== undefined
  })
  await tables.close()
}

function tryToKill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended by itself: its postmaster is gone.
  }
}
