/** What is put off comes up again: nothing is overdue when all is well. */
import type { MemoryTables } from '#runtime/testing/memory/tables.ts'
import type { Checker, Report } from './checkers.ts'

/** From its time on, a put-off message may take this long to be handled. */
const graceMs = 5_000

export function timerChecker(tables: MemoryTables, report: Report): Checker {
  return {
    observe() {},
    finish() {
      const now = tables.now()
      for (const { kind, key, type, reason, due } of tables.deferred.values()) {
        if (reason === 'parked' || due > now - graceMs) continue
        const actor = `${kind}/${key}`
        report({
          rule: 'no lost timer',
          actor,
          what: `'${type}' to ${actor} (${reason}) is overdue by ${Math.round(now - due)} ms`,
        })
      }
    },
  }
}
