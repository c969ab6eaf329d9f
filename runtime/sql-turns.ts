import type { Item } from './group.ts'
import type { SqlTurn } from './ports.ts'

interface Finished {
  readonly item: Item
  readonly transaction: SqlTurn
}

/** Turns with SQL of their own: a few at a time, each in its own transaction, committed one by one. */
export class SqlTurns {
  readonly #max: number
  readonly #finished: Finished[] = []
  readonly #waiting: (() => void)[] = []
  #open = 0

  constructor(max: number) {
    this.#max = max
  }

  /** Resolves when one more transaction may be opened. */
  async enter(): Promise<void> {
    if (this.#open >= this.#max) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    this.#open++
  }
  leave() {
    this.#open--
    this.#waiting.shift()?.()
  }

  /** The turn has run: its transaction waits for its place among the node's commits. */
  finish(item: Item, transaction: SqlTurn) {
    this.#finished.push({ item, transaction })
  }
  get finished() {
    return this.#finished.length > 0
  }
  take(): Finished | undefined {
    const taken = this.#finished.shift()
    if (taken) this.leave()
    return taken
  }
  /** Rolls back what waits; returns the items, whose messages run again. */
  abandonFinished(): Item[] {
    const abandoned = this.#finished.splice(0)
    for (const { transaction } of abandoned) {
      this.leave()
      transaction.rollback().catch(() => {})
    }
    return abandoned.map(({ item }) => item)
  }
}
