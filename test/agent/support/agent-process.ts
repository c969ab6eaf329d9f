/** The agent as its users run it: a process of its own, with a folder of its own. */
import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { Events } from '../../support/events.ts'
import { projectDir, runFolder, runSettings } from '../../support/run.ts'
import { testToken } from './contract-server.ts'

export interface AgentProcess {
  readonly child: ChildProcess
  readonly folder: string
  readonly lines: Events<{ readonly kind: 'line'; readonly text: string }>
  /** Resolves with its exit code, null when a signal has ended it. */
  readonly exited: Promise<number | null>
  /** Resolves with the first line that has not been waited for and matches. */
  says(pattern: RegExp): Promise<string>
  signal(signal: NodeJS.Signals): void
}

/** Short, because a socket's path has to fit. */
export function agentFolder(): string {
  return runFolder(`a-${randomUUID().slice(0, 8)}`)
}

export interface AgentOptions {
  readonly server: string
  readonly folder?: string
  readonly flags?: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
  /** Starts it with a channel, as whoever looks after it does. */
  readonly channel?: boolean
}

/** Starts an agent that registers by itself. */
export function startAgent({ server, flags = [], ...options }: AgentOptions): AgentProcess {
  const words = ['start', '--server', server, '--token', testToken, '--name', 'studio', ...flags]
  return startProgram(words, options)
}

/** Starts any of its commands. */
export function startProgram(
  words: readonly string[],
  { folder = agentFolder(), environment, channel = false }: Omit<AgentOptions, 'server' | 'flags'> = {},
): AgentProcess {
  const child = run(folder, words, environment, channel)
  const lines = new Events<{ readonly kind: 'line'; readonly text: string }>()
  for (const stream of [child.stdout, child.stderr])
    if (stream) createInterface(stream).on('line', (line) => lines.push({ kind: 'line', text: line }))
  return {
    child,
    folder,
    lines,
    exited: once(child, 'exit').then(([code]) => code as number | null),
    async says(pattern) {
      for (;;) {
        const { text: line } = await lines.next('line')
        if (pattern.test(line)) return line
      }
    },
    signal: (signal) => void child.kill(signal),
  }
}

export interface Outcome {
  readonly code: number | null
  readonly out: string
  readonly complaint: string
}

/** Runs one command to its end. */
export async function runCommand(
  folder: string,
  words: readonly string[],
  environment?: Readonly<Record<string, string>>,
  input = '',
): Promise<Outcome> {
  const child = run(folder, words, environment)
  child.stdin?.end(input)
  const ended = once(child, 'close') as Promise<[number | null]>
  const { stdout, stderr } = child
  if (!stdout || !stderr) throw new Error('its output was asked for')
  const [[code], out, complaint] = await Promise.all([ended, text(stdout), text(stderr)])
  return { code, out, complaint }
}

function run(
  folder: string,
  words: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  channel = false,
) {
  const env = { ...runSettings().environment, XDG_CACHE_HOME: runFolder('cache'), ...environment }
  return spawn(process.execPath, [join(projectDir, 'agent/main.ts'), '--state', folder, ...words], {
    env,
    stdio: ['pipe', 'pipe', 'pipe', ...(channel ? ['ipc' as const] : [])],
  })
}
