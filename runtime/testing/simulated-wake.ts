/** Notifications between simulated processes: hints that may be lost, late or doubled. */
import { Unavailable } from '#runtime/errors.ts'
import type { Wake, WakeCall, WakeListener } from '#runtime/ports.ts'
import type { Life, SimulatedProcess } from './process.ts'
import type { World } from './world.ts'

interface Link {
  readonly process: SimulatedProcess
  readonly life: Life
  readonly listener: WakeListener
  up: boolean
}

const lateMaxMs = 4_000
const relinkMaxMs = 6_000
const retryMs = 100

export class Notifications {
  readonly #world: World
  #links: Link[] = []

  constructor(world: World) {
    this.#world = world
  }

  wakeFor(process: SimulatedProcess, life: Life): Wake {
    const { clock } = this.#world
    return {
      listen: (listener) =>
        new Promise((resolve) => {
          const link = { process, life, listener, up: false }
          if (!life.dead) clock.after(this.#travelMs(), () => resolve(this.#listen(link)), life)
        }),
      notify: (call) =>
        new Promise((resolve, reject) => {
          if (!life.dead) clock.after(this.#travelMs(), () => this.#notify(call, life, resolve, reject))
        }),
    }
  }

  /** Some links break: what is told meanwhile is missed, and they come up again later. */
  drop(share: number): void {
    for (const link of this.#links) {
      if (!link.up || this.#world.random() >= share) continue
      link.up = false
      this.#world.trace.add(link.process.name, 'link down')
      this.#world.clock.after(this.#world.random() * relinkMaxMs, () => this.#raise(link), link.life)
    }
  }

  raiseAll(): void {
    for (const link of this.#links) if (!link.up) this.#raise(link)
  }

  #listen(link: Link) {
    this.#links = [...this.#links.filter(({ life }) => !life.dead), link]
    this.#raise(link)
    return {
      stop: async () => {
        this.#links = this.#links.filter((other) => other !== link)
      },
    }
  }

  #raise(link: Link): void {
    if (link.up || link.life.dead || !this.#links.includes(link)) return
    if (this.#world.databaseDown) {
      this.#world.clock.after(retryMs, () => this.#raise(link), link.life)
      return
    }
    link.up = true
    this.#world.clock.after(this.#travelMs(), () => link.listener.listening(), link.life)
  }

  #notify(call: WakeCall, life: Life, resolve: () => void, reject: (error: Error) => void): void {
    const { clock, databaseDown, random, faults } = this.#world
    if (databaseDown || random() < faults.unavailable) {
      clock.after(this.#travelMs(), () => reject(new Unavailable('the notification was not taken')), life)
      return
    }
    for (const link of this.#links) if (link.up) this.#deliver(link, call)
    clock.after(this.#travelMs(), resolve, life)
  }

  #deliver(link: Link, call: WakeCall): void {
    const { clock, random, faults } = this.#world
    const copies = random() < faults.wakeLost ? 0 : random() < faults.wakeDoubled ? 2 : 1
    for (let copy = 0; copy < copies; copy += 1) {
      const ms = random() < faults.wakeLate ? random() * lateMaxMs : this.#travelMs()
      const task = (): void => {
        if (link.up) link.listener.woken(call)
      }
      clock.after(ms, task, link.life)
    }
  }

  #travelMs(): number {
    return this.#world.latencyMs * (0.5 + this.#world.random())
  }
}
