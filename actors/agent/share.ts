/**
 * An agent's share: so many attempts a minute. A bucket that holds the share of one minute and is filled steadily; what is kept
 * of it is how much was taken when, so that nothing has to happen while it fills.
 */
export interface Share {
  /** Attempts. */
  readonly taken: number
  readonly at: number
}

const minuteMs = 60_000
/** Sums of fractions must not cost an attempt, or a millisecond. */
const rounding = 1e-6

/** How much is taken of it now. */
export function takenOf({ taken, at }: Share, now: number, perMinute: number): number {
  const filled = (Math.max(0, now - at) * perMinute) / minuteMs
  return Math.max(0, Math.min(perMinute, taken) - filled)
}

/** How many attempts it may be granted now. */
export function leftOf(share: Share, now: number, perMinute: number): number {
  return Math.floor(perMinute - takenOf(share, now, perMinute) + rounding)
}

/** When there is enough of it for an attempt, where there is none left now. */
export function enoughAt(share: Share, now: number, perMinute: number): number {
  const lacking = takenOf(share, now, perMinute) - (perMinute - 1)
  return now + Math.ceil((lacking * minuteMs) / perMinute - rounding)
}
