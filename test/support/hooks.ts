/** Mocha's root hooks: what stands before the first spec and is gone after the last. */
import type { Context, RootHookObject } from 'mocha'
import { dropTemplates } from './database.ts'
import { clearDeadRuns, endRun } from './run.ts'

const clearUpMs = 120_000

export const rootHooks: RootHookObject = {
  async beforeAll() {
    await clearDeadRuns()
  },
  async afterAll(this: Context) {
    // Hundreds of databases are dropped, and one that was under way is waited for.
    this.timeout(clearUpMs)
    await dropTemplates()
    await endRun()
  },
}
