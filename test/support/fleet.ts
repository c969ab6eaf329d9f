/** Agents and jobs for a REST interface under test: a real node with the product's actors, and everything that its handlers need. */
import { createServer } from 'node:http'
import type pg from 'pg'
import { Server } from 'socket.io'
import { kinds } from '#actors/index.ts'
import type { Log } from '#runtime/index.ts'
import { startPostgresNode } from '#runtime/postgres/index.ts'
import { appRole } from '#server/database/tenant.ts'
import { fleetHandlers } from '#server/fleet/handlers.ts'
import { Reads } from '#server/fleet/reads.ts'
import { socketOptions, startLink } from '#server/link/start.ts'
import { Bus } from '#server/live/bus.ts'
import { Streams } from '#server/live/streams.ts'
import { addressReader } from '#server/rest/address.ts'
import type { IdentifyAgent } from '#server/rest/guard.ts'
import type { Handlers } from '#server/rest/handlers.ts'
import { thresholdsFrom, thresholdVariables } from '#server/thresholds.ts'

export interface Fleet {
  readonly handlers: Handlers
  readonly identifyAgent: IdentifyAgent
  stop(): Promise<void>
}

export interface FleetParts {
  readonly url: string
  readonly pool: pg.Pool
  readonly log: Log
}

const queueMax = 1_000_000

export async function startFleet({ url, pool, log }: FleetParts): Promise<Fleet> {
  const times = thresholdsFrom(thresholdVariables.parse({}))
  const name = 'rest'
  const place = { url, schema: 'product', name, log }
  const node = await startPostgresNode({
    url,
    schema: 'runtime',
    name,
    kinds: kinds(times),
    sqlRole: appRole,
    log,
  })
  const bus = new Bus({ ...place, node, announceMs: 2_000 })
  await bus.start()
  const reads = new Reads(pool)
  const streams = new Streams({ bus, log, readLog: (...of) => reads.logTail(...of) })
  // Nobody dials it: agents talk HTTP here.
  const io = new Server(createServer(), socketOptions(times))
  const shared = { io, pool, node, bus, streams, reads, log, addressOf: addressReader([]) }
  const link = startLink({ ...place, ...shared, times, server: name })
  const fleet = fleetHandlers({ ...shared, queueMax, registration: link.registration })
  return {
    handlers: { ...link.handlers, ...fleet },
    identifyAgent: link.identifyAgent,
    async stop() {
      await link.stop()
      await io.close()
      await bus.stop()
      await node.stop()
    },
  }
}
