/** How the agent and its machine are doing: told with every heartbeat. */
import { availableParallelism, cpus, freemem, totalmem } from 'node:os'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { Load } from '#specs/agents.ts'

interface Threads {
  readonly threads: number
  readonly busy: number
  readonly queued: number
}

const lagResolutionMs = 10

export class LoadMeter {
  readonly #lag = monitorEventLoopDelay({ resolution: lagResolutionMs })
  readonly #pool: Threads
  #cpu = cpuTimes()
  #latest: Load | undefined

  constructor(pool: Threads) {
    this.#pool = pool
    this.#lag.enable()
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
      loopLagMs: this.#takeLag(),
      threads,
      busyThreads: busy,
      queued,
    }
    return this.#latest
  }

  lagMs(): number {
    return lateMs(this.#lag.max)
  }

  stop(): void {
    this.#lag.disable()
  }

  #takeLag(): number {
    const late = this.lagMs()
    this.#lag.reset()
    return late
  }

  #cpuPercent(): number {
    const now = cpuTimes()
    const before = this.#cpu
    this.#cpu = now
    return now.all === before.all ? 0 : percent(1 - (now.idle - before.idle) / (now.all - before.all))
  }
}

function lateMs(nanoseconds: number): number {
  return Math.max(0, Math.round(nanoseconds / 1e6 - lagResolutionMs) || 0)
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
