/**
 * The worker threads. One job at a time has a thread; a job can be helped by threads that have nothing else to do. A thread
 * that crashes, or does not listen, is ended without harm to the jobs on the others.
 *
 * Piscina owns the threads. The queue is here, because Piscina's stands still when a thread dies while it starts.
 */
import { Piscina } from 'piscina'
import { MessageChannel, type MessagePort } from 'node:worker_threads'
import { setTimeout as pause } from 'node:timers/promises'
import { messageOf } from '../exit-codes.ts'
import type { HelpTask, JobTask, MainSays, ThreadSays, ToolEnd } from './messages.ts'

export interface PoolSettings {
  readonly threads: number
  readonly threadMemoryMb: number
  readonly roots: readonly string[]
}

export interface PoolTask {
  readonly tool: string
  readonly params: unknown
  readonly attempt: number
}

/** Told in order; nothing comes after the end. */
export type Hear = (says: Exclude<ThreadSays, { type: 'help' | 'ended' }>) => void

export type PoolEnd =
  | { readonly how: 'returned'; readonly end: ToolEnd }
  | { readonly how: 'crashed'; readonly message: string }
  /** Told to stop, it did not, and its thread was ended. */
  | { readonly how: 'killed' }

export interface PoolJob {
  readonly ended: Promise<PoolEnd>
  /** Asks the tool to stop, and ends its thread if it has not after the grace. Asked again, the shorter grace counts. */
  stop(graceMs: number): void
}

const closeMs = 5_000
/** Nobody waits longer for a tool to stop by itself. */
const graceMaxMs = 3_600_000

interface Queued {
  run(): Promise<void>
  dropped(): boolean
}

export class Pool {
  readonly #piscina: Piscina
  readonly #settings: PoolSettings
  readonly #queue: Queued[] = []
  #busy = 0

