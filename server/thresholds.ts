/** The ladder of liveness and the times around a job, in ms, and what hangs on them. They depend on each other, so they are checked together. */
import * as z from 'zod'
import { whole } from '#specs/whole.ts'

/** Timers know no more. */
const timerMaxMs = 2 ** 31 - 1
const positive = whole(1, timerMaxMs)

/** Every variable, its default, and what it is. */
const variables = {
  SAFELIGHT_HEARTBEAT_MS: positive.default(10_000),
  SAFELIGHT_UNHEALTHY_MS: positive.default(30_000),
  SAFELIGHT_LEASE_MS: positive.default(60_000),
  SAFELIGHT_OFFLINE_MS: positive.default(90_000),
  SAFELIGHT_STALE_MS: positive.default(300_000),
  SAFELIGHT_INACTIVE_MS: positive.default(900_000),
  SAFELIGHT_GRACE_MS: positive.default(15_000),
  SAFELIGHT_ACCEPT_MS: positive.default(2_000),
  SAFELIGHT_CANCEL_GRACE_MS: positive.default(10_000),
  SAFELIGHT_AGEING_MS: positive.default(30_000),
  /** So many checks in a row have to fail. */
  SAFELIGHT_DEGRADED_AFTER_FAILURES: whole(1, 1_000).default(3),
  /** At which step of its silence an agent loses what may run elsewhere. */
  SAFELIGHT_RELEASE_JOBS_AT: z
    .enum(['offline', 'unhealthy'], "must be 'offline' or 'unhealthy'")
    .default('offline'),
}

export interface Thresholds {
  /** Between two signs of life of an agent. */
  readonly heartbeatMs: number
  /** Silent for so long, it gets no new work. */
  readonly unhealthyMs: number
  /** Cut off for so long, an agent stops its own attempts. */
  readonly leaseMs: number
  /** Silent for so long, its jobs are given to others. */
  readonly offlineMs: number
  readonly staleMs: number
  readonly inactiveMs: number
  /** A closed socket may come back within this time. */
  readonly graceMs: number
  /** An offer that is not accepted within this time goes elsewhere. */
  readonly acceptMs: number
  /** A cancelled tool that has not stopped by then loses its thread. */
  readonly cancelGraceMs: number
  /** A waiting job gains a point of priority in this time. */
  readonly ageingMs: number
  /** After so many failed checks in a row an agent only gets what no healthy one can have. */
  readonly degradedAfterFailures: number
  /** At which step of its silence an agent loses what may run elsewhere. */
  readonly releaseAt: 'unhealthy' | 'offline'
}

export const thresholdVariables = z.object(variables)

export function thresholdsFrom(given: z.infer<typeof thresholdVariables>): Thresholds {
  return {
    heartbeatMs: given.SAFELIGHT_HEARTBEAT_MS,
    unhealthyMs: given.SAFELIGHT_UNHEALTHY_MS,
    leaseMs: given.SAFELIGHT_LEASE_MS,
    offlineMs: given.SAFELIGHT_OFFLINE_MS,
    staleMs: given.SAFELIGHT_STALE_MS,
    inactiveMs: given.SAFELIGHT_INACTIVE_MS,
    graceMs: given.SAFELIGHT_GRACE_MS,
    acceptMs: given.SAFELIGHT_ACCEPT_MS,
    cancelGraceMs: given.SAFELIGHT_CANCEL_GRACE_MS,
    ageingMs: given.SAFELIGHT_AGEING_MS,
    degradedAfterFailures: given.SAFELIGHT_DEGRADED_AFTER_FAILURES,
    releaseAt: given.SAFELIGHT_RELEASE_JOBS_AT,
  }
}

/** What contradicts itself, as sentences; empty where all is well. */
export function contradictions(times: Thresholds): string[] {
  const ladder = ['unhealthyMs', 'leaseMs', 'offlineMs', 'staleMs', 'inactiveMs'] as const
  const steps = ladder.slice(1).map((name, at) => [ladder[at] as (typeof ladder)[number], name] as const)
  return [
    ...(times.heartbeatMs * 3 > times.unhealthyMs
      ? [
          `unhealthyMs (${times.unhealthyMs}) must be at least three times heartbeatMs (${times.heartbeatMs}), or one lost heartbeat counts as an illness`,
        ]
      : []),
    ...steps
      .filter(([before, after]) => times[before] >= times[after])
      .map(([before, after]) => `${after} (${times[after]}) must be more than ${before} (${times[before]})`),
  ]
}
