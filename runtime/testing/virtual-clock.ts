/**
 * Time that passes only when events do. One clock drives a whole cluster: an event runs, everything
 * it set off in microtasks runs to its end, and only then comes the next event.
 */
import type { Random } from '#runtime/ports.ts'

/** What an event belongs to. The events of a dead owner never run, those of a paused one wait. */
export interface Owner {
  readonly dead: boolean
  /** Where the owner is paused: what is due meanwhile. */
  readonly held: VirtualEvent[] | null
}

export interface VirtualEvent {
  readonly at: number
  readonly tie: number
  readonly order: number
  readonly owner: Owner | null
  /** Null where it was taken back. */
  task: (() => void) | null
}

/** Captured before any test can replace them. */
const { setImmediate: letTheProcessBreathe, queueMicrotask: afterThis } = globalThis
const afterAllMicrotasks = process.nextTick.bind(process)
const eventsPerBreath = 2_000
/** More events than this at one instant are a loop without end. */
const eventsPerInstantMax = 100_000

export class VirtualClock {
  /** Virtual ms since the start. */
  now = 0
  /** Events run so far. */
  ran = 0
  /** Hears when something is to happen. */
  onScheduled: ((at: number) => void) | null = null
  readonly #random: Random
  readonly #heap: VirtualEvent[] = []
  #order = 0
  #atThisInstant = 0

  /** Events of the same instant run in an order that `random` decides. */
  constructor(random: Random) {
    this.#random = random
  }

  get pending(): number {
    return this.#heap.length
  }

  /** When the next event is due; infinite where nothing waits. */
  get nextAt(): number {
    this.#dropVoid()
    return this.#heap[0]?.at ?? Number.POSITIVE_INFINITY
  }

  /** Runs `task` at `at`, or now where that has passed. */
  at(at: number, task: () => void, owner: Owner | null = null): VirtualEvent {
    const event = { at: Math.max(at, this.now), tie: this.#random(), order: this.#order, owner, task }
    this.#order += 1
    this.#push(event)
    this.onScheduled?.(event.at)
    return event
  }

  after(ms: number, task: () => void, owner: Owner | null = null): VirtualEvent {
    return this.at(this.now + ms, task, owner)
  }

  /** Runs events until `done`, which is asked when nothing but events is left to run. */
  run(done: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const step = (): void => {
        try {
          if (done()) return resolve()
          if (!this.#runNext()) throw new Error('nothing is left to happen, and what was waited for has not')
        } catch (error) {
          return reject(error)
        }
        if (this.ran % eventsPerBreath === 0) letTheProcessBreathe(step)
        else afterThis(stepLater)
      }
      // Ticks run only when no microtask is left, so this comes after all that the event set off.
      const stepLater = (): void => afterAllMicrotasks(step)
      letTheProcessBreathe(step)
    })
  }

  /** Runs everything due up to `time`, and is then at `time`. */
  async runTo(time: number): Promise<void> {
    await this.run(() => this.nextAt > time)
    this.now = Math.max(this.now, time)
  }

  /** Runs one event; false where there is none. */
  #runNext(): boolean {
    this.#dropVoid()
    const event = this.#pop()
    if (!event) return false
    const { owner, task } = event
    this.#moveTo(event.at)
    this.ran += 1
    if (owner?.held) owner.held.push(event)
    else {
      event.task = null
      task?.()
    }
    return true
  }

  /** Takes away what was taken back, or whose owner is dead, from the front. */
  #dropVoid(): void {
    for (let first = this.#heap[0]; first && (!first.task || first.owner?.dead); first = this.#heap[0])
      this.#pop()
  }

  #moveTo(time: number): void {
    this.#atThisInstant = time > this.now ? 0 : this.#atThisInstant + 1
    if (this.#atThisInstant > eventsPerInstantMax)
      throw new Error('events follow events, and time stands still')
    this.now = time
  }

  #push(event: VirtualEvent): void {
    const heap = this.#heap
    let at = heap.length
    heap.push(event)
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!earlier(event, heap[parent] as VirtualEvent)) break
      heap[at] = heap[parent] as VirtualEvent
      at = parent
    }
    heap[at] = event
  }

  #pop(): VirtualEvent | undefined {
    const heap = this.#heap
    const first = heap[0]
    const last = heap.pop()
    if (!last || heap.length === 0) return first
    let at = 0
    for (let child = 1; child < heap.length; child = 2 * at + 1) {
      if (child + 1 < heap.length && earlier(heap[child + 1] as VirtualEvent, heap[child] as VirtualEvent))
        child += 1
      if (!earlier(heap[child] as VirtualEvent, last)) break
      heap[at] = heap[child] as VirtualEvent
      at = child
    }
    heap[at] = last
    return first
  }
}

function earlier(a: VirtualEvent, b: VirtualEvent): boolean {
  if (a.at !== b.at) return a.at < b.at
  return a.tie === b.tie ? a.order < b.order : a.tie < b.tie
}
