import { hostname } from 'node:os'
import { type FleetSettings, fleetDefaults, kinds } from '#actors/index.ts'
import type { Log, Node } from '#runtime/index.ts'
import { startPostgresNode } from '#runtime/postgres/index.ts'
import type { Database } from './database.ts'
import { appRole } from './database/tenant.ts'
import { linkTimes } from './link/times.ts'
import type { Thresholds } from './thresholds.ts'

export interface ClusterOptions {
  readonly database: Database
  readonly times: Thresholds
  readonly limits: Pick<FleetSettings, 'claimsPerMinute' | 'allowedTools'>
  readonly log: Log
}

/** Joins the cluster that shares the database, as a node that runs the product's actors. */
export function joinCluster({ database, times, limits, log }: ClusterOptions): Promise<Node> {
  return startPostgresNode({
    url: database.url,
    schema: 'runtime',
    name: serverName(),
    kinds: kinds({ ...fleetSettings(times), ...limits }),
    sqlRole: appRole,
    log,
  })
}

/** What agents and logs call this process. */
export function serverName(): string {
  return `${hostname()}-${process.pid}`
}

/** Rejects with the reason while the node can't take work. */
export async function isReady(node: Node): Promise<void> {
  if (!node.joined) throw new Error('the runtime node has not joined the cluster yet')
}

function fleetSettings(times: Thresholds): FleetSettings {
  const { acceptMs, cancelGraceMs, graceMs, unhealthyMs, ageingMs, releaseAt } = times
  const { aliveMs } = linkTimes(times)
  return { ...fleetDefaults, acceptMs, cancelGraceMs, graceMs, unhealthyMs, ageingMs, releaseAt, aliveMs }
}
