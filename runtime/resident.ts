import type { Kind } from './definition.ts'
import { type Load, Mailbox, type Received } from './mailbox.ts'
import type { StateRow } from './ports.ts'

/** One actor in memory: what is committed, and what has run on top of it but is not committed yet. */
export class Resident {
  readonly kind: Kind
  readonly key: string
  readonly address: string
  readonly shard: number
  readonly mailbox: Mailbox

  /** 'asleep': its state has not been read yet. */
  phase: 'asleep' | 'loading' | 'awake' = 'asleep'
  /** Committed state (JSON text), the turn that left it, and whether the actor rests. */
  text: string | null = null
  turn = 0
  parked = false
  /** The same, with the turns that are not committed yet. */
  headText: string | null = null
  headTurn = 0
  headParked = false
  uncommitted = 0
  /** The commit that holds its latest turns in history. */
  past: string | null = null
  /** The message whose asynchronous turn is under way. */
  running: Received | null = null
  runningSince = 0
  /** Raised when what ran on uncommitted memory is void: a turn begun before ends for nothing. */
  era = 0
  /** Stands in the queue of those that may run. */
  queued = false
  /** Its state can't be read, and why: every message to it fails. */
  broken: Error | null = null
  /** Its shard is being handed over: no new turns. */
  halted = false
  /** Timers that turns not committed yet take back or replace, each as often as it happens. */
  readonly #cancelling: string[] = []
  /** Its next turn waits until all its turns are committed. */
  awaitsCommit = false
  usedAt = 0
  /** The history partition that holds a full state of it already. */
  historyDay = -1
  /** Seen since the last round of the passivation hand. */
  seen = true

  constructor(kind: Kind, key: string, shard: number, load: Load) {
    this.mailbox = new Mailbox(load)
    this.kind = kind
    this.key = key
    this.address = `${kind.name}/${key}`
    this.shard = shard
  }

  wake(row: StateRow | undefined) {
    this.text = this.headText = row?.state ?? null
    this.turn = this.headTurn = row?.turn ?? 0
    this.parked = this.headParked = row?.parked ?? false
    this.past = row?.past ?? null
    this.phase = 'awake'
  }

  cancelling(name: string) {
    return this.#cancelling.includes(name)
  }
  cancel(names: readonly string[]) {
    this.#cancelling.push(...names)
  }
  cancelled(names: readonly string[]) {
    for (const name of names) this.#cancelling.splice(this.#cancelling.indexOf(name), 1)
  }

  /** Forgets what is not committed. */
  rewind() {
    this.headText = this.text
    this.headTurn = this.turn
    this.headParked = this.parked
    this.uncommitted = 0
    this.historyDay = -1
    this.#cancelling.length = 0
    this.era++
  }

  /** Whether it may be put to sleep: memory holds nothing that the database does not. */
  get idle() {
    return (
      this.phase === 'awake' &&
      this.uncommitted === 0 &&
      this.running === null &&
      !this.queued &&
      this.mailbox.idle
    )
  }
}
