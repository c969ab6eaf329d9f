/**
 * Ended jobs are kept for some days, then they go with their logs, their results and their idempotency keys: a few at a time,
 * with a rest in between, so that nobody notices. A job itself is deleted by its actor, and last: whatever is interrupted goes on
 * with the next round. Several servers may do so at once; they find less to do.
 */
import type pg from 'pg'
import { job as jobs } from '#actors/index.ts'
import { forgetLog, forgetResults, forgetSubmissions, readExpired } from '#db/product/fleet.ts'
import { reasonOf } from '#runtime/errors.ts'
import type { Log, Node } from '#runtime/index.ts'
import { withoutTeam } from '../database/tenant.ts'

export interface RetentionParts {
  /** On the schema of the product. */
  readonly pool: pg.Pool
  readonly node: Pick<Node, 'ask'>
  readonly keepMs: number
  readonly log: Log
}

const everyMs = 600_000
const restMs = 500
const jobsMax = 100
const linesMax = 5_000

export class Retention {
  readonly #parts: RetentionParts
  #timer: NodeJS.Timeout | undefined
  #running: Promise<void> | undefined
  #stopped = false

  constructor(parts: RetentionParts) {
    this.#parts = parts
  }

  start(): void {
    this.#wait(everyMs * Math.random())
  }
  async stop(): Promise<void> {
    this.#stopped = true
    clearTimeout(this.#timer)
    await this.#running
  }

  #wait(ms: number) {
    if (this.#stopped) return
    this.#timer = setTimeout(() => {
      this.#running = this.#round()
    }, ms)
  }

  async #round() {
    let more = false
    try {
      more = await this.forgetSome()
    } catch (error) {
      this.#parts.log.warn('old jobs could not be deleted; it is tried again later', {
        reason: reasonOf(error),
      })
    }
    this.#wait(more ? restMs : everyMs * (0.5 + Math.random()))
  }

  /** True where there may be more of them. */
  async forgetSome(): Promise<boolean> {
    const { pool, node, keepMs } = this.#parts
    const expired = await withoutTeam(pool, (server) => readExpired.run(server, keepMs, jobsMax))
    const ids = expired.map(({ job }) => job)
    if (ids.length === 0) return false
    const [lines] = await withoutTeam(pool, (server) => forgetLog.run(server, ids, linesMax))
    // The rest of their logs first.
    if ((lines?.deleted ?? 0) === linesMax) return true
    await withoutTeam(pool, (server) => forgetResults.run(server, ids))
    await withoutTeam(pool, (server) => forgetSubmissions.run(server, ids))
    await Promise.all(ids.map((id) => node.ask(jobs.at(id).forget())))
    return ids.length === jobsMax
  }
}
