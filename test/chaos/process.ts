/** The parent's side of a process with a node in it. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { runSettings } from '../support/run.ts'
import { until } from './until.ts'
import type { Failure, NodeCommands, OpenOptions, Told } from './node-process.ts'

type Answer<K extends keyof NodeCommands> = Awaited<ReturnType<NodeCommands[K]>>
type Waiting = { readonly resolve: (result: unknown) => void; readonly reject: (error: Error) => void }

const logLinesMax = 40
const stopMaxMs = 12_000
const living = new Set<ChildProcess>()

/** A call that the node refused, or that its process did not live to answer. */
export class CallFailed extends Error {
  readonly failure: Failure

  constructor(failure: Failure) {
    super(`${failure.error}: ${failure.message}`)
    this.failure = failure
  }
}

export class NodeProcess {
  readonly options: OpenOptions
  readonly exited: Promise<void>
  /** Its incarnations, the latest last. */
  readonly incarnations: number[] = []
  fenced = 0
  /** How many shards it has opened. */
  shards = 0
  paused = false
  ended = false
  readonly log: string[] = []
  readonly #process: ChildProcess
  readonly #waiting = new Map<number, Waiting>()
  #calls = 0
  #joined: (() => void)[] = []

  opened = false

  constructor(options: OpenOptions) {
    this.options = options
    const env = runSettings().environment as NodeJS.ProcessEnv
    this.#process = fork(new URL('./node-process.ts', import.meta.url), {
      stdio: ['ignore', 2, 2, 'ipc'],
      env,
    })
    living.add(this.#process)
    this.#process.on('message', (told) => this.#heard(told as Told))
    this.#process.on('error', () => {})
    this.exited = once(this.#process, 'exit').then(() => this.#gone())
  }

  /** Starts the node; resolves when it has joined. */
  async open(): Promise<void> {
    const incarnation = await this.call('open', this.options)
    if (incarnation !== null && this.incarnation === 0) this.incarnations.push(incarnation)
    this.opened = true
  }
  get incarnation(): number {
    return this.incarnations.at(-1) ?? 0
  }

  /** Has the node do something. Rejects with CallFailed. */
  call<K extends keyof NodeCommands>(command: K, ...input: Parameters<NodeCommands[K]>): Promise<Answer<K>> {
    const id = ++this.#calls
    return new Promise((resolve, reject) => {
      if (this.ended) return reject(processEnded())
      this.#waiting.set(id, { resolve: resolve as Waiting['resolve'], reject })
      this.#process.send({ id, command, input }, () => {})
    })
  }

  /** Resolves when the node has joined again. */
  joinsAgain(): Promise<void> {
    return new Promise((resolve) => this.#joined.push(resolve))
  }
  pause(): void {
    this.paused = true
    this.#process.kill('SIGSTOP')
  }
  goOn(): void {
    this.paused = false
    this.#process.kill('SIGCONT')
  }
  async kill(): Promise<void> {
    this.#process.kill('SIGKILL')
    await this.exited
  }
  /** Stops the node in good order, and ends its process when every call is answered. One that doesn't stop is killed. */
  async stop(): Promise<void> {
    let stopped = false
    void this.call('stop')
      .catch(() => {})
      .then(() => (stopped = true))
    try {
      await until('the node stops', () => stopped, { withinMs: stopMaxMs, told: () => this.log.join('\n') })
      this.opened = false
      await until('every call is answered', () => this.#waiting.size === 0, { withinMs: stopMaxMs })
    } catch (error) {
      await this.kill()
      throw error
    }
    if (this.#process.connected) this.#process.disconnect()
    await this.exited
  }

  #heard(told: Told) {
    if ('log' in told) return this.#logged(told.log)
    if ('shards' in told) return void (this.shards = told.shards)
    if ('event' in told) return this.#happened(told.event, told.incarnation)
    const waiting = this.#waiting.get(told.id)
    this.#waiting.delete(told.id)
    if (told.failure) waiting?.reject(new CallFailed(told.failure))
    else waiting?.resolve(told.result)
  }
  #logged(line: string) {
    this.log.push(line)
    if (this.log.length > logLinesMax) this.log.shift()
  }
  #happened(event: 'fenced' | 'joined', incarnation: number) {
    if (event === 'fenced') this.fenced++
    if (event !== 'joined') return
    this.incarnations.push(incarnation)
    for (const resolve of this.#joined.splice(0)) resolve()
  }
  #gone() {
    this.ended = true
    living.delete(this.#process)
    for (const { reject } of this.#waiting.values()) reject(processEnded())
    this.#waiting.clear()
  }
}

/** Ends every process that a failed spec has left. */
export function killLeftProcesses(): void {
  for (const child of living) child.kill('SIGKILL')
}

function processEnded(): CallFailed {
  return new CallFailed({ error: 'ProcessEnded', code: null, message: 'the process has ended' })
}
