/** Makes a PostgreSQL data folder that nobody but us can log in to. */
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { makeFolder } from '#host/make-folder.ts'
import type { Account } from './account.ts'
import type { Binaries } from './binaries.ts'

export const superuser = 'postgres'

const passwordFile = 'safelight-password'

/** Makes `<home>/data` unless it is there already. Safe to run from several processes at once. */
export async function ensureDataFolder(home: string, binaries: Binaries, account: Account): Promise<string> {
  const dataDir = join(home, 'data')
  if (existsSync(dataDir)) return dataDir
  // Only our own folder is closed to others: those above it may hold what others need.
  makeFolder(dirname(home))
  makeFolder(home, 0o700)
  account.own(home)
  // Made under another name and moved in one step, so that a half-made folder is never taken for a whole one.
  const draft = join(home, `draft-${process.pid}`)
  try {
    await initialise(draft, binaries, account)
    renameSync(draft, dataDir)
  } catch (error) {
    if (!existsSync(dataDir)) throw error
  } finally {
    rmSync(draft, { recursive: true, force: true })
  }
  return dataDir
}

/** The superuser's password, made at random with the folder. */
export function readPassword(dataDir: string): string {
  return readFileSync(join(dataDir, passwordFile), 'utf8').trim()
}

async function initialise(folder: string, binaries: Binaries, account: Account): Promise<void> {
  rmSync(folder, { recursive: true, force: true })
  const secret = `${folder}.secret`
  writeFileSync(secret, `${randomBytes(24).toString('base64url')}\n`, { mode: 0o600 })
  account.own(secret)
  try {
    const settings = ['--encoding=UTF8', '--locale=C', '--auth=scram-sha-256', `--username=${superuser}`]
    await run(account, binaries.initdb, [...settings, `--pwfile=${secret}`, `--pgdata=${folder}`])
    renameSync(secret, join(folder, passwordFile))
  } finally {
    rmSync(secret, { force: true })
  }
}

async function run(account: Account, program: string, args: readonly string[]): Promise<void> {
  const [command, wrapped] = account.wrap(program, args)
  // The account may not be allowed to read the folder we are in.
  const child = spawn(command, wrapped, { ...account.spawn, cwd: '/', stdio: ['ignore', 'ignore', 'pipe'] })
  const [[code], complaint] = await Promise.all([
    once(child, 'close') as Promise<[number]>,
    text(child.stderr),
  ])
  if (code !== 0)
    throw new Error(`${program} ended with ${code} (run as ${account.name}): ${complaint.trim()}`)
}
