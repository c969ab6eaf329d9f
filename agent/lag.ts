/** How late the main thread's timers were at the most, since that was asked last. */
import { monitorEventLoopDelay } from 'node:perf_hooks'

const resolutionMs = 10

export class Lag {
  readonly #monitor = monitorEventLoopDelay({ resolution: resolutionMs })

  constructor() {
    this.#monitor.enable()
  }

  takeMs(): number {
    const ms = Math.max(0, Math.round(this.#monitor.max / 1e6 - resolutionMs) || 0)
    this.#monitor.reset()
    return ms
  }

  stop(): void {
    this.#monitor.disable()
  }
}
