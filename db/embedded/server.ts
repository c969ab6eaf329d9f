/**
 * Starts and stops one PostgreSQL server on a folder of ours.
 *
 *     no server ── spawn ──▶ starting ── answers ──▶ running ── SIGINT ──▶ gone
 *         ▲                     │ exits                 │ kill -9 of us
 *         └────── try again ◀───┘                       └──▶ orphan, taken over by the next start
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Account } from './account.ts'
import type { Binaries } from './binaries.ts'
import { readPassword, superuser } from './data-folder.ts'
import { findPostmaster, postmasterGone, type Postmaster } from './postmaster.ts'
import { answers } from './readiness.ts'

export type ServerOptions = {
  /** Holds the data folder, the log and the socket. */
  readonly home: string
  readonly dataDir: string
  readonly binaries: Binaries
  readonly account: Account
  readonly port?: number
  readonly settings?: Readonly<Record<string, string>>
}

export type RunningServer = Postmaster & {
  /** False when the server was running already. */
  readonly started: boolean
}

const startAttempts = 20
const retryMs = 250
const readyTimeoutMs = 10 * 60_000
const stopTimeoutMs = 30_000
const logMaxBytes = 10_000_000
/** Longer socket paths don't fit into the kernel's address structure. */
const socketPathMax = 90

/** Finds the server that runs on the folder, or starts one, and waits until it answers. */
export async function ensureServer(options: ServerOptions): Promise<RunningServer> {
  for (let attempt = 1; ; attempt++) {
    const found = findPostmaster(options.dataDir)
    if (found && (await becomesReady(options, found))) return { ...found, started: false }
    const logStart = logSize(options.home)
    const child = await launch(options)
    const started = await ready(options, child)
    if (started) return { ...started, started: true }
    const complaint = readLog(options.home, logStart)
    if (attempt === startAttempts || !mayPass(complaint, options))
      throw new Error(startMessage(options, complaint))
    await pause(retryMs)
  }
}

/** Stops the server as Postgres likes it best: sessions are ended, everything is written. */
export async function stopServer(dataDir: string, { pid }: Postmaster): Promise<void> {
  if (findPostmaster(dataDir)?.pid !== pid) return
  process.kill(pid, 'SIGINT')
  if (await postmasterGone(dataDir, pid, stopTimeoutMs)) return
  process.kill(pid, 'SIGQUIT')
  if (await postmasterGone(dataDir, pid, stopTimeoutMs)) return
  throw new Error(`PostgreSQL (process ${pid}) does not stop; end it by hand, then start again`)
}

/** The address of a server for a database. */
export function serverUrl(dataDir: string, port: number, database: string): string {
  return `postgresql://${superuser}:${readPassword(dataDir)}@127.0.0.1:${port}/${database}`
}

async function launch(options: ServerOptions): Promise<ChildProcess> {
  const { home, dataDir, binaries, account } = options
  const port = options.port ?? (await freePort())
  const settings = Object.entries(serverSettings(options)).flatMap(([name, value]) => [
    '-c',
    `${name}=${value}`,
  ])
  const [command, args] = account.wrap(binaries.postgres, ['-D', dataDir, '-p', String(port), ...settings])
  const log = openLog(home)
  try {
    // Detached, because Ctrl-C in a terminal goes to the whole group, and the database must be the last to stop.
    const child = spawn(command, args, {
      ...account.spawn,
      cwd: '/',
      detached: true,
      stdio: ['ignore', log, log],
    })
    child.unref()
    return child
  } finally {
    closeSync(log)
  }
}

function serverSettings({ home, settings }: ServerOptions): Record<string, string> {
  return {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: process.platform !== 'win32' && home.length <= socketPathMax ? home : '',
    max_connections: '200',
    shared_preload_libraries: 'pg_stat_statements',
    ...settings,
  }
}

async function ready(options: ServerOptions, child: ChildProcess): Promise<Postmaster | undefined> {
  const ended = new AbortController()
  child.once('exit', () => ended.abort())
  child.once('error', () => ended.abort())
  while (!ended.signal.aborted) {
    const found = findPostmaster(options.dataDir)
    if (found?.pid === child.pid && found && (await becomesReady(options, found, ended.signal))) return found
    await pause(10)
  }
  return undefined
}

function becomesReady(options: ServerOptions, found: Postmaster, signal?: AbortSignal): Promise<boolean> {
  const url = serverUrl(options.dataDir, found.port, 'postgres')
  const running = () => signal?.aborted !== true && findPostmaster(options.dataDir)?.pid === found.pid
  return answers(url, running, readyTimeoutMs)
}

// Three failures pass by themselves: another process starts the same server, a killed server's children haven't
// noticed yet, or somebody took the free port between our finding it and the server's binding it.
function mayPass(complaint: string, { port }: ServerOptions): boolean {
  if (/lock file "postmaster.pid" already exists|shared memory block .* still in use/.test(complaint))
    return true
  return port === undefined && /could not create any TCP\/IP sockets/.test(complaint)
}

function startMessage({ port, home, account }: ServerOptions, complaint: string): string {
  if (port !== undefined && /Address already in use/.test(complaint)) {
    return `PostgreSQL can't listen on port ${port}, another program has it: choose another port`
  }
  return `PostgreSQL did not start. ${account.advice} ${logPath(home)} says: ${complaint.trim().slice(-2000)}`
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

function logPath(home: string): string {
  return join(home, 'postgres.log')
}

function openLog(home: string): number {
  const path = logPath(home)
  if (logSize(home) > logMaxBytes) {
    rmSync(`${path}.1`, { force: true })
    renameSync(path, `${path}.1`)
  }
  return openSync(path, 'a', 0o600)
}

function logSize(home: string): number {
  return statSync(logPath(home), { throwIfNoEntry: false })?.size ?? 0
}

function readLog(home: string, from: number): string {
  const log = readFileSync(logPath(home))
  return log.subarray(from <= log.length ? from : 0).toString('utf8')
}
