/**
 * One process of a simulated cluster: it can be killed at any instant, stopped and continued, and
 * started again. Whatever belonged to a life that has ended never happens.
 */
import { seededRandom } from '#runtime/random.ts'
import type { Clock, Random, Scheduler } from '#runtime/ports.ts'
import type { VirtualClock, VirtualEvent } from './virtual-clock.ts'

/** From one start of a process to its end. */
export class Life {
  dead = false
  held: VirtualEvent[] | null = null
  /** Resolves when it ends. */
  readonly ended: Promise<void>
  readonly #end: () => void

  constructor() {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.ended = promise
    this.#end = resolve
  }

  end(): void {
    this.dead = true
    this.held = null
    this.#end()
  }
}

/** Where virtual time starts, for those who look at the calendar. */
export const epochMs = Date.UTC(2030, 0, 1)
/** As Node's own timers. */
const timerMinMs = 1

export class SimulatedProcess {
  readonly name: string
  readonly random: Random
  readonly #clock: VirtualClock
  #life: Life | null = null
  #skewMs = 0
  #rate = 1
  #lastSoon = 0
  readonly #jitterMs: number

  constructor(name: string, clock: VirtualClock, seed: number, jitterMs: number) {
    this.#jitterMs = jitterMs
    this.name = name
    this.#clock = clock
    this.random = seededRandom(seed)
  }

  get life(): Life | null {
    return this.#life
  }
  /** Neither dead nor standing still. */
  get runs(): boolean {
    return this.#life !== null && this.#life.held === null
  }
  get paused(): boolean {
    return this.#life !== null && this.#life.held !== null
  }

  begin(): Life {
    this.crash()
    this.#life = new Life()
    return this.#life
  }

  /** As kill -9. */
  crash(): void {
    this.#life?.end()
    this.#life = null
  }

  /** As SIGSTOP, and SIGCONT after `ms`. */
  pause(ms: number): void {
    const life = this.#life
    if (!life || life.held) return
    life.held = []
    this.#clock.after(ms, () => this.#resume(life))
  }
  resume(): void {
    if (this.#life) this.#resume(this.#life)
  }

  /** Its clock is `skewMs` off, and gains `drift` of every ms that passes. */
  setClock(skewMs: number, drift: number): void {
    this.#skewMs = skewMs
    this.#rate = 1 + drift
  }

  clockFor(life: Life): Clock {
    return {
      now: () => Math.floor(epochMs + this.#skewMs + this.#clock.now * this.#rate),
      after: (ms, task) => {
        if (life.dead) return () => {}
        const event = this.#clock.after(Math.max(timerMinMs, ms) / this.#rate, task, life)
        return () => {
          event.task = null
        }
      },
    }
  }

  /** In order within the process, in any order among processes. */
  schedulerFor(life: Life): Scheduler {
    return {
      soon: (task) => {
        if (life.dead) return
        this.#lastSoon = Math.max(this.#lastSoon + 1e-6, this.#clock.now + this.random() * this.#jitterMs)
        this.#clock.at(this.#lastSoon, task, life)
      },
    }
  }

  #resume(life: Life): void {
    const held = life.held ?? []
    life.held = null
    for (const [order, event] of held.entries()) this.#clock.after(order * 1e-6, () => event.task?.(), life)
  }
}
