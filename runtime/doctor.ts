/** Looks for what troubles a runtime, and names the cure. */
import type { Health, Store } from './ports.ts'

export interface Finding {
  readonly what: string
  readonly cure: string
  readonly urgent: boolean
}

export interface DoctorOptions {
  /** Transactions that are open for longer are named: they keep dead rows from being removed. */
  readonly transactionMaxMs?: number
}

const transactionMaxMsDefault = 10_000
const deadLettersMax = 0

/** An empty list: nothing was found. */
export async function doctor(store: Store, options: DoctorOptions = {}): Promise<Finding[]> {
  const { transactionMaxMs = transactionMaxMsDefault } = options
  return findingsOf(await store.health({ transactionMs: transactionMaxMs }), transactionMaxMs)
}

function findingsOf(health: Health, transactionMaxMs: number): Finding[] {
  const { transactions, freeShards, shards, nodes, deadLetters, parked, historyDefaultRows } = health
  return [
    ...transactions.map(({ pid, application, user, state, openMs, query }) => ({
      what: `session ${pid} (${application || 'no name'}, user ${user}, ${state}) has held a transaction open for ${Math.round(openMs / 1000)} s: dead rows can't be removed meanwhile. Its last statement: ${query}`,
      cure: `end that transaction, or the session: select pg_terminate_backend(${pid})`,
      urgent: openMs > 6 * transactionMaxMs,
    })),
    ...(nodes === 0 ? [{ what: 'no node is alive', cure: 'start one', urgent: true }] : []),
    ...(freeShards > 0 && nodes > 0
      ? [
          {
            what: `${freeShards} of ${shards} shards have no owner`,
            cure: 'wait a few seconds; if it stays so, look at the log of the nodes',
            urgent: false,
          },
        ]
      : []),
    ...(deadLetters > deadLettersMax
      ? [
          {
            what: deadLetters === 1 ? 'a dead letter waits' : `${deadLetters} dead letters wait`,
            cure: 'inspect them; redrive what is mended, discard the rest',
            urgent: false,
          },
        ]
      : []),
    ...(parked > 0
      ? [
          {
            what: parked === 1 ? 'an actor is parked' : `${parked} actors are parked`,
            cure: 'mend what made them fail, then resume them',
            urgent: false,
          },
        ]
      : []),
    ...(historyDefaultRows
      ? [
          {
            what: 'history was written to its default partition: partitions were not made in time',
            cure: "look for 'tidying failed' in the log",
            urgent: false,
          },
        ]
      : []),
  ]
}
