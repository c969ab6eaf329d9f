/** The server's clock, as far as its answers tell. Ages are reckoned by it where this device's clock is wrong. */

// Answers carry whole seconds and take time to arrive; less than this is no difference.
const toleratedMs = 3_000
let offsetMs = 0

/** Notes the date that an answer was sent. */
export function noteServerDate(date: string | null, now = Date.now()): void {
  const sent = date === null ? Number.NaN : Date.parse(date)
  if (Number.isNaN(sent)) return
  const off = sent + 500 - now
  offsetMs = Math.abs(off) > toleratedMs ? off : 0
}

export function serverNow(now = Date.now()): number {
  return now + offsetMs
}
