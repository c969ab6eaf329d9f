import type { Kind } from './definition.ts'
import type { Load } from './mailbox.ts'
import { Resident } from './resident.ts'
import { Unavailable } from './errors.ts'
import type { Store } from './ports.ts'

/** The actors in memory. Reads their states in batches, and puts idle ones to sleep. */
export class Residents {
  readonly #store: Store
  readonly load: Load = { waiting: 0 }
  readonly #byAddress = new Map<string, Resident>()
  readonly #waiting = new Map<Resident, () => void>()
  #sleeping: Resident[] = []
  #reading = 0
  #hand: Iterator<Resident> | undefined
  readonly #awake: (residents: readonly Resident[]) => void
  readonly #failed: (error: unknown) => Promise<void>

  constructor(
    store: Store,
    awake: (residents: readonly Resident[]) => void,
    failed: (error: unknown) => Promise<void>,
  ) {
    this.#store = store
    this.#awake = awake
    this.#failed = failed
  }

  get size() {
    return this.#byAddress.size
  }
  all(): MapIterator<Resident> {
    return this.#byAddress.values()
  }
  find(address: string) {
    return this.#byAddress.get(address)
  }
  /** The actor of that address, asleep where it was not in memory. */
  of(kind: Kind, key: string, shard: number): Resident {
    const address = `${kind.name}/${key}`
    const known = this.#byAddress.get(address)
    if (known) return known
    const resident = new Resident(kind, key, shard, this.load)
    this.#byAddress.set(address, resident)
    return resident
  }

  /** Reads an actor's state, together with all others that are asked for in the meantime. */
  rouse(resident: Resident) {
    if (resident.phase !== 'asleep') return
    resident.phase = 'loading'
    this.#sleeping.push(resident)
    if (this.#sleeping.length === 1 && this.#reading < 2) queueMicrotask(() => void this.#read())
  }

  /** The same, and waits for it. */
  roused(resident: Resident): Promise<void> {
    if (resident.phase === 'awake') return Promise.resolve()
    return new Promise((resolve) => {
      this.#waiting.set(resident, resolve)
      this.rouse(resident)
    })
  }

  /** Drops the actors that `which` picks, whatever they hold. */
  drop(which: (resident: Resident) => boolean): Resident[] {
    const dropped = [...this.#byAddress.values()].filter(which)
    for (const resident of dropped) {
      resident.era++
      this.#byAddress.delete(resident.address)
    }
    return dropped
  }

  /**
   * Puts idle actors to sleep: those not used since `before`, and any not seen lately while more than
   * `max` are awake. Looks at a bounded number a call, going round like the hand of a clock.
   */
  passivate(before: number, max: number, looksMax: number): number {
    let put = 0
    for (let look = 0; look < looksMax && this.#byAddress.size > 0; look++) {
      this.#hand ??= this.#byAddress.values()
      const { value: resident, done } = this.#hand.next()
      if (done) {
        this.#hand = undefined
        if (this.#byAddress.size <= max) break
        continue
      }
      const crowded = this.#byAddress.size > max && !resident.seen
      if (resident.idle && (resident.usedAt < before || crowded)) {
        this.#byAddress.delete(resident.address)
        put++
      }
      resident.seen = false
    }
    return put
  }

  async #read() {
    this.#reading++
    while (this.#sleeping.length > 0) {
      const batch = this.#sleeping.splice(0, 1000)
      try {
        await this.#wakeAll(batch)
      } catch (error) {
        await this.#notRead(batch, error)
      }
    }
    this.#reading--
  }

  /** What passes is waited out. Else one of them is the cause: it is found, and the others are read. */
  async #notRead(batch: readonly Resident[], error: unknown) {
    const asleep = batch.filter(({ phase }) => phase === 'loading')
    const [only] = asleep
    if (error instanceof Unavailable) {
      this.#sleeping.unshift(...asleep)
      await this.#failed(error)
    } else if (only && asleep.length === 1) this.#break(only, error)
    else
      for (const resident of asleep)
        await this.#wakeAll([resident]).catch((cause: unknown) => this.#notRead([resident], cause))
  }

  #break(resident: Resident, error: unknown) {
    resident.broken = error instanceof Error ? error : new Error(String(error))
    resident.wake(undefined)
    this.#awake([resident])
    this.#tell(resident)
  }

  async #wakeAll(batch: readonly Resident[]) {
    for (const [table, residents] of Map.groupBy(batch, ({ kind }) => kind.table)) {
      const actors = residents.map(({ kind, key }) => ({ kind: kind.name, key }))
      const rows = await this.#store.readStates(table === null ? { actors } : { table, actors })
      const byAddress = new Map(rows.map((row) => [`${row.kind}/${row.key}`, row]))
      for (const resident of residents)
        if (resident.phase === 'loading') resident.wake(byAddress.get(resident.address))
      this.#awake(residents)
      for (const resident of residents) this.#tell(resident)
    }
  }

  #tell(resident: Resident) {
    this.#waiting.get(resident)?.()
    this.#waiting.delete(resident)
  }
}
