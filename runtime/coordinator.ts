/**
 * Runs the turns of one node and commits them in groups.
 *
 *   mailbox -> turn -> open group -> commit in flight -> committed: state kept, mail handed over
 *      ^                                   |
 *      +---- refused: put back, smaller group until the one turn is found that Postgres can't take
 *
 * While a commit is under way, turns go on on top of memory that is not committed yet; they join the
 * next group. If the commit is refused, they are void together with it.
 */
import { chore, WithoutTurn } from './chores.ts'
import type { Committer } from './committer.ts'
import { CommitRejected, Fenced, reasonOf } from './errors.ts'
import { FailureItem } from './failure-item.ts'
import { Draft, type Item } from './group.ts'
import type { Host } from './host.ts'
import type { Received } from './mailbox.ts'
import type { Committed } from './ports.ts'
import type { Resident } from './resident.ts'
import type { SqlTurns } from './sql-turns.ts'
import { TurnItem } from './turn-item.ts'

export type ActorItem = TurnItem | FailureItem | WithoutTurn

export interface CoordinatorParts {
  readonly host: Host
  readonly committer: Committer
  readonly sqlTurns: SqlTurns
  /** Runs the next message of an actor; adds what comes of it with `add`. */
  run(resident: Resident): void
  soon(task: () => void): void
  committed(): void
  fenced(error: Error): void
}

export class Coordinator {
  readonly #parts: CoordinatorParts
  #ready: Resident[] = []
  #open: Item[] = []
  #inFlight: Item[] = []
  #groupMax: number
  #committing = false
  #pumping = false
  #stopped = false
  readonly #flushing = new Set<() => void>()
  /** While suspects run, each alone, all other actors wait. */
  exclusive = false
  groups = 0
  items = 0
  bisections = 0

  constructor(parts: CoordinatorParts) {
    this.#parts = parts
    this.#groupMax = parts.host.settings.groupMax
  }

  /** Items that are not committed yet. */
  get uncommitted() {
    return this.#open.length + this.#inFlight.length
  }

  /** The actor may have something to do: it gets its turn after those that wait already. */
  ready(resident: Resident) {
    if (resident.queued || resident.running || resident.awaitsCommit || resident.halted) return
    if (resident.phase === 'loading' || !resident.mailbox.ready) return
    resident.queued = true
    this.#ready.push(resident)
    this.#wake()
  }

