/** What can be known about a PostgreSQL server from its data folder and its process. */
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { commandLine, isAlive } from './process.ts'

export type Postmaster = { readonly pid: number; readonly port: number }

const pollMs = 20

/** The server that runs on a data folder, or undefined. Removes the pid file of one that is gone. */
export function findPostmaster(dataDir: string): Postmaster | undefined {
  const found = readPidFile(dataDir)
  if (found === undefined) return undefined
  if (isPostgres(found.pid)) return found
  // After a reboot, or in a restarted container, the old number may belong to any process, and PostgreSQL would
  // then refuse to start.
  rmSync(pidFile(dataDir), { force: true })
  return undefined
}

/** Resolves with true when the server is gone, with false when it isn't after the given time. */
export async function postmasterGone(dataDir: string, pid: number, withinMs: number): Promise<boolean> {
  const deadline = performance.now() + withinMs
  // An adopted server isn't our child, so there is no event to wait for.
  while (readPidFile(dataDir)?.pid === pid && isPostgres(pid)) {
    if (performance.now() > deadline) return false
    await pause(pollMs)
  }
  return true
}

function isPostgres(pid: number): boolean {
  return isAlive(pid) && commandLine(pid).includes('postgres')
}

function pidFile(dataDir: string): string {
  return join(dataDir, 'postmaster.pid')
}

// Its lines: process id, data folder, start time, port, socket folder, listen address, shared memory, status.
function readPidFile(dataDir: string): Postmaster | undefined {
  try {
    const [pid, , , port] = readFileSync(pidFile(dataDir), 'utf8').split('\n')
    const found = { pid: Math.abs(Number(pid)), port: Number(port) }
    return Number.isInteger(found.pid) && Number.isInteger(found.port) && found.port > 0 ? found : undefined
  } catch {
    return undefined
  }
}
