import type { Coordinator } from './coordinator.ts'
import { reasonOf } from './errors.ts'
import type { Intake } from './intake.ts'
import type { Log } from './log.ts'
import type { PostedRow, Store } from './ports.ts'
import type { Sending } from './send-item.ts'

const postedMax = 500

export interface PostedParts {
  readonly store: Store
  readonly intake: Intake
  readonly coordinator: Coordinator
  readonly log: Log
  send(sending: Sending, sent: () => void, failed: (error: Error) => void): void
  /** There may be more. */
  readonly again: () => void
}

/** Mail that plain SQL has written goes on in this node's lane; one commit moves it. */
export class Posted {
  readonly #parts: PostedParts
  #underWay = false

  constructor(parts: PostedParts) {
    this.#parts = parts
  }

  async fetch() {
    if (this.#underWay) return
    this.#underWay = true
    const { store, intake, coordinator, log, again } = this.#parts
    try {
      const rows = await store.readPosted({ shards: intake.openShards, limit: postedMax })
      for (const row of rows) this.#forward(row)
      if (rows.length > 0) await coordinator.flushed()
      if (rows.length === postedMax) again()
    } catch (error) {
      log.warn('plain SQL mail could not be read', { reason: reasonOf(error) })
    }
    this.#underWay = false
  }

  #forward({ id, kind, key, type, body, due }: PostedRow) {
    const message = { kind, key, type, input: body === 'null' ? undefined : JSON.parse(body) }
    const rare = due === null ? null : { due }
    const sending = { message, from: null, trace: '', rare, dedupe: null, instead: { posted: id } }
    const failed = (error: Error) =>
      this.#parts.log.warn('plain SQL mail waits', { id, reason: error.message })
    this.#parts.send(sending, () => {}, failed)
  }
}
