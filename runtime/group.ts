/** What goes into one commit: items in order, each of which adds its part and hears how it ended. */
import { idOf, type Received } from './mailbox.ts'
import { type Answer, type Deferred, type MailId, timerOf, timerReasons } from './message.ts'
import type { Commit, Committed, DeadLetterDraft, HistoryRow, Outgoing, StateWrite } from './ports.ts'
import type { Resident } from './resident.ts'

export interface Item {
  /** Adds its part to the commit. */
  contribute(draft: Draft): void
  /** The commit stands. */
  committed(draft: Draft, committed: Committed): void
  /** The commit was refused: the item goes back to where it came from, to be tried in a smaller group. */
  discarded(): void
  /** The item was alone in a refused commit: it is what Postgres can't take. */
  rejected(error: Error): void
}

/** A commit in the making. */
export class Draft {
  readonly incarnation: number
  readonly group: number
  /** The node's time, for rows that need one before the database has told its own. */
  readonly now: number
  #seq: number
  suspect: MailId | null | undefined
  readonly settledMail: MailId[] = []
  readonly settledDeferred: MailId[] = []
  readonly mail: Outgoing[] = []
  readonly history: HistoryRow[] = []
  readonly dead: DeadLetterDraft[] = []
  readonly answered: { requestId: string; answer: string }[] = []
  readonly posted: number[] = []
  readonly revived: number[] = []
  readonly resumed: { kind: string; key: string; table?: string }[] = []
  readonly #deferred: Deferred[] = []
  /** Those with a name: the last word within the group counts. */
  readonly #timers = new Map<string, Deferred>()
  readonly #cancelled = new Map<string, { kind: string; key: string; name: string }>()
  readonly #states = new Map<Resident, { was: number; last: () => StateWrite }>()

  constructor(incarnation: number, group: number, sent: number, now: number) {
    this.incarnation = incarnation
    this.group = group
    this.now = now
    this.#seq = sent
  }

  /** The last history row of each actor is what the next one of it refers to. */
  readonly #pasts = new Map<Resident, string | null>()

  /** The commit that holds the actor's turn before this one: this very commit, from the second on. */
  pastOf(resident: Resident): string | null {
    const past = this.#pasts.get(resident)
    if (past !== undefined) return past
    this.#pasts.set(resident, `${this.incarnation}-${this.group}`)
    return resident.past
  }

  get sent() {
    return this.#seq
  }
  readonly #dedupe = new Set<string>()
  /** False for a dedupe key that this group has already. */
  firstWith(dedupe: string): boolean {
    if (this.#dedupe.has(dedupe)) return false
    this.#dedupe.add(dedupe)
    return true
  }

  /** The next place in this node's lane. */
  nextId(): MailId {
    this.#seq++
    return { lane: this.incarnation, seq: this.#seq }
  }
  settle(received: Received) {
    if (received.source === 'mail') this.settledMail.push(received.mail)
    else if (received.source === 'deferred') this.settledDeferred.push(received.mail)
  }
  /** Of several turns of one actor only the last state is written. */
  state(resident: Resident, was: number, last: () => StateWrite) {
    const first = this.#states.get(resident)
    this.#states.set(resident, { was: first?.was ?? was, last })
  }
  defer(deferred: Deferred) {
    if (deferred.name === null) this.#deferred.push(deferred)
    else this.#timers.set(timerOf(deferred, deferred.name, deferred.reason), deferred)
  }
  /** Takes a timer back, whether it waits for its time or for another attempt. */
  cancel(kind: string, key: string, name: string) {
    const timer = { kind, key, name }
    this.#cancelled.set(timerOf(timer, name, 'timer'), timer)
    for (const reason of timerReasons) this.#timers.delete(timerOf(timer, name, reason))
  }
  answer(requestId: string, answer: Answer) {
    this.answered.push({ requestId, answer: JSON.stringify(answer) })
  }

  commit(): Commit {
    return {
      incarnation: this.incarnation,
      group: this.group,
      sent: this.#seq,
      settledMail: this.settledMail,
      settledDeferred: this.settledDeferred,
      states: this.#stateWrites(),
      mail: this.mail,
      deferred: [...this.#deferred, ...this.#timers.values()],
      cancelled: [...this.#cancelled.values()],
      history: this.history,
      dead: this.dead,
      answered: this.answered,
      posted: this.posted,
      revived: this.revived,
      resumed: this.resumed,
      ...(this.suspect !== undefined && { suspect: this.suspect }),
    }
  }

  #stateWrites(): StateWrite[] {
    const writes: StateWrite[] = []
    for (const { was, last } of this.#states.values()) {
      const write = { ...last(), was }
      // Begun and ended within the group: nothing was there, and nothing is.
      if (was === 0 && write.state === null) continue
      writes.push(write)
    }
    return writes
  }
}

export { idOf }
