/** Lists that are cut: how many there are, and the first by name, whoever came first. */
import { listMax } from '#specs/tools/scan.ts'

export interface Listed<Item> {
  count: number
  items: Item[]
}
export type PathOf<Item> = (item: Item) => string

export function emptyList<Item>(): Listed<Item> {
  return { count: 0, items: [] }
}

export function list<Item>(into: Listed<Item>, item: Item, pathOf: PathOf<Item>): void {
  into.count += 1
  into.items.push(item)
  trim(into, pathOf)
}

export function append<Item>(into: Listed<Item>, other: Listed<Item>, pathOf: PathOf<Item>): void {
  into.count += other.count
  into.items = into.items.concat(other.items)
  trim(into, pathOf)
}

function trim<Item>(listed: Listed<Item>, pathOf: PathOf<Item>): void {
  if (listed.items.length <= 2 * listMax) return
  listed.items = sorted(listed.items, pathOf).slice(0, listMax)
}

function sorted<Item>(items: readonly Item[], pathOf: PathOf<Item>): Item[] {
  return items.toSorted((a, b) => (pathOf(a) < pathOf(b) ? -1 : pathOf(a) > pathOf(b) ? 1 : 0))
}

/** Paths can be long: a list also ends where it gets too big for a result. */
const listMaxBytes = 250_000

/** What is shown of it: in order, and no more than fits. */
export function shownList<Item>({ count, items }: Listed<Item>, pathOf: PathOf<Item>): Listed<Item> {
  const ordered = sorted(items, pathOf)
  let bytes = 0
  const end = ordered.findIndex((item, index) => {
    bytes += Buffer.byteLength(JSON.stringify(item)) + 1
    return index >= listMax || bytes > listMaxBytes
  })
  return { count, items: end < 0 ? ordered : ordered.slice(0, end) }
}
