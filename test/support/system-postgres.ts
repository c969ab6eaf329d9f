import { existsSync, globSync } from 'node:fs'
import { randomUUID } from 'node:crypto'
import { binariesIn } from '#db/embedded/binaries.ts'
import { startEmbedded, type EmbeddedServer } from '#db/embedded/start.ts'
import { runFolder, testSettings } from './run.ts'

const folders = [
  '/usr/lib/postgresql/*/bin',
  '/usr/pgsql-*/bin',
  '/opt/homebrew/opt/postgresql@*/bin',
  '/usr/local/opt/postgresql@*/bin',
]

/**
 * A throwaway server on the PostgreSQL that this machine has installed, usually older than the embedded one, so
 * that a suite can run on both. Undefined where there is none. The caller stops it.
 */
export async function systemPostgres(): Promise<EmbeddedServer | undefined> {
  const found = globSync(folders).toSorted().map(binariesIn)
  const binaries = found.findLast(({ postgres, initdb }) => existsSync(postgres) && existsSync(initdb))
  if (binaries === undefined) return undefined
  return startEmbedded({ dir: runFolder(randomUUID()), binaries, settings: { ...testSettings } })
}
