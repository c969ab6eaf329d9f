/**
 * One cluster's database in memory, on a clock that is handed in. It behaves as the Postgres store
 * does: one conformance suite runs on both. Each operation is atomic at the instant of its call.
 */
import { shardOf } from '#runtime/address.ts'
import type { PostedRow, Store } from '#runtime/ports.ts'
import { operationsOn, storeOf } from './store.ts'
import { MemoryTables } from './tables.ts'

export class MemoryDatabase extends MemoryTables {
  /** A handle for one node, whose calls run at once. */
  connect(): Store {
    return storeOf(operationsOn(this), async (_name, run) => run())
  }

  /** Sends as plain SQL does: the row waits until the shard's owner reads it. */
  post({ kind, key, type, body = 'null', due = null }: PostInput): number {
    const row: PostedRow = {
      id: this.nextId('posted'),
      shard: shardOf(kind, key, this.shards.length),
      kind,
      key,
      type,
      body,
      due,
    }
    this.posted.set(row.id, row)
    this.record({ what: 'posted', row })
    return row.id
  }
}

export interface PostInput {
  readonly kind: string
  readonly key: string
  readonly type: string
  readonly body?: string
  readonly due?: number | null
}
