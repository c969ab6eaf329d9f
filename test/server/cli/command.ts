/** `safelight` as its users run it: a process of its own, in a home of its own, with pipes instead of a terminal. */
import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import type { Border } from '../link/border.ts'
import { Events } from '../../support/events.ts'
import { projectDir, runFolder, runSettings } from '../../support/run.ts'

export interface Outcome {
  readonly code: number | null
  readonly out: string
  readonly complaint: string
}

export interface Running {
  readonly child: ChildProcess
  /** Resolves with the first line, of those that have not been waited for, that matches. */
  says(pattern: RegExp): Promise<string>
  readonly ended: Promise<Outcome>
}

type Environment = Readonly<Record<string, string>>

export class Home {
  readonly folder = runFolder(`home-${randomUUID()}`)
  readonly profile = join(this.folder, 'config', 'safelight', 'profile.json')
  readonly #environment: Environment

  constructor(environment: Environment = {}) {
    this.#environment = environment
  }

  /** Runs a command to its end. */
  run(words: readonly string[], environment: Environment = {}, input = ''): Promise<Outcome> {
    const { child, ended } = this.start(words, environment)
    child.stdin?.end(input)
    return ended
  }

  /** The same, of which the output is JSON. */
  async json(words: readonly string[]): Promise<unknown> {
    const { code, out, complaint } = await this.run([...words, '--json'])
    if (code !== 0) throw new Error(`'${words.join(' ')}' ended with ${code}: ${complaint}`)
    return JSON.parse(out)
  }

  /** In a group of its own, so that Ctrl-C can be pressed for it. */
  start(words: readonly string[], environment: Environment = {}): Running {
    const child = spawn(process.execPath, [join(projectDir, 'bin/safelight.mjs'), ...words], {
      env: { ...runSettings().environment, ...this.#settings(), ...this.#environment, ...environment },
      cwd: this.folder,
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true,
    })
    const { stdout, stderr } = child
    const lines = new Events<{ readonly kind: 'line'; readonly text: string }>()
    for (const input of [stdout, stderr])
      createInterface({ input }).on('line', (line) => lines.push({ kind: 'line', text: line }))
    const all = Promise.all([once(child, 'close') as Promise<[number | null]>, text(stdout), text(stderr)])
    return {
      child,
      ended: all.then(([[code], out, complaint]) => ({ code, out, complaint })),
      async says(pattern) {
        for (;;) {
          const { text: line } = await lines.next('line')
          if (pattern.test(line)) return line
        }
      },
    }
  }

  #settings(): Environment {
    return {
      NODE_COMPILE_CACHE: runFolder('cache'),
      HOME: this.folder,
      XDG_CONFIG_HOME: join(this.folder, 'config'),
      SAFELIGHT_URL: '',
      SAFELIGHT_TOKEN: '',
      SAFELIGHT_PASSWORD: '',
      SAFELIGHT_PROFILE: '',
    }
  }
}

/** What a terminal does at Ctrl-C: everything that runs in it is told. */
export function pressCtrlC({ pid }: ChildProcess): void {
  if (pid === undefined) throw new Error('it was not started')
  process.kill(-pid, 'SIGINT')
}

/** Somebody's home who is signed in as the border's admin. */
export async function signedIn(border: Border): Promise<Home> {
  return new Home({ SAFELIGHT_URL: border.server.url, SAFELIGHT_TOKEN: await border.userToken() })
}
