/** The same bytes for the same JSON, whatever the order of its fields: without blanks, and with sorted keys. */
import { createHash } from 'node:crypto'

export function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) =>
    typeof item === 'object' && item !== null && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : item,
  )
}

export function sha256Of(value: unknown): Buffer {
  return createHash('sha256').update(canonical(value)).digest()
}
