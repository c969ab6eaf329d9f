/**
 * Shares the items of a job out over the threads that have nothing else to do. The job's own thread always works too, so
 * it gets done with no help at all; and each piece of help is short, so another job never waits long for a thread.
 */
import { MessageChannel, type MessagePort } from 'node:worker_threads'
import { setImmediate as turn } from 'node:timers/promises'
import type { Unit } from '../tools/unit.ts'
import { workThrough } from '../tools/unit.ts'
import type { HelpSays, HelpWanted } from './messages.ts'

/** How long a thread works on its own before it looks up. */
export const helpMs = 50
const ownMs = 20
const itemsMax = 1_000
/** No thread was free: it is asked again after so long. */
const askAgainMs = 100

/** One item can take long, a huge folder on a slow disk: somebody has to say that it goes on. */
const aliveEveryMs = 1_000

/** Calls back at the first call of each second. */
export function everySoOften(call: () => void): () => void {
  let calledAt = performance.now()
  return () => {
    if (performance.now() - calledAt < aliveEveryMs) return
    calledAt = performance.now()
    call()
  }
}

export interface Helpers {
  readonly threads: number
  checkStop(): void
  /** Asks for a thread that works on what comes through the port. */
  ask(id: number, port: MessagePort): void
}

export class Sharing<Item, Part> {
  readonly #unit: Unit<Item, Part>
  #items: Item[]
  readonly #helpers: Helpers
  readonly #whole: Part
  readonly #told: (whole: Part) => void
  readonly #away = new Map<number, { readonly items: Item[]; readonly port: MessagePort }>()
  #lastId = 0
  #askFrom = 0
  #wake = () => {}

  constructor(unit: Unit<Item, Part>, items: readonly Item[], told: (whole: Part) => void, helpers: Helpers) {
    this.#unit = unit
    this.#items = [...items]
    this.#helpers = helpers
    this.#whole = unit.empty()
    this.#told = told
  }

  async run(): Promise<Part> {
    const alive = everySoOften(() => this.#told(this.#whole))
    const checkStop = () => {
      this.#helpers.checkStop()
      alive()
    }
    try {
      while (this.#items.length > 0 || this.#away.size > 0) {
        checkStop()
        this.#shareOut()
        if (this.#items.length > 0) this.#take(workThrough(this.#unit, this.#items, ownMs, checkStop))
        else await new Promise<void>((wake) => (this.#wake = wake))
        await turn()
      }
      return this.#whole
    } finally {
      for (const { port } of this.#away.values()) {
        port.postMessage({ stop: true } satisfies HelpWanted)
        port.close()
      }
    }
  }

  /** The job is to stop: whoever waits looks up. */
  wake(): void {
    this.#wake()
  }

  /** There is no thread for it now: the items come back. */
  refused(id: number): void {
    const help = this.#away.get(id)
    if (!help) return
    this.#away.delete(id)
    help.port.close()
    this.#items = this.#items.concat(help.items)
    this.#askFrom = performance.now() + askAgainMs
    this.#wake()
  }

  /** The oldest items are given away: they lead to the most. */
  #shareOut(): void {
    const { threads } = this.#helpers
    while (this.#items.length > 1 && this.#away.size < threads - 1 && performance.now() >= this.#askFrom) {
      const share = Math.min(itemsMax, Math.ceil(this.#items.length / threads))
      this.#giveAway(this.#items.splice(0, share))
    }
  }

  #giveAway(items: Item[]): void {
    const id = ++this.#lastId
    const { port1: port, port2: theirs } = new MessageChannel()
    this.#away.set(id, { items, port })
    port.on('message', (says: HelpSays) => {
      if ('alive' in says) return this.#told(this.#whole)
      this.#away.delete(id)
      port.close()
      this.#items = (says.left as Item[]).concat(this.#items)
      this.#take(says.part as Part)
      this.#wake()
    })
    port.postMessage({ items } satisfies HelpWanted)
    this.#helpers.ask(id, theirs)
  }

  #take(part: Part): void {
    this.#unit.merge(this.#whole, part)
    this.#told(this.#whole)
  }
}
