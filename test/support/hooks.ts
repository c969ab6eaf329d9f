/** Mocha's root hooks: what stands before the first spec and is gone after the last. */
import type { RootHookObject } from 'mocha'
import { dropTemplates } from './database.ts'
import { clearDeadRuns, endRun } from './run.ts'

export const rootHooks: RootHookObject = {
  async beforeAll() {
    await clearDeadRuns()
  },
  async afterAll() {
    await dropTemplates()
    await endRun()
  },
}
