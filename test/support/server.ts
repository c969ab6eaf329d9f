/** The server as its users run it: a process of its own, with a data folder of its own. */
import { spawn, type ChildProcess } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { projectDir, runFolder, runSettings } from './run.ts'

export type ServerProcess = {
  readonly child: ChildProcess
  /** Where it answers. */
  readonly url: string
  readonly dataDir: string
  /** Everything it has printed so far. */
  readonly output: readonly string[]
  /** Resolves with the first line, printed from now on, that matches. */
  says(words: RegExp): Promise<string>
  /** Tells it to stop and resolves with its exit code. */
  stop(signal?: NodeJS.Signals): Promise<number | null>
  /** Ends it without a chance to clear up. */
  kill(): Promise<void>
}

type Options = {
  readonly dataDir?: string
  readonly environment?: Readonly<Record<string, string>>
  /** Starts it with a channel, as `npm start` does on another Node. */
  readonly channel?: boolean
}

/** Starts the server and resolves once it says where it runs; rejects with its output when it ends before. */
export async function startServer(options: Options = {}): Promise<ServerProcess> {
  const dataDir = options.dataDir ?? runFolder(`server-${randomUUID()}`)
  const env = {
    ...runSettings().environment,
    PORT: '0',
    DATA_DIR: dataDir,
    SAFELIGHT_LOCAL_AGENT: 'off',
    ...options.environment,
  }
  const child = spawn(process.execPath, [join(projectDir, 'server/main.ts')], {
    env,
    cwd: projectDir,
    stdio: ['ignore', 'pipe', 'pipe', ...(options.channel === true ? ['ipc' as const] : [])],
  })
  const output: string[] = []
  const listeners = new Set<(line: string) => void>()
  const url = await firstAddress(
    child,
    (line) => {
      output.push(line)
      for (const listener of listeners) listener(line)
    },
    output,
  )
  const exited = once(child, 'exit') as Promise<[number | null]>
  return {
    child,
    url,
    dataDir,
    output,
    says: (words) =>
      new Promise((resolve) =>
        listeners.add((line) => {
          if (words.test(line)) resolve(line)
        }),
      ),
    async stop(signal = 'SIGINT') {
      child.kill(signal)
      return (await exited)[0]
    },
    async kill() {
      child.kill('SIGKILL')
      await exited
    },
  }
}

function firstAddress(
  child: ChildProcess,
  hear: (line: string) => void,
  output: readonly string[],
): Promise<string> {
  return new Promise((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      if (stream === null) continue
      createInterface(stream).on('line', (line) => {
        hear(line)
        const address = /runs at (http:\S+)/.exec(line)?.[1]
        if (address !== undefined) resolve(address)
      })
    }
    child.once('close', (code) => reject(new Error(`the server ended with ${code}:\n${output.join('\n')}`)))
  })
}
