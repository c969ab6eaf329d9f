/**
 * How much an agent has had lately: each attempt counts one when it is granted, and half of that ten minutes later. What is
 * kept is the sum as it was with the latest grant, so that nothing has to happen while it fades.
 */
const halfMs = 600_000

export function recentOf({ recent, grantedAt }: { recent: number; grantedAt: number }, now: number): number {
  return recent * 0.5 ** (Math.max(0, now - grantedAt) / halfMs)
}
