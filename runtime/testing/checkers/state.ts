/** State is what history makes of it: turns without gaps, and patches that add up, from each beginning on. */
import { isDeepStrictEqual } from 'node:util'
import type { HistoryRow, StateWrite } from '#runtime/ports.ts'
import type { CommitRecord, MemoryTables, Transition } from '#runtime/testing/memory/tables.ts'
import type { Checker, Report } from './checkers.ts'

interface Fold {
  turn: number
  /** The last turn failed, so that its number may come again. */
  failed: boolean
  /** Undefined where history does not tell. */
  state: unknown
}

export function stateChecker(_tables: MemoryTables, report: Report): Checker {
  const checker = new StateChecker(report)
  return {
    observe: (transition) => checker.observe(transition),
    finish() {},
  }
}

class StateChecker {
  readonly #report: Report
  readonly #folds = new Map<string, Fold>()

  constructor(report: Report) {
    this.#report = report
  }

  observe(transition: Transition): void {
    if (transition.what !== 'committed') return
    for (const row of transition.commit.history) this.#turn(row)
    for (const write of transition.commit.states) this.#written(write)
    this.#ended(transition)
  }

  #turn(row: HistoryRow): void {
    const fold = this.#foldOf(row)
    const expected = fold.failed ? [fold.turn, fold.turn + 1] : [fold.turn + 1]
    // Also after one that left nothing: an actor that was begun and ended in one turn.
    const anew = row.turn === 1 && (row.state !== null || fold.state === undefined)
    if (!anew && !expected.includes(row.turn))
      this.#violated(row, `turn ${row.turn} follows turn ${fold.turn}`)
    fold.turn = row.turn
    fold.failed = row.failure !== null
    if (row.state !== null) fold.state = JSON.parse(row.state)
    else if (row.patch !== null && fold.state !== undefined)
      fold.state = patched(fold.state, JSON.parse(row.patch))
  }

  #written(write: StateWrite): void {
    const fold = this.#foldOf(write)
    if (write.state === null) return
    const state: unknown = JSON.parse(write.state)
    if (fold.state !== undefined && !isDeepStrictEqual(fold.state, state)) {
      this.#violated(write, `is stored as ${write.state}, but history makes it ${JSON.stringify(fold.state)}`)
    }
    if (fold.turn !== write.turn && fold.turn > 0 && !fold.failed)
      this.#violated(write, `is stored at turn ${write.turn}, but history ends at ${fold.turn}`)
    fold.turn = write.turn
    fold.failed = false
    fold.state = state
  }

  /** Where an actor's state is gone, its turns begin anew; one that never had a row never began. */
  #ended({ commit }: CommitRecord): void {
    const written = new Map(commit.states.map((write) => [`${write.kind}/${write.key}`, write]))
    for (const { kind, key, state } of commit.states) if (state === null) this.#folds.delete(`${kind}/${key}`)
    for (const { kind, key, failure } of commit.history) {
      const address = `${kind}/${key}`
      if (!written.has(address) && failure === null) this.#folds.delete(address)
    }
  }

  #foldOf({ kind, key }: { kind: string; key: string }): Fold {
    const address = `${kind}/${key}`
    const known = this.#folds.get(address)
    if (known) return known
    const fold: Fold = { turn: 0, failed: false, state: undefined }
    this.#folds.set(address, fold)
    return fold
  }

  #violated({ kind, key }: { kind: string; key: string }, what: string): void {
    this.#report({
      rule: 'state is the fold of history',
      actor: `${kind}/${key}`,
      what: `${kind}/${key}: ${what}`,
    })
  }
}

/** RFC 7386, written a second time: the runtime's own is what is being checked. */
function patched(target: unknown, patch: unknown): unknown {
  if (!isRecord(patch)) return patch
  const result: Record<string, unknown> = isRecord(target) ? { ...target } : {}
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete result[name]
    else result[name] = patched(result[name], value)
  }
  return result
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
