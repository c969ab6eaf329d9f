/**
 * What must hold in every run, whatever goes wrong in it. The checkers read the database's own log of
 * transitions: what nodes believe is not asked.
 */
import type { MemoryTables, Transition } from '#runtime/testing/memory/tables.ts'
import { deliveryChecker } from './delivery.ts'
import { orderChecker } from './order.ts'
import { ownershipChecker } from './ownership.ts'
import { stateChecker } from './state.ts'
import { timerChecker } from './timers.ts'

export interface Violation {
  readonly rule: string
  /** The actor's address, where it is about one. */
  readonly actor: string | null
  readonly what: string
}
export type Report = (violation: Violation) => void

export interface Checker {
  observe(transition: Transition): void
  /** Called when all faults are healed and all work is done. */
  finish(): void
}

export interface Checkers {
  /** Turns in the log so far, failed ones included. */
  readonly turns: number
  finish(): void
}

/** Checks everything that happens in `tables` from now on. */
export function startCheckers(tables: MemoryTables, report: Report): Checkers {
  const makers = [deliveryChecker, orderChecker, ownershipChecker, stateChecker, timerChecker]
  const checkers = makers.map((make) => make(tables, report))
  let turns = 0
  tables.observe((transition) => {
    if (transition.what === 'committed') turns += transition.commit.history.length
    for (const checker of checkers) checker.observe(transition)
  })
  return {
    get turns() {
      return turns
    },
    finish() {
      for (const checker of checkers) checker.finish()
    },
  }
}
