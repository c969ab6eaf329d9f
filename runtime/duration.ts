/** A length of time: milliseconds, or a number with its unit, such as '250ms', '10s', '5m', '2h', '7d'. */
export type Duration = number | `${number}${'ms' | 's' | 'm' | 'h' | 'd'}`

const unitMs: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

export function milliseconds(duration: Duration): number {
  if (typeof duration === 'number') return atLeastZero(duration, duration)
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(duration)
  return atLeastZero(Number(match?.[1]) * (unitMs[match?.[2] ?? ''] ?? Number.NaN), duration)
}

function atLeastZero(ms: number, given: Duration): number {
  if (ms >= 0 && Number.isFinite(ms)) return ms
  throw new RangeError(
    `'${given}' is no duration: give milliseconds, or for example '250ms', '10s', '5m', '2h', '7d'`,
  )
}
