/**
 * A cluster in one thread: processes on one virtual clock, one database in memory, and faults between
 * them, all decided by one seed.
 */
import { seededRandom } from '#runtime/random.ts'
import type { Clock, Random, Scheduler, Store, Wake } from '#runtime/ports.ts'
import { type Faults, noFaults } from './faults.ts'
import { MemoryDatabase } from './memory/database.ts'
import { operationsOn } from './memory/store.ts'
import type { SqlModel } from './memory/sql.ts'
import { epochMs, type Life, SimulatedProcess } from './process.ts'
import { simulatedStore } from './simulated-store.ts'
import { Notifications } from './simulated-wake.ts'
import { Trace } from './trace.ts'
import { VirtualClock } from './virtual-clock.ts'

/** What a program gets of the world. */
export interface Ports {
  readonly name: string
  readonly store: Store
  readonly wake: Wake
  readonly clock: Clock
  readonly scheduler: Scheduler
  readonly random: Random
}

export interface WorldOptions {
  readonly seed: number
  readonly shards?: number
  readonly faults?: Faults
  /** One way to the database; half or half as much again by chance. */
  readonly latencyMs?: number
  /** How long at most a process takes to come to its next task. */
  readonly jitterMs?: number
  readonly sqlModel?: SqlModel
  /** Starts a process; called anew after each crash. Where it throws, it is called again. */
  readonly boot: (ports: Ports, process: SimulatedProcess, life: Life) => Promise<void>
}

const restartMaxMs = 4_000
const pauseMaxMs = 40_000
const downMaxMs = 4_000

export class World {
  readonly random: Random
  readonly clock: VirtualClock
  readonly database: MemoryDatabase
  readonly trace: Trace
  readonly notifications: Notifications
  readonly processes: SimulatedProcess[] = []
  readonly latencyMs: number
  faults: Faults
  /** Raised when the database restarts: links of an earlier life are broken. */
  databaseLife = 1
  databaseDown = false
  readonly #boot: WorldOptions['boot']
  /** Processes that are to run: a crash of one of them is followed by its restart. */
  readonly #wanted = new Set<SimulatedProcess>()
  readonly #jitterMs: number
  #era = 0

  constructor({
    seed,
    shards = 32,
    faults = noFaults,
    latencyMs = 0.5,
    jitterMs = 0.02,
    sqlModel,
    boot,
  }: WorldOptions) {
    this.random = seededRandom(seed)
    this.clock = new VirtualClock(seededRandom(seed ^ 0x5bd1e995))
    this.trace = new Trace(() => this.clock.now)
    this.database = new MemoryDatabase({
      now: () => Math.floor(epochMs + this.clock.now),
      shards,
      ...(sqlModel && { sqlModel }),
    })
    this.notifications = new Notifications(this)
    this.latencyMs = latencyMs
    this.#jitterMs = jitterMs
    this.faults = faults
    this.#boot = boot
  }

  addProcess(name: string): SimulatedProcess {
    const process = new SimulatedProcess(
      name,
      this.clock,
      Math.floor(this.random() * 2 ** 32),
      this.#jitterMs,
    )
    const { skewMaxMs, driftMax } = this.faults
    process.setClock((2 * this.random() - 1) * skewMaxMs, (2 * this.random() - 1) * driftMax)
    this.processes.push(process)
    return process
  }

  start(process: SimulatedProcess): void {
    this.#wanted.add(process)
    const life = process.begin()
    this.trace.add(process.name, 'starts')
    this.clock.after(0, () => void this.#bootIn(process, life), life)
  }

  /** The process has ended by itself: it is not started again. */
  ended(process: SimulatedProcess): void {
    this.#wanted.delete(process)
    process.crash()
    this.trace.add(process.name, 'ended')
  }

  crash(process: SimulatedProcess, why: string): void {
    if (!process.life) return
    this.trace.add(process.name, 'crashes', '', why)
    process.crash()
    this.clock.after(this.random() * restartMaxMs, () => this.#startAgain(process))
  }

  crashLife(process: SimulatedProcess, life: Life, why: string): void {
    if (process.life === life) this.crash(process, why)
  }

  pause(process: SimulatedProcess, ms: number): void {
    if (!process.runs) return
    this.trace.add(process.name, 'pauses', '', Math.round(ms))
    process.pause(ms)
  }

  /** Everything under way is broken off, and for a while nothing gets through. */
  restartDatabase(): void {
    if (this.databaseDown) return
    this.trace.add('database', 'goes down')
    this.databaseLife += 1
    this.databaseDown = true
    this.notifications.drop(1)
    this.clock.after(this.random() * downMaxMs, () => this.#databaseUp())
  }

  /** Lets what happens by itself begin. */
  startFaults(): void {
    const { faults } = this
    this.#every(faults.crashEveryMs, () => this.crash(this.#anyOf(this.processes), 'by itself'))
    this.#every(faults.pauseEveryMs, () =>
      this.pause(this.#anyOf(this.processes), this.random() ** 2 * pauseMaxMs),
    )
    this.#every(faults.databaseRestartEveryMs, () => this.restartDatabase())
    this.#every(faults.linkDropEveryMs, () => this.notifications.drop(this.random()))
  }

  /** From here on nothing goes wrong any more, and whatever should run does. */
  heal(): void {
    this.trace.add('world', 'heals')
    this.faults = noFaults
    this.#era += 1
    if (this.databaseDown) this.#databaseUp()
    for (const process of this.processes) {
      process.resume()
      this.#startAgain(process)
    }
    this.notifications.raiseAll()
  }

  #every(meanMs: number, task: () => void): void {
    if (meanMs === Number.POSITIVE_INFINITY) return
    const era = this.#era
    this.clock.after(-Math.log(1 - this.random()) * meanMs, () => {
      if (era !== this.#era) return
      task()
      this.#every(meanMs, task)
    })
  }

  async #bootIn(process: SimulatedProcess, life: Life): Promise<void> {
    try {
      await this.#boot(this.#portsFor(process, life), process, life)
    } catch (error) {
      if (life.dead) return
      this.crash(process, `start failed: ${String(error)}`)
    }
  }

  #portsFor(process: SimulatedProcess, life: Life): Ports {
    return {
      name: process.name,
      store: simulatedStore(this, process, life, operationsOn(this.database)),
      wake: this.notifications.wakeFor(process, life),
      clock: process.clockFor(life),
      scheduler: process.schedulerFor(life),
      random: process.random,
    }
  }

  #startAgain(process: SimulatedProcess): void {
    if (!process.life && this.#wanted.has(process)) this.start(process)
  }

  #databaseUp(): void {
    if (!this.databaseDown) return
    this.databaseDown = false
    this.trace.add('database', 'is up')
  }

  #anyOf(processes: readonly SimulatedProcess[]): SimulatedProcess {
    return processes[Math.floor(this.random() * processes.length)] as SimulatedProcess
  }
}
