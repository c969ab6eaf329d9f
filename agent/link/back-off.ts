/**
 * How long to wait before the next try to reach the server. The first tries come fast, because most cuts are short; all
 * are drawn at random, because a thousand agents that were cut off at once must not come back at once. It never ends,
 * and never waits longer than most of a heartbeat: whoever was away for a minute is not told from whoever was away for a day.
 *
 * At the usual heartbeat of 10 s: up to 0.5 s, then 0.5-1 s, 1-2 s, 2-4 s, then 4-8 s for ever. So everybody is back within
 * 8 s of the server, and a thousand knock about 170 times a second.
 */
const firstShare = 1 / 20
const mostShare = 8 / 10
const doublingsMax = 10

export function backOffMs(failures: number, heartbeatMs: number, random: () => number): number {
  const first = heartbeatMs * firstShare
  if (failures === 0) return random() * first
  const most = Math.min(heartbeatMs * mostShare, first * 2 ** Math.min(failures, doublingsMax))
  return most / 2 + (random() * most) / 2
}
