/** The times of the agents' border, in ms. */
import type { Thresholds } from '../thresholds.ts'

export interface LinkTimes extends Thresholds {
  /** Between two statements that write down who was heard. */
  readonly presenceMs: number
  /** Nobody wrote it down for so long: the database or all servers were away. */
  readonly gapMs: number
  /** Between two checks of an agent over its own socket, and how long an answer may take. */
  readonly probeMs: number
  readonly probeTimeoutMs: number
  /** How often at most an attempt is told to be alive. */
  readonly aliveMs: number
  /** How long a heartbeat over HTTP waits for news. */
  readonly holdMs: number
  /** Between two looks at what news between servers may not have told; and while none comes, so that offers are found in time. */
  readonly lookMs: number
  readonly lookDeafMs: number
}

/** An agent without a socket asks again after that time. */
const holdMaxMs = 1_000
/** Below it, a busy machine looks like one that was away. */
const gapMinMs = 300

/** All of them follow from the ladder. */
export function linkTimes(times: Thresholds): LinkTimes {
  const presenceMs = Math.max(10, times.heartbeatMs / 5)
  return {
    ...times,
    presenceMs,
    gapMs: Math.max(gapMinMs, 3 * presenceMs),
    probeMs: times.heartbeatMs * 0.5,
    probeTimeoutMs: times.heartbeatMs * 0.3,
    aliveMs: times.heartbeatMs * 0.5,
    holdMs: Math.min(holdMaxMs, times.heartbeatMs * 0.4),
    lookMs: times.heartbeatMs * 0.5,
    lookDeafMs: Math.min(times.heartbeatMs, times.acceptMs) * 0.5,
  }
}
