/**
 * An agent beside the server, so that a single machine is a whole system. It is the same program as everywhere, a process
 * of its own that talks over the same socket: the server itself never runs a tool.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { hostname } from 'node:os'
import { delimiter, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Log } from '#runtime/log.ts'

export interface LocalAgentOptions {
  /** Where the server answers. */
  readonly url: string
  /** Where it keeps what it knows. */
  readonly stateDir: string
  /** The folders that it may scan. */
  readonly roots: readonly string[]
  /** A registration token; asked for once, when the agent is not registered yet. */
  readonly token: () => Promise<string>
  /** What every program needs of the environment; its settings are given here. */
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly log: Log
}

export interface LocalAgent {
  stop(): Promise<void>
}

const program = fileURLToPath(new URL('../agent/main.ts', import.meta.url))
/** The code that the agent ends with when somebody has revoked or removed it. */
const dismissed = 11
const restartFirstMs = 500
const restartMaxMs = 30_000
/** Running for so long, it counts as well again. */
const wellMs = 60_000
const stopMs = 5_000
/** By then what it runs is given back, so that it is done elsewhere, or later, at once. */
const drainMs = 3_000

/** Starts the agent, and starts it again whenever it ends, unless it is not wanted any more. */
export function startLocalAgent(options: LocalAgentOptions): LocalAgent {
  const stopping = new AbortController()
  const keeping = keepRunning(options, stopping.signal)
  return {
    async stop() {
      stopping.abort()
      await keeping
    },
  }
}

async function keepRunning(options: LocalAgentOptions, stopping: AbortSignal): Promise<void> {
  for (let failures = 0; !stopping.aborted; failures++) {
    const began = Date.now()
    try {
      const code = await runOnce(options, stopping)
      if (code === dismissed) return options.log.error(dismissal(options))
      if (!stopping.aborted) options.log.warn('the local agent has ended; it is started again', { code })
    } catch (error) {
      options.log.warn('the local agent could not be started', { reason: String(error) })
    }
    if (Date.now() - began > wellMs) failures = 0
    const waitMs = Math.min(restartMaxMs, restartFirstMs * 2 ** Math.min(failures, 10))
    await pause(waitMs, undefined, { signal: stopping }).catch(() => {})
  }
}

function dismissal({ stateDir }: LocalAgentOptions): string {
  return `the local agent was revoked or removed, and is not started again. To enrol it anew, stop the server, remove ${join(stateDir, 'identity.json')}, and start again`
}

async function runOnce(options: LocalAgentOptions, stopping: AbortSignal): Promise<number | null> {
  const { url, stateDir, roots, environment } = options
  const isKnown = isRegistered(stateDir)
  const token = isKnown ? undefined : await tokenUnlessStopped(options.token, stopping)
  if (!isKnown && token === undefined) return null
  const child = spawn(process.execPath, [program, 'start'], {
    env: {
      ...environment,
      SAFELIGHT_AGENT_STATE: stateDir,
      SAFELIGHT_AGENT_SERVER: url,
      SAFELIGHT_AGENT_DRAIN_MS: String(drainMs),
      SAFELIGHT_AGENT_NAME: `${hostname()} (local)`.slice(0, 100),
      SAFELIGHT_AGENT_ROOTS: roots.join(delimiter),
      ...(token !== undefined && { SAFELIGHT_AGENT_TOKEN: token }),
    },
    // A group of its own: Ctrl-C in a terminal is for the server, which tells the agent.
    detached: true,
    // Through the channel it notices that the server is gone, however that came about.
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const exited = once(child, 'exit') as Promise<[number | null]>
  const end = () => endGently(child)
  stopping.addEventListener('abort', end, { once: true })
  if (stopping.aborted) end()
  const [code] = await exited
  stopping.removeEventListener('abort', end)
  return code
}

function endGently(child: ChildProcess): void {
  child.kill('SIGTERM')
  const impatient = setTimeout(() => child.kill('SIGKILL'), stopMs)
  child.once('exit', () => clearTimeout(impatient))
}

function isRegistered(stateDir: string): boolean {
  return existsSync(join(stateDir, 'identity.json'))
}

/** A team is waited for until somebody has made one; the server may be told to stop before. */
async function tokenUnlessStopped(
  token: () => Promise<string>,
  stopping: AbortSignal,
): Promise<string | undefined> {
  const stopped = Promise.withResolvers<undefined>()
  const stop = () => stopped.resolve(undefined)
  stopping.addEventListener('abort', stop, { once: true })
  if (stopping.aborted) stop()
  try {
    return await Promise.race([token(), stopped.promise])
  } finally {
    stopping.removeEventListener('abort', stop)
  }
}
