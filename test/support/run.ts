/** What one test run shares: its settings, its database server, and what has to be cleaned up after it. */
import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startEmbedded, type EmbeddedServer } from '#db/embedded/start.ts'
import { isAlive } from '#db/embedded/process.ts'

export type RunSettings = {
  /** Another server to run the specs on. */
  readonly databaseUrl?: string
  /** How many times more harm the chaos specs do than in a short run. */
  readonly rounds: number
  /** What the chaos specs draw from; any where absent. */
  readonly seed?: number
  /** For the child processes that specs start. */
  readonly environment: Readonly<Record<string, string | undefined>>
}

export const projectDir = fileURLToPath(new URL('../../', import.meta.url))

const runsDir = join(projectDir, '.data', 'test')
const runDir = join(runsDir, String(process.pid))

let settings: RunSettings = { environment: {}, rounds: 1 }
let server: Promise<EmbeddedServer> | undefined

/** Called once by the run's main file, before any spec. */
export function configureRun(given: RunSettings): void {
  settings = given
}

export function runSettings(): RunSettings {
  return settings
}

/** A new folder that goes with the run. */
export function runFolder(name: string): string {
  const folder = join(runDir, name)
  mkdirSync(folder, { recursive: true, mode: 0o755 })
  return folder
}

/** The server that all specs share, started by the first who asks. */
export async function sharedServer(): Promise<{ readonly url: string }> {
  if (settings.databaseUrl !== undefined) return { url: settings.databaseUrl }
  server ??= startEmbedded({ dir: join(runDir, 'postgres'), settings: testSettings })
  return await server
}

/**
 * A killed process loses nothing without fsync, only a power cut would; what specs kill is processes. They get
 * through in a third of the time.
 */
export const testSettings = { fsync: 'off', log_min_messages: 'fatal' }

/** Stops what the run has started and removes what it has written. */
export async function endRun(): Promise<void> {
  if (server !== undefined) await (await server).stop()
  rmSync(runDir, { recursive: true, force: true })
}

/** Clears up after runs that were killed. */
export async function clearDeadRuns(): Promise<void> {
  mkdirSync(runsDir, { recursive: true })
  for (const pid of readdirSync(runsDir)) {
    if (isAlive(Number(pid))) continue
    const folder = join(runsDir, pid)
    for (const home of findHomes(folder)) await (await startEmbedded({ dir: home })).stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

function findHomes(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('postmaster.pid'))
    .map((path) => join(folder, path, '..', '..'))
}