  add(item: Item) {
    this.#open.push(item)
    if (!this.#pumping) this.#wake()
  }

  /** A turn with SQL of its own waits for its commit. */
  kick() {
    this.#wake()
  }

  /** Resolves when everything that has run so far is committed, or void. */
  flushed(): Promise<void> {
    if (this.#stopped) return Promise.resolve()
    return new Promise((resolve) => {
      this.#flushing.add(resolve)
      const done = () => {
        this.#flushing.delete(resolve)
        resolve()
      }
      this.add(chore(this.#parts.host, { contribute() {}, done, failed: done }))
    })
  }

  /** Ends at once: what is not committed is void. Returns what was left: under way, and not begun. */
  stop(): { inFlight: readonly Item[]; open: readonly Item[] } {
    this.#stopped = true
    const left = { inFlight: this.#inFlight, open: this.#open }
    this.#ready = []
    this.#open = []
    this.#inFlight = []
    for (const resolve of this.#flushing) resolve()
    return left
  }

  /** Takes out of the queue what was dropped from memory. */
  forget(dropped: ReadonlySet<Resident>) {
    this.#ready = this.#ready.filter((resident) => !dropped.has(resident))
  }

  #wake() {
    if (this.#pumping || this.#stopped) return
    this.#pumping = true
    this.#parts.soon(() => this.#pump())
  }

  /** Runs a slice of turns, then lets input and output in. */
  #pump() {
    if (this.#stopped) return
    let left = this.#parts.host.settings.sliceMax
    const ready = this.#ready
    let at = 0
    while (left > 0 && at < ready.length && this.#open.length < this.#groupMax && !this.exclusive) {
      const resident = ready[at++] as Resident
      resident.queued = false
      this.#run(resident)
      left--
      if (resident.mailbox.ready) this.ready(resident)
    }
    if (at > 0) this.#ready.splice(0, at)
    this.#pumping = false
    void this.#commitAll()
    const room = this.#open.length < this.#groupMax && !this.exclusive
    if (this.#ready.length > 0 && room) this.#wake()
  }

  /** Whatever is wrong with one actor, the others go on. */
  #run(resident: Resident) {
    try {
      this.#parts.run(resident)
    } catch (error) {
      this.#parts.host.log.error('an actor could not be run', {
        actor: resident.address,
        reason: reasonOf(error),
      })
      this.#parts.host.reload(resident.shard)
    }
  }

  async #commitAll() {
    if (this.#committing) return
    this.#committing = true
    try {
      while (!this.#stopped && (this.#parts.sqlTurns.finished || this.#open.length > 0))
        await this.#commitNext()
    } catch (error) {
      if (!this.#stopped) this.#parts.fenced(error as Error)
    }
    this.#committing = false
  }

  async #commitNext() {
    const sqlTurn = this.#parts.sqlTurns.take()
    const items = sqlTurn ? [sqlTurn.item] : this.#open.splice(0, this.#groupMax)
    this.#inFlight = items
    const { host, committer } = this.#parts
    const draft = new Draft(host.incarnation, committer.nextGroup, committer.sent, host.now())
    try {
      for (const item of items) contribute(item, draft)
      const commit = draft.commit()
      const committed = sqlTurn
        ? await committer.commitSql(commit, sqlTurn.transaction)
        : await committer.commit(commit)
      if (this.#stopped) return
      if (committed === undefined) this.#discard(items, false)
      else this.#committed(items, draft, committed)
    } catch (error) {
      if (this.#stopped) return
      if (error instanceof Fenced || !(error instanceof CommitRejected)) throw error
      this.#rejected(items, error)
    }
    if (this.#ready.length > 0) this.#wake()
  }

  #committed(items: readonly Item[], draft: Draft, committed: Committed | null) {
    this.#inFlight = []
    this.groups++
    this.items += items.length
    this.#groupMax = Math.min(this.#parts.host.settings.groupMax, this.#groupMax * 2)
    const known = committed ?? { at: draft.now, duplicates: null }
    const past = `${draft.incarnation}-${this.#parts.committer.nextGroup - 1}`
    for (const item of items) {
      if (!(item instanceof WithoutTurn) && isActorItem(item)) item.resident.past = past
      item.committed(draft, known)
      if (isActorItem(item)) this.#goOn(item.resident)
    }
    this.#parts.committed()
  }

  #goOn(resident: Resident) {
    if (resident.awaitsCommit && resident.uncommitted === 0) resident.awaitsCommit = false
    this.ready(resident)
  }

  /** One bad turn must not sink the others: the group is run again in halves, until it stands alone. */
  #rejected(items: readonly Item[], error: CommitRejected) {
    this.bisections++
    const alone = items.length === 1
    this.#discard(items, alone)
    if (alone) (items[0] as Item).rejected(error)
    else this.#groupMax = Math.max(1, Math.floor(items.length / 2))
  }

  /** Everything that ran on memory that is void now goes back to the front of its mailbox, in order. */
  #discard(items: readonly Item[], alone: boolean) {
    const all = [...items, ...this.#parts.sqlTurns.abandonFinished(), ...this.#open]
    this.#inFlight = []
    this.#open = []
    const back = new Map<Resident, Received[]>()
    for (const [at, item] of all.entries()) {
      if (!isActorItem(item)) {
        if (!alone || at > 0) this.#open.push(item)
        continue
      }
      item.discarded()
      const messages = back.get(item.resident) ?? []
      back.set(item.resident, messages)
      if (!alone || at > 0) messages.push(item.received)
    }
    for (const [resident, messages] of back) this.#putBack(resident, messages)
  }

  #putBack(resident: Resident, messages: Received[]) {
    const { running } = resident
    if (running) messages.push(running)
    resident.running = null
    resident.awaitsCommit = false
    resident.rewind()
    resident.mailbox.putBack(messages)
    this.ready(resident)
  }
}

/** A part that can't even be written down is refused like one that Postgres can't take. */
function contribute(item: Item, draft: Draft) {
  try {
    item.contribute(draft)
  } catch (error) {
    throw new CommitRejected(reasonOf(error), { cause: error })
  }
}

function isActorItem(item: Item): item is ActorItem {
  return item instanceof TurnItem || item instanceof FailureItem || item instanceof WithoutTurn
}
