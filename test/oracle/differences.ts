/** Where two answers differ. Lists are compared as bags, but for those whose order means something. */

export interface Difference {
  readonly where: string
  readonly what: string
}

const ordered = new Set(['path', 'nodes', 'methods', 'properties', 'pairing_order'])
const ignored = new Set(['scan_time'])
const shownMax = 160

export function differences(where: string, ours: unknown, recorded: unknown): Difference[] {
  if (isObject(ours) && isObject(recorded)) {
    const keys = new Set([...Object.keys(ours), ...Object.keys(recorded)].filter((key) => !ignored.has(key)))
    return [...keys].flatMap((key) => differences(`${where}.${key}`, ours[key], recorded[key]))
  }
  const key = where.slice(where.lastIndexOf('.') + 1)
  if (Array.isArray(ours) && Array.isArray(recorded) && !ordered.has(key)) {
    const texts = (items: readonly unknown[]) => items.map((item) => textOf(item, ''))
    return bagDifferences(where, texts(ours), texts(recorded))
  }
  const [one, other] = [textOf(ours, key), textOf(recorded, key)]
  return one === other ? [] : [{ where, what: `ours ${shortened(one)}, recorded ${shortened(other)}` }]
}

function bagDifferences(where: string, ours: readonly string[], recorded: readonly string[]): Difference[] {
  const counts = new Map<string, number>()
  for (const item of ours) counts.set(item, (counts.get(item) ?? 0) + 1)
  for (const item of recorded) counts.set(item, (counts.get(item) ?? 0) - 1)
  return [...counts]
    .filter(([, count]) => count !== 0)
    .map(([item, count]) => ({
      where,
      what: `${count > 0 ? 'only ours' : 'only recorded'}: ${shortened(item)}`,
    }))
}

/** The same text for the same answer: keys and bags sorted, numbers to 6 digits after the point. */
function textOf(value: unknown, key: string): string {
  return JSON.stringify(plain(value, key)) ?? 'nothing'
}

function plain(value: unknown, key: string): unknown {
  if (typeof value === 'number') return Math.round(value * 1e6) / 1e6
  if (Array.isArray(value)) {
    const items = value.map((item) => plain(item, ''))
    return ordered.has(key) ? items : items.toSorted((a, b) => compared(JSON.stringify(a), JSON.stringify(b)))
  }
  if (!isObject(value)) return value
  const keys = Object.keys(value).filter((one) => !ignored.has(one))
  return Object.fromEntries(keys.toSorted().map((one) => [one, plain(value[one], one)]))
}

function compared(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function shortened(text: string): string {
  return text.length > shownMax ? `${text.slice(0, shownMax)}…` : text
}