  constructor(settings: PoolSettings) {
    this.#settings = settings
    this.#piscina = new Piscina({
      filename: new URL('./thread.ts', import.meta.url).href,
      minThreads: 1,
      maxThreads: settings.threads,
      // Otherwise an idle thread sleeps so deeply that it does not even close its ports.
      atomics: 'disabled',
      idleTimeout: 30_000,
      resourceLimits: { maxOldGenerationSizeMb: settings.threadMemoryMb },
    })
    // A thread that dies with nothing to do harms nobody; the next job gets another one.
    this.#piscina.on('error', () => {})
  }

  get threads(): number {
    return this.#settings.threads
  }
  get busy(): number {
    return this.#busy
  }
  get queued(): number {
    return this.#queue.length
  }

  /** Runs a tool as soon as a thread is free. */
  start(task: PoolTask, hear: Hear): PoolJob {
    const job = new Job(task, this.#settings, hear, {
      run: (name, input, port, signal) =>
        this.#piscina.run(input, { name, transferList: [port] as never, signal }) as Promise<void>,
      /** Help is for threads that have nothing else to do: it never waits for one. */
      help: (start) => {
        if (this.#busy >= this.threads || this.#queue.length > 0) return false
        void this.#occupy(start)
        return true
      },
    })
    this.#queue.push(job)
    this.#next()
    return job
  }

  #next(): void {
    while (this.#busy < this.threads) {
      const job = this.#queue.shift()
      if (!job) return
      if (!job.dropped()) void this.#occupy(() => job.run())
    }
  }

  async #occupy(run: () => Promise<void>): Promise<void> {
    this.#busy += 1
    await run()
    this.#busy -= 1
    this.#next()
  }

  /** Ends all threads, whatever they do. One that waits for a dead disk can't be ended by anybody, and is not waited for. */
  async close(): Promise<void> {
    this.#queue.length = 0
    const over = new AbortController()
    const patience = pause(closeMs, undefined, { signal: over.signal, ref: false }).catch(() => {})
    await Promise.race([this.#piscina.destroy(), patience])
    over.abort()
  }
}

interface Threads {
  run(
    name: 'runJob' | 'runHelp',
    input: JobTask | HelpTask,
    port: MessagePort,
    signal: AbortSignal,
  ): Promise<void>
  help(start: () => Promise<void>): boolean
}

class Job implements PoolJob {
  readonly ended: Promise<PoolEnd>
  readonly #end: (end: PoolEnd) => void
  readonly #task: PoolTask
  readonly #settings: PoolSettings
  readonly #hear: Hear
  readonly #threads: Threads
  readonly #kill = new AbortController()
  readonly #port: MessagePort
  readonly #theirs: MessagePort
  readonly #closed: Promise<void>
  #toolEnd: ToolEnd | undefined
  #crash: string | undefined
  #graceTimer: NodeJS.Timeout | undefined
  #killAt = Infinity
  #begun = false

  constructor(task: PoolTask, settings: PoolSettings, hear: Hear, threads: Threads) {
    this.#task = task
    this.#settings = settings
    this.#hear = hear
    this.#threads = threads
    const { port1, port2 } = new MessageChannel()
    this.#port = port1
    this.#theirs = port2
    this.#closed = new Promise((resolve) => port1.once('close', () => resolve()))
    port1.on('message', (says: ThreadSays) => this.#heard(says))
    const { promise, resolve } = Promise.withResolvers<PoolEnd>()
    this.ended = promise
    this.#end = resolve
  }

  dropped(): boolean {
    return this.#kill.signal.aborted
  }

  async run(): Promise<void> {
    this.#begun = true
    const { tool, params, attempt } = this.#task
    const { roots, threads } = this.#settings
    const input = { tool, params, attempt, roots, threads, port: this.#theirs }
    await this.#onThread('runJob', input)
    // The port closes after the last words; unless it never left, and closes here.
    this.#theirs.close()
    await this.#closed
    this.#finish()
  }

  stop(graceMs: number): void {
    const killAt = performance.now() + graceMs
    if (killAt >= this.#killAt) return
    this.#killAt = killAt
    this.#say({ type: 'stop' })
    clearTimeout(this.#graceTimer)
    if (this.#begun) this.#graceTimer = setTimeout(() => this.#kill.abort(), Math.min(graceMs, graceMaxMs))
    else {
      this.#kill.abort()
      this.#port.close()
      this.#finish()
    }
  }

  #finish(): void {
    clearTimeout(this.#graceTimer)
    if (this.#toolEnd) this.#end({ how: 'returned', end: this.#toolEnd })
    else if (this.#killAt < Infinity) this.#end({ how: 'killed' })
    else this.#end({ how: 'crashed', message: this.#crash ?? 'its thread ended without a word' })
  }

  #heard(says: ThreadSays): void {
    if (says.type === 'ended') this.#toolEnd = says.end
    else if (says.type === 'help') this.#help(says)
    else this.#hear(says)
  }

  #help({ id, unit, given, port }: Extract<ThreadSays, { type: 'help' }>): void {
    const input = { tool: this.#task.tool, unit, given, port }
    if (!this.#threads.help(() => this.#onThread('runHelp', input))) this.#say({ type: 'noHelp', id })
  }

  /** Whatever ends a thread of the job too early ends all of its threads: its result would be wrong. */
  async #onThread(name: 'runJob' | 'runHelp', input: JobTask | HelpTask): Promise<void> {
    try {
      await this.#threads.run(name, input, input.port, this.#kill.signal)
    } catch (error) {
      this.#crash ??= crashOf(error)
      this.#kill.abort()
    }
  }

  #say(says: MainSays): void {
    this.#port.postMessage(says)
  }
}

function crashOf(error: unknown): string {
  const { code } = error as { code?: string }
  if (code === 'ERR_WORKER_OUT_OF_MEMORY')
    return 'its thread ran out of memory; more can be given with --thread-memory-mb'
  return `its thread crashed: ${messageOf(error)}`
}
