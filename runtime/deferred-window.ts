/**
 * The put-off messages and timers of this node's shards, the earliest of them in memory. Only the
 * owner of a shard writes its put-off mail, so the window can't miss one; nothing polls.
 */
import { idOf } from './mailbox.ts'
import { type Deferred, type MailId, timerOf, timerReasons } from './message.ts'
import type { Clock, Store } from './ports.ts'

interface Entry {
  readonly deferred: Deferred
  /** Taken back, or its shard is gone. */
  void: boolean
  fired: boolean
}

export class DeferredWindow {
  readonly #store: Store
  readonly #clock: Clock
  readonly #max: number
  readonly #dbNow: () => number
  readonly #fire: (deferred: Deferred) => void
  readonly #failed: (error: unknown) => Promise<void>
  /** A heap by due time. */
  #heap: Entry[] = []
  readonly #byId = new Map<string, Entry>()
  readonly #byTimer = new Map<string, Entry>()
  /** Everything due before it is in memory. */
  #horizon = Number.POSITIVE_INFINITY
  #shards: readonly number[] = []
  #era = 0
  /** While a read is under way: what happened meanwhile, to be applied to what it brings. */
  #meanwhile: (() => void)[] | null = null
  #disarm: (() => void) | undefined
  #armedFor = Number.POSITIVE_INFINITY

  constructor(parts: {
    store: Store
    clock: Clock
    max: number
    dbNow: () => number
    fire: (deferred: Deferred) => void
    failed: (error: unknown) => Promise<void>
  }) {
    this.#store = parts.store
    this.#clock = parts.clock
    this.#max = parts.max
    this.#dbNow = parts.dbNow
    this.#fire = parts.fire
    this.#failed = parts.failed
  }

  /** Put-off messages in memory. */
  get size() {
    return this.#heap.length
  }

  /** The shards have changed, or rows were changed behind the window's back: reads it anew. */
  reset(shards: readonly number[]) {
    const kept = new Set(shards)
    this.#shards = shards
    this.#heap = []
    for (const [id, entry] of this.#byId) {
      if (entry.fired && kept.has(entry.deferred.shard)) continue
      entry.void = true
      this.#byId.delete(id)
    }
    this.#byTimer.clear()
    this.#era++
    this.#horizon = Number.NEGATIVE_INFINITY
    void this.#refill()
  }

  /** A row that was just committed. */
  add(deferred: Deferred) {
    this.#meanwhile?.push(() => this.add(deferred))
    if (deferred.due >= this.#horizon) return
    this.#insert(deferred)
    if (this.#heap.length > 2 * this.#max) this.#shrink()
    this.#arm()
  }

  /** A timer that was just taken back or replaced, whether it waits for its time or for another attempt. */
  cancel(kind: string, key: string, name: string) {
    this.#meanwhile?.push(() => this.cancel(kind, key, name))
    for (const reason of timerReasons) this.#void(this.#byTimer.get(timerOf({ kind, key }, name, reason)))
  }

  /** A row that was just settled. */
  settle(id: MailId) {
    this.#meanwhile?.push(() => this.settle(id))
    this.#void(this.#byId.get(idOf(id)))
  }

  /** A fired message that could not be used: it fires again. */
  again(deferred: Deferred, inMs: number) {
    const entry = this.#byId.get(idOf(deferred))
    if (!entry) return
    this.#clock.after(inMs, () => {
      if (!entry.void) this.#fire(deferred)
    })
  }

  stop() {
    this.#era++
    this.#disarm?.()
    this.#heap = []
    this.#shards = []
  }

  #insert(deferred: Deferred) {
    const id = idOf(deferred)
    if (this.#byId.has(id)) return
    const entry: Entry = { deferred, void: false, fired: false }
    this.#byId.set(id, entry)
    const { name, reason } = deferred
    if (name !== null) this.#byTimer.set(timerOf(deferred, name, reason), entry)
    push(this.#heap, entry)
  }
  #void(entry: Entry | undefined) {
    if (!entry) return
    entry.void = true
    this.#forget(entry)
  }
  #forget(entry: Entry) {
    const { name, reason } = entry.deferred
    this.#byId.delete(idOf(entry.deferred))
    if (name === null) return
    const timer = timerOf(entry.deferred, name, reason)
    if (this.#byTimer.get(timer) === entry) this.#byTimer.delete(timer)
  }

