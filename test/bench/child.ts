/** The parent's side of a benchmark process. */
import { type ChildProcess, fork } from 'node:child_process'
import * as z from 'zod'
import type { Commands } from './serve.ts'

const answerSchema = z.object({ id: z.int(), result: z.unknown().optional(), failure: z.string().optional() })
type Waiting = { readonly resolve: (result: unknown) => void; readonly reject: (error: Error) => void }

const living = new Set<ChildProcess>()

/** Ends every process that is left. */
export function endChildren(): void {
  for (const child of living) child.kill('SIGKILL')
}

export class Child<C extends Commands> {
  readonly #process: ChildProcess
  readonly #waiting = new Map<number, Waiting>()
  readonly #ended: Promise<void>
  #calls = 0
  #heard = () => {}

  private constructor(script: URL) {
    this.#process = fork(script, { execArgv: ['--expose-gc'], stdio: ['ignore', 2, 2, 'ipc'] })
    living.add(this.#process)
    this.#process.on('message', (message) => this.#answered(message))
    this.#ended = new Promise((resolve) => this.#process.once('exit', () => resolve(this.#gone())))
  }

  static async start<C extends Commands>(script: URL): Promise<Child<C>> {
    const child = new Child<C>(script)
    await new Promise<void>((resolve, reject) => {
      child.#process.once('message', () => resolve())
      child.#process.once('exit', (code) => reject(new Error(`${script.pathname} ended with ${code}`)))
    })
    return child
  }

  /** Runs a command there. Rejects with that process's stack when it fails. */
  call<K extends keyof C & string>(
    command: K,
    ...input: Parameters<C[K]>
  ): Promise<Awaited<ReturnType<C[K]>>> {
    const id = ++this.#calls
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve: resolve as Waiting['resolve'], reject })
      this.#process.send({ id, command, input })
    })
  }

  /** Resolves when the process says something unasked. */
  heard(): Promise<void> {
    return new Promise((resolve) => (this.#heard = resolve))
  }
  /** Sends a signal, without waiting. */
  signal(name: NodeJS.Signals): void {
    this.#process.kill(name)
  }
  async end(): Promise<void> {
    this.#process.kill('SIGKILL')
    await this.#ended
  }

  #answered(message: unknown): void {
    const parsed = answerSchema.safeParse(message)
    if (!parsed.success) return this.#heard()
    const { id, result, failure } = parsed.data
    const waiting = this.#waiting.get(id)
    this.#waiting.delete(id)
    if (failure === undefined) waiting?.resolve(result)
    else waiting?.reject(new Error(failure))
  }
  #gone(): void {
    living.delete(this.#process)
    for (const { reject } of this.#waiting.values()) reject(new Error('the process has ended'))
    this.#waiting.clear()
  }
}
