/** What the operating system knows about a process. */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'

const hasProc = existsSync('/proc/self/cmdline')

/** Whether a process with this id exists and isn't a zombie. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) return false
  }
  return !hasProc || commandLine(pid) !== ''
}

/** The command that a process runs, or '' when there is no such process or nobody may know. */
export function commandLine(pid: number): string {
  try {
    if (hasProc) return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
    if (process.platform === 'win32') return ask('tasklist', '/FI', `PID eq ${pid}`, '/NH', '/FO', 'CSV')
    return ask('ps', '-o', 'command=', '-p', String(pid))
  } catch {
    return ''
  }
}

/** Tells two processes apart that had the same id one after the other; '' where the system doesn't say. */
export function processBirth(pid: number): string {
  try {
    const afterName = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1) ?? ''
    return afterName.split(' ')[19] ?? ''
  } catch {
    return ''
  }
}

function ask(program: string, ...args: string[]): string {
  return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
}
