/** Who stops the server: the process that started or took it over, noted in a file beside the data. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isAlive, processBirth } from './process.ts'

/** Returns the id of the process that owns the server: ours, unless another living one was first. */
export function claimOwner(home: string): number {
  const owner = readOwner(home)
  if (owner !== undefined) return owner
  removeOwner(home)
  try {
    writeOwner(home, 'wx')
    return process.pid
  } catch (error) {
    // Another process started at the same moment; it wins.
    const faster = readOwner(home)
    if (faster === undefined) throw error
    return faster
  }
}

/** Makes us the owner, or with the flag `wx` only if nobody is. */
export function writeOwner(home: string, flag: 'w' | 'wx' = 'w'): void {
  writeFileSync(ownerFile(home), `${process.pid} ${processBirth(process.pid)}\n`, { mode: 0o600, flag })
}

export function removeOwner(home: string): void {
  rmSync(ownerFile(home), { force: true })
}

function readOwner(home: string): number | undefined {
  try {
    const [pid = '', birth] = readFileSync(ownerFile(home), 'utf8').trim().split(' ')
    const alive = isAlive(Number(pid)) && processBirth(Number(pid)) === (birth ?? '')
    return alive ? Number(pid) : undefined
  } catch {
    return undefined
  }
}

function ownerFile(home: string): string {
  return join(home, 'owner')
}
