import { OutcomeUnknown, Unavailable } from './errors.ts'
import type { Commit, Committed, Store } from './ports.ts'

/** Waits, longer after each failure in a row. */
export type Backoff = (failures: number) => Promise<void>

/**
 * Carries commits to the store, one after the other, until each is settled: a lost answer is
 * resolved and never guessed.
 */
export class Committer {
  readonly #store: Store
  readonly #backoff: Backoff
  readonly #incarnation: number
  /** The last group that the database has. */
  #group = 0
  #sent = 0
  commits = 0
  unknown = 0

  constructor(store: Store, incarnation: number, backoff: Backoff) {
    this.#store = store
    this.#incarnation = incarnation
    this.#backoff = backoff
  }

  get nextGroup() {
    return this.#group + 1
  }
  get sent() {
    return this.#sent
  }

  /** Throws Fenced or CommitRejected; anything passing is waited out. Null: committed, but how is not known. */
  async commit(commit: Commit): Promise<Committed | null> {
    for (let failures = 0; ; failures++) {
      const numbered = { ...commit, group: this.nextGroup }
      try {
        return this.#settled(numbered, await this.#store.commit(numbered))
      } catch (error) {
        if (error instanceof OutcomeUnknown) {
          if (await this.#resolve(numbered)) return this.#settled(numbered, null)
        } else if (!(error instanceof Unavailable)) throw error
        await this.#backoff(failures)
      }
    }
  }

  /** The commit of a turn with SQL of its own: its transaction can't be tried again. Undefined: not committed. */
  async commitSql(
    commit: Commit,
    transaction: { commit(commit: Commit): Promise<Committed> },
  ): Promise<Committed | null | undefined> {
    const numbered = { ...commit, group: this.nextGroup }
    try {
      return this.#settled(numbered, await transaction.commit(numbered))
    } catch (error) {
      if (error instanceof Unavailable) return undefined
      if (!(error instanceof OutcomeUnknown)) throw error
      return (await this.#resolve(numbered)) ? this.#settled(numbered, null) : undefined
    }
  }

  #settled<T>(commit: Commit, committed: T): T {
    this.#group = Math.max(this.#group, commit.group)
    this.#sent = commit.sent
    this.commits++
    return committed
  }

  async #resolve(commit: Commit): Promise<boolean> {
    this.unknown++
    for (let failures = 0; ; failures++) {
      try {
        const { committed, group } = await this.#store.resolve({
          incarnation: this.#incarnation,
          group: commit.group,
        })
        this.#group = group
        return committed
      } catch (error) {
        if (!(error instanceof Unavailable || error instanceof OutcomeUnknown)) throw error
        await this.#backoff(failures)
      }
    }
  }
}