  /** Fires what is due, then waits for the next. */
  #due() {
    this.#disarm = undefined
    this.#armedFor = Number.POSITIVE_INFINITY
    const now = this.#dbNow()
    for (
      let entry = this.#heap[0];
      entry && (entry.void || entry.deferred.due <= now);
      entry = this.#heap[0]
    ) {
      pop(this.#heap)
      if (entry.void) continue
      entry.fired = true
      this.#fire(entry.deferred)
    }
    if (this.#heap.length < this.#max / 4) void this.#refill()
    this.#arm()
  }

  #arm() {
    // While a read is under way, the horizon is about to move.
    const horizon = this.#meanwhile ? Number.POSITIVE_INFINITY : this.#horizon
    const due = Math.min(this.#heap[0]?.deferred.due ?? Number.POSITIVE_INFINITY, horizon)
    if (due === this.#armedFor || due === Number.POSITIVE_INFINITY) return
    if (due === Number.NEGATIVE_INFINITY) return
    this.#disarm?.()
    this.#armedFor = due
    // Long waits are cut: a process's timer holds at most 24.8 days.
    const ms = Math.min(Math.max(0, due - this.#dbNow()), 86_400_000)
    this.#disarm = this.#clock.after(ms, () => this.#due())
  }

  async #refill(limit = this.#max): Promise<void> {
    if (this.#meanwhile || this.#horizon === Number.POSITIVE_INFINITY || this.#shards.length === 0) return
    const era = this.#era
    const from = this.#horizon
    let full = false
    this.#meanwhile = []
    try {
      const rows = await this.#store.readDeferred({ shards: this.#shards, from, limit })
      full = rows.length === limit
      if (era === this.#era) this.#take(rows, full)
    } catch (error) {
      await this.#failed(error)
    }
    this.#catchUp()
    if (era !== this.#era || this.#horizon === Number.NEGATIVE_INFINITY) return this.#refill()
    // More of one instant than a read holds: only a larger one gets past it.
    if (full && this.#horizon === from) return this.#refill(2 * limit)
    this.#arm()
  }

  /** A full read ends at a due time that may go on behind it: that time is the new horizon. */
  #take(rows: readonly Deferred[], full: boolean) {
    this.#horizon = full ? (rows.at(-1) as Deferred).due : Number.POSITIVE_INFINITY
    for (const row of rows) if (row.due < this.#horizon) this.#insert(row)
  }

  #catchUp() {
    const meanwhile = this.#meanwhile ?? []
    this.#meanwhile = null
    for (const apply of meanwhile) apply()
  }

  #shrink() {
    const sorted = this.#heap.filter((entry) => !entry.void).sort((a, b) => a.deferred.due - b.deferred.due)
    const cut = sorted[this.#max]
    if (!cut) return
    this.#horizon = cut.deferred.due
    this.#heap = []
    for (const entry of sorted) {
      if (entry.deferred.due < this.#horizon) push(this.#heap, entry)
      else this.#forget(entry)
    }
  }
}

function earlier({ deferred: a }: Entry, { deferred: b }: Entry): boolean {
  return a.due - b.due < 0 || (a.due === b.due && (a.lane - b.lane || a.seq - b.seq) < 0)
}

function push(heap: Entry[], entry: Entry) {
  let at = heap.length
  heap.push(entry)
  while (at > 0) {
    const parent = (at - 1) >> 1
    if (!earlier(entry, heap[parent] as Entry)) break
    heap[at] = heap[parent] as Entry
    at = parent
  }
  heap[at] = entry
}

function pop(heap: Entry[]) {
  const last = heap.pop() as Entry
  if (heap.length === 0) return
  let at = 0
  for (;;) {
    let child = 2 * at + 1
    if (child >= heap.length) break
    if (child + 1 < heap.length && earlier(heap[child + 1] as Entry, heap[child] as Entry)) child++
    if (!earlier(heap[child] as Entry, last)) break
    heap[at] = heap[child] as Entry
    at = child
  }
  heap[at] = last
}
