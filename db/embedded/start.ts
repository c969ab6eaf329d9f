/** The embedded PostgreSQL: a real server from npm's binaries, for machines where nobody wants to run a database. */
import { resolve } from 'node:path'
import { openClient } from '../connect.ts'
import { chooseAccount, type Account } from './account.ts'
import { embeddedBinaries, type Binaries } from './binaries.ts'
import { ensureDataFolder } from './data-folder.ts'
import { keepRunning, type Kept } from './keep-running.ts'
import { claimOwner, removeOwner, writeOwner } from './owner.ts'
import { ensureServer, serverUrl, stopServer, type RunningServer, type ServerOptions } from './server.ts'

export type EmbeddedOptions = {
  /** Keeps everything; made when it is missing. */
  readonly dir: string
  /** A free one is taken unless given. */
  readonly port?: number
  /** Additional server settings. */
  readonly settings?: Readonly<Record<string, string>>
  readonly binaries?: Binaries
  readonly account?: Account
  /** Told in a sentence what happens: a server taken over, shared with another process, or started again. */
  readonly say?: (sentence: string) => void
}

export type EmbeddedServer = {
  /** Address of the product's database, with the superuser's name and password. Stays the same. */
  readonly url: string
  /** The server's process when it was started. */
  readonly pid: number
  /** The other process that runs this server and will stop it, if there is one. */
  readonly sharedWith: number | undefined
  /** Stops the server, unless another process runs it. */
  stop(): Promise<void>
}

const database = 'safelight'

/**
 * Starts PostgreSQL on a folder, or joins the server that runs there already. A server whose starter was killed is
 * taken over, and one that was killed itself is started again, now or while we run; its recovery is waited for.
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<EmbeddedServer> {
  const home = resolve(options.dir)
  const binaries = options.binaries ?? embeddedBinaries()
  const account = options.account ?? chooseAccount(resolve(home, 'data'))
  const dataDir = await ensureDataFolder(home, binaries, account)
  const { port, settings, say = () => {} } = options
  const owner = claimOwner(home)
  const how: ServerOptions = {
    home,
    dataDir,
    binaries,
    account,
    ...(port === undefined ? {} : { port }),
    ...(settings === undefined ? {} : { settings }),
  }
  const server = await ensureServer(how)
  await ensureDatabase(serverUrl(dataDir, server.port, 'postgres'))
  const url = serverUrl(dataDir, server.port, database)
  const sharedWith = settleOwner(home, owner, server, say)
  if (sharedWith !== undefined) return { url, pid: server.pid, sharedWith, stop: async () => {} }
  const kept = keepRunning(how, server, say)
  return { url, pid: server.pid, sharedWith, stop: () => stop(how, kept) }
}

function settleOwner(home: string, owner: number, server: RunningServer, say: (sentence: string) => void) {
  if (owner !== process.pid && !server.started) {
    say(`PostgreSQL is run by process ${owner} already; sharing it. It stops when that process does.`)
    return owner
  }
  if (!server.started)
    say(`PostgreSQL (process ${server.pid}) was left running by an earlier start; taking it over.`)
  writeOwner(home)
  return undefined
}

async function stop({ home, dataDir }: ServerOptions, kept: Kept): Promise<void> {
  await kept.stop()
  await stopServer(dataDir, kept.current())
  removeOwner(home)
}

async function ensureDatabase(url: string): Promise<void> {
  const admin = await openClient({ url, applicationName: 'safelight start' })
  try {
    const { rowCount } = await admin.query('select from pg_database where datname = $1', [database])
    if (rowCount === 0) await admin.query(`create database ${database}`)
  } catch (error) {
    // Another process that starts at the same moment may have been faster.
    if (!(error instanceof Error && 'code' in error && (error.code === '42P04' || error.code === '23505')))
      throw error
  } finally {
    await admin.end()
  }
}
