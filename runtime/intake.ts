/**
 * Reads the mail of this node's shards. Every sending node commits one group at a time, so its lane
 * is in order, and a position per lane is exact: nothing before it can still appear.
 *
 *   taken -> loading -> open -> closing -> gone
 *
 * A shard that is loading runs already what has been read; what this node itself commits for it meanwhile
 * is kept aside, because it may be read as well.
 */
import type { Deferred, Mail } from './message.ts'
import type { Position, ShardLoad, Store } from './ports.ts'

type Lanes = Map<number, number>
type ShardState =
  | { readonly phase: 'loading'; readonly aside: Mail[] }
  | { readonly phase: 'open' }
  | { readonly phase: 'closing' }

/** Shards that are being read from the start, and how far. */
interface Loading {
  readonly shards: Set<number>
  readonly after: Lanes
  begun: boolean
}

export interface IntakeParts {
  readonly store: Store
  readonly incarnation: number
  readonly readMax: number
  readonly windowMax: number
  /** Messages in memory. */
  waiting(): number
  /** `admitted`: it has its place in the mailbox, however full that is. */
  deliver(mail: Mail, admitted: boolean): void
  /** An answer for one of this node's own asks. */
  letter(mail: Mail): void
  /** A message that waits for another attempt: what its sender sent later waits behind it. */
  hold(retry: Deferred): void
  /** The last owner of these shards ended without handing over: what it had under way is suspect. */
  crashed(shards: readonly number[]): void
  /** Shards are read to their end. */
  opened(shards: readonly number[]): void
  failed(error: unknown): Promise<void>
}

export class Intake {
  readonly #parts: IntakeParts
  readonly #states = new Map<number, ShardState>()
  /** How far every open shard has been read, per lane. */
  readonly #read: Lanes = new Map()
  /** Shards that were read further than that when they were loaded, and the positions they share. */
  readonly #ahead = new Map<number, Lanes>()
  readonly #positionsAhead = new Set<Lanes>()
  readonly #eras = new Map<number, number>()
  readonly #toLoad = new Set<number>()
  #loading: Loading | null = null
  #roomAgain: () => void = () => {}
  #allOpen: PromiseWithResolvers<void> | null = null
  #wanted = false
  #full = false
  #running = false
  #stopped = false
  reads = 0

  constructor(parts: IntakeParts) {
    this.#parts = parts
  }

