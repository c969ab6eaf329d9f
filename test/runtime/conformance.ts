/** What every store must do, whatever it stands on. It speaks to stores through the port alone. */
import type { Store } from '#runtime/ports.ts'
import {
  describeAnswers,
  describeDeadLetters,
  describePosted,
  describeTimers,
} from './conformance-effects.ts'
import { describeCommit, describeStates } from './conformance-commit.ts'
import { describeInspection } from './conformance-inspection.ts'
import { describeLeases, describeShards } from './conformance-membership.ts'
import { describeLoading, describeMailReads, describeTruncation } from './conformance-reading.ts'

/** One empty database, and what a port can't say. */
export interface StoreSetup {
  /** A store for one more node of the cluster. */
  connect(): Promise<Store>
  /** Resolves when leases of `shortLeaseMs` that were renewed before this call have run out. */
  untilExpired(): Promise<void>
  /** Sends as plain SQL does. */
  post(mail: { kind: string; key: string; type: string; body?: string }): Promise<void>
  close(): Promise<void>
}

export const shortLeaseMs = 250
export const longLeaseMs = 600_000

export type Cluster = () => StoreSetup

/** Specifies the store that `make` gives, on an empty database for every example. */
export function describeStore(name: string, make: () => Promise<StoreSetup>): void {
  describe(`the store on ${name}`, () => {
    let setup: StoreSetup | undefined
    const cluster = (): StoreSetup => {
      if (!setup) throw new Error('the store is not set up')
      return setup
    }
    beforeEach(async () => {
      setup = await make()
    })
    afterEach(async () => {
      await setup?.close()
      setup = undefined
    })
    const parts = [
      describeShards,
      describeLeases,
      describeCommit,
      describeStates,
      describeTimers,
      describeAnswers,
    ]
    const others = [
      describePosted,
      describeDeadLetters,
      describeMailReads,
      describeTruncation,
      describeLoading,
      describeInspection,
    ]
    for (const part of [...parts, ...others]) part(cluster)
  })
}
