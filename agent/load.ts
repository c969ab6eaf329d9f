/** How the agent and its machine are doing: told with every heartbeat. */
import { availableParallelism, cpus, freemem, totalmem } from 'node:os'
import { setTimeout as pause } from 'node:timers/promises'
import type * as z from 'zod'
import type { Probe } from '#specs/agent-link.ts'
import type { Load } from '#specs/agents.ts'
import type { Disks } from './disks.ts'
import { Lag } from './lag.ts'

interface Threads {
  readonly threads: number
  readonly busy: number
  readonly queued: number
}

export class LoadMeter {
  readonly #lag = new Lag()
  readonly #lagOfChecks = new Lag()
  readonly #pool: Threads
  readonly #disks: Pick<Disks, 'latest'>
  #cpu = cpuTimes()
  #latest: Load | undefined

  constructor(pool: Threads, disks: Pick<Disks, 'latest'>) {
    this.#pool = pool
    this.#disks = disks
  }

  /** The last reading, so that whoever looks takes nothing from the next one. */
  get latest(): Load {
    return this.#latest ?? this.read()
  }

  /** Since the last reading. */
  read(): Load {
    const { threads, busy, queued } = this.#pool
    this.#latest = {
      cpuPercent: this.#cpuPercent(),
      memoryPercent: percent(1 - freemem() / totalmem()),
      loopLagMs: this.#lag.takeMs(),
      threads,
      busyThreads: busy,
      queued,
      disks: [...this.#disks.latest],
    }
    return this.#latest
  }

  /** The answer to a check: how it has been since the one before. */
  async checked(): Promise<z.infer<typeof Probe>> {
    // After a standstill the question may be read before the timers have noticed how late they are.
    await pause(1)
    const { threads, busy } = this.#pool
    return { loopLagMs: this.#lagOfChecks.takeMs(), busyThreads: busy, threads }
  }

  stop(): void {
    this.#lag.stop()
    this.#lagOfChecks.stop()
  }

  #cpuPercent(): number {
    const now = cpuTimes()
    const before = this.#cpu
    this.#cpu = now
    return now.all === before.all ? 0 : percent(1 - (now.idle - before.idle) / (now.all - before.all))
  }
}

function percent(share: number): number {
  return Math.min(100, Math.max(0, Math.round(share * 100)))
}

function cpuTimes(): { idle: number; all: number } {
  const times = cpus().map((core) => core.times)
  const idle = times.reduce((sum, time) => sum + time.idle, 0)
  return { idle, all: times.reduce((sum, { user, nice, sys, irq }) => sum + user + nice + sys + irq, idle) }
}

/** One core is left to whoever sits at the machine, and to the main thread. */
export function usualThreads(slots: number): number {
  return Math.min(64, Math.max(1, slots, availableParallelism() - 1))
}