  /** Shards this node has, in whatever state. */
  get shards(): readonly number[] {
    return [...this.#states.keys()]
  }
  get openShards(): readonly number[] {
    return [...this.#states].filter(([, { phase }]) => phase === 'open').map(([shard]) => shard)
  }
  isOpen(shard: number) {
    return this.#states.get(shard)?.phase === 'open'
  }
  /** Changes whenever a shard is read anew: what was read before it is void. 0: not here. */
  eraOf(shard: number) {
    return this.owns(shard) ? (this.#eras.get(shard) ?? 0) : 0
  }
  /** Its put-off mail is this node's to write. */
  owns(shard: number) {
    const phase = this.#states.get(shard)?.phase
    return phase === 'open' || phase === 'loading'
  }

  /** Resolves when every shard that was taken is open, or given away again. */
  allOpen(): Promise<void> {
    if (this.#toLoad.size === 0) return Promise.resolve()
    this.#allOpen ??= Promise.withResolvers()
    return this.#allOpen.promise
  }

  /** Another node says that there is mail. */
  woken(shards: readonly number[]) {
    if (shards.some((shard) => shard === -this.#parts.incarnation || this.isOpen(shard))) this.#want()
  }
  /** A sweep has found mail that no notification told of. */
  found() {
    this.#want()
  }
  get positions(): readonly Position[] {
    return listOf(this.#read)
  }
  /** There is room again. */
  drained() {
    if (this.#parts.waiting() >= this.#parts.windowMax / 2) return
    this.#roomAgain()
    if (this.#full) this.#want()
  }

  /** Mail that this node has just committed. False: it is for another node. */
  own(mail: Mail, admitted: boolean): boolean {
    if (mail.shard === -this.#parts.incarnation) this.#parts.letter(mail)
    const state = this.#states.get(mail.shard)
    if (state?.phase === 'open') this.#parts.deliver(mail, admitted)
    if (state?.phase === 'loading') state.aside.push(mail)
    return state?.phase === 'open' || state?.phase === 'loading' || mail.shard === -this.#parts.incarnation
  }

  /** Starts to load shards that were taken. */
  take(shards: readonly number[]) {
    for (const shard of shards) {
      this.#states.set(shard, { phase: 'loading', aside: [] })
      this.#toLoad.add(shard)
    }
    void this.#run()
  }
  /** No new mail for these shards, and no new turns. */
  close(shards: readonly number[]) {
    for (const shard of shards) {
      this.#states.set(shard, { phase: 'closing' })
      this.#toLoad.delete(shard)
      this.#loading?.shards.delete(shard)
    }
    this.#loaded()
  }
  forget(shards: readonly number[]) {
    for (const shard of shards) {
      this.#states.delete(shard)
      this.#ahead.delete(shard)
    }
  }
  stop() {
    this.#stopped = true
    this.#states.clear()
    this.#toLoad.clear()
    this.#loaded()
    this.#roomAgain()
  }

  #want() {
    this.#wanted = true
    void this.#run()
  }

  async #run() {
    if (this.#running) return
    this.#running = true
    while (!this.#stopped && (this.#wanted || this.#toLoad.size > 0)) {
      try {
        if (this.#toLoad.size > 0) await this.#load()
        else await this.#readMore()
      } catch (error) {
        await this.#parts.failed(error)
      }
    }
    this.#running = false
  }

  /** Reads shards from the start, all lanes, before any of their actors runs. */
  /**
   * Reads shards from the start, all lanes, page by page. What a page brings may run at once: pages are
   * in the order of commit, and what this node sends meanwhile is read, not handed over, until the end.
   */
  async #load() {
    // What other nodes have sent comes first: an actor that moved here must not overtake, with what it
    // sends from here, what it sent from its last node.
    if (!this.#loading) await this.#readAll()
    this.#loading ??= this.#startLoad()
    const { shards, after } = this.#loading
    await this.#room()
    for (const shard of shards) this.#emptyAside(shard)
    const { incarnation, readMax } = this.#parts
    const load = await this.#parts.store.loadShards({
      incarnation,
      shards: [...shards],
      after: listOf(after),
      limit: readMax,
    })
    if (this.#stopped) return
    this.#arrivedInLoad(load, this.#loading)
    for (const { lane, seq } of load.positions) after.set(lane, seq)
    if (!load.truncated) this.#open(this.#loading)
  }

  #startLoad(): Loading {
    const shards = new Set(this.#toLoad)
    for (const shard of shards) this.#eras.set(shard, (this.#eras.get(shard) ?? 0) + 1)
    return { shards, after: new Map(), begun: false }
  }

  /** Whoever had the shard before has let in what lies there: none of it is turned away now. */
  #arrivedInLoad(load: ShardLoad, loading: Loading) {
    const here = loading.shards
    if (!loading.begun) for (const retry of load.retries) if (here.has(retry.shard)) this.#parts.hold(retry)
    for (const mail of load.mail) if (here.has(mail.shard)) this.#parts.deliver(mail, true)
    if (!loading.begun) this.#parts.crashed(load.crashed.filter((shard) => here.has(shard)))
    loading.begun = true
  }

  /** Only what is committed from now on can be missing in the next read. */
  #emptyAside(shard: number) {
    const state = this.#states.get(shard)
    if (state?.phase === 'loading') state.aside.length = 0
  }

  #open({ shards, after }: Loading) {
    this.#loading = null
    const opening = [...shards]
    const aside = opening.flatMap((shard) => this.#asideOf(shard))
    this.#positionsAhead.add(after)
    for (const shard of opening) {
      this.#toLoad.delete(shard)
      this.#states.set(shard, { phase: 'open' })
      this.#ahead.set(shard, after)
    }
    const own = after.get(this.#parts.incarnation) ?? 0
    for (const mail of aside)
      if (mail.lane !== this.#parts.incarnation || mail.seq > own) this.#parts.deliver(mail, true)
    this.#parts.opened(opening)
    this.#loaded()
  }
  #loaded() {
    if (this.#toLoad.size > 0) return
    this.#allOpen?.resolve()
    this.#allOpen = null
  }

  #asideOf(shard: number): Mail[] {
    const state = this.#states.get(shard)
    return state?.phase === 'loading' ? state.aside : []
  }

  /** Waits until memory has room for more. */
  async #room() {
    while (!this.#stopped && this.#parts.waiting() >= this.#parts.windowMax) {
      await new Promise<void>((resolve) => {
        this.#roomAgain = resolve
      })
    }
  }

  /** Everything that other lanes have for the open shards now. */
  async #readAll() {
    this.#wanted = true
    while (this.#wanted && !this.#stopped) await this.#readMore(true)
  }

  async #readMore(atOnce = false) {
    this.#wanted = false
    const room = this.#parts.windowMax - this.#parts.waiting()
    this.#full = room <= 0
    if (this.#full && !atOnce) return
    this.reads++
    const shards = [...this.openShards, -this.#parts.incarnation]
    const limit = atOnce ? this.#parts.readMax : Math.min(this.#parts.readMax, room)
    const read = await this.#parts.store.readMail({
      incarnation: this.#parts.incarnation,
      shards,
      after: listOf(this.#read),
      limit,
    })
    if (this.#stopped) return
    for (const mail of read.mail) this.#arrived(mail)
    for (const { lane, seq } of read.positions) this.#read.set(lane, Math.max(seq, this.#read.get(lane) ?? 0))
    this.#wanted ||= read.truncated
    this.#mergeAhead()
  }

  #arrived(mail: Mail) {
    if (mail.shard < 0) this.#parts.letter(mail)
    else if (this.isOpen(mail.shard) && mail.seq > (this.#ahead.get(mail.shard)?.get(mail.lane) ?? 0))
      this.#parts.deliver(mail, false)
  }

  /** Shards that were ahead are caught up with, once every lane is. */
  #mergeAhead() {
    for (const lanes of this.#positionsAhead) {
      if (
        [...lanes].some(
          ([lane, seq]) => lane !== this.#parts.incarnation && seq > (this.#read.get(lane) ?? 0),
        )
      )
        continue
      this.#positionsAhead.delete(lanes)
      for (const [shard, ahead] of this.#ahead) if (ahead === lanes) this.#ahead.delete(shard)
    }
  }
}

function listOf(lanes: Lanes): Position[] {
  return [...lanes].map(([lane, seq]) => ({ lane, seq }))
}
