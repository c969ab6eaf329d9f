/** Times as people say them. Exact ones are in the reader's own zone and language. */

const second = 1_000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

const steps: readonly (readonly [unit: string, ms: number])[] = [
  ['d', day],
  ['h', hour],
  ['min', minute],
  ['s', second],
]

/** How long ago, or in how long: '12 s ago', 'in 5 min', 'just now'. */
export function ago(at: number, now: number): string {
  const distance = Math.abs(now - at)
  if (distance < 2 * second) return 'just now'
  const words = coarsely(distance)
  return at > now ? `in ${words}` : `${words} ago`
}

function coarsely(ms: number): string {
  if (ms >= 60 * day) return `${Math.floor(ms / (30 * day))} months`
  const [unit, size] = steps.find(([, stepMs]) => ms >= stepMs) ?? ['s', second]
  return `${Math.floor(ms / size)} ${unit}`
}

/** How long something took or takes: '0.4 s', '12 s', '3 min 20 s', '2 h 5 min'. */
export function lasting(ms: number): string {
  if (ms < second) return `${(Math.max(0, ms) / second).toFixed(1)} s`
  const at = steps.findIndex(([, stepMs]) => ms >= stepMs)
  const [unit, size] = steps[at] ?? ['s', second]
  const next = steps[at + 1]
  const whole = `${Math.floor(ms / size)} ${unit}`
  if (next === undefined) return ms < 10 * second ? `${(ms / second).toFixed(1)} s` : whole
  const rest = Math.floor((ms % size) / next[1])
  return rest === 0 ? whole : `${whole} ${rest} ${next[0]}`
}

/** How long something takes so far, in whole seconds: tenths would only flicker. */
export function lastingSoFar(ms: number): string {
  return ms < 10 * second ? `${Math.floor(Math.max(0, ms) / second)} s` : lasting(ms)
}

/** How long is left, no more exactly than one can know: 'about 3 min left'. */
export function left(ms: number): string {
  if (ms < 5 * second) return 'a few seconds left'
  const rounded = ms < minute ? Math.ceil(ms / (5 * second)) * 5 * second : ms
  return `about ${lasting(rounded < hour && rounded >= 10 * minute ? Math.ceil(ms / minute) * minute : rounded)} left`
}

/** The exact time, in the reader's zone. */
export function exactly(at: number, locale?: string, timeZone?: string): string {
  return formatter('exact', { dateStyle: 'medium', timeStyle: 'long' }, locale, timeZone).format(at)
}

/** The time of day, to the second. */
export function clockTime(at: number, locale?: string, timeZone?: string): string {
  return formatter('clock', { timeStyle: 'medium' }, locale, timeZone).format(at)
}

// Making one takes longer than using it a thousand times.
const formatters = new Map<string, Intl.DateTimeFormat>()

function formatter(
  name: string,
  options: Intl.DateTimeFormatOptions,
  locale = '',
  timeZone = '',
): Intl.DateTimeFormat {
  const key = [name, locale, timeZone].join(' ')
  const zone = timeZone === '' ? {} : { timeZone }
  const found = formatters.get(key) ?? new Intl.DateTimeFormat(locale || undefined, { ...options, ...zone })
  formatters.set(key, found)
  return found
}
