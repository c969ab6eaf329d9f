/** What photostats counts, as parts that merge: the same tree gives the same answer on any number of threads. */
import { listMax, type PhotostatsOutput } from '#specs/tools.ts'

export interface Skipped {
  readonly path: string
  readonly reason: string
}
/** How many there are, and the first of them. */
export interface Listed<Item> {
  count: number
  items: Item[]
}
export interface Tally {
  files: number
  bytes: number
  folders: number
  /** Of what was skipped: what should have been read, and could not. */
  unreadable: number
  readonly byExtension: Map<string, { files: number; bytes: number }>
  readonly withoutSidecar: Listed<string>
  readonly sidecarsWithoutImage: Listed<string>
  readonly skipped: Listed<Skipped>
}

export function emptyTally(): Tally {
  return {
    files: 0,
    bytes: 0,
    folders: 0,
    unreadable: 0,
    byExtension: new Map(),
    withoutSidecar: { count: 0, items: [] },
    sidecarsWithoutImage: { count: 0, items: [] },
    skipped: { count: 0, items: [] },
  }
}

export function addFile(tally: Tally, extension: string, bytes: number): void {
  tally.files += 1
  tally.bytes += bytes
  addExtension(tally, extension, { files: 1, bytes })
}

function addExtension(
  { byExtension }: Tally,
  extension: string,
  { files, bytes }: { files: number; bytes: number },
): void {
  const known = byExtension.get(extension)
  if (!known) return void byExtension.set(extension, { files, bytes })
  known.files += files
  known.bytes += bytes
}

export function list(into: Listed<string>, path: string): void {
  into.count += 1
  into.items.push(path)
  trim(into, (item) => item)
}
export function skip({ skipped }: Tally, path: string, reason: string): void {
  skipped.count += 1
  skipped.items.push({ path, reason })
  trim(skipped, (item) => item.path)
}

export function merge(into: Tally, other: Tally): void {
  into.files += other.files
  into.bytes += other.bytes
  into.folders += other.folders
  into.unreadable += other.unreadable
  for (const [extension, count] of other.byExtension) addExtension(into, extension, count)
  append(into.withoutSidecar, other.withoutSidecar, (item) => item)
  append(into.sidecarsWithoutImage, other.sidecarsWithoutImage, (item) => item)
  append(into.skipped, other.skipped, (item) => item.path)
}

function append<Item>(into: Listed<Item>, other: Listed<Item>, pathOf: (item: Item) => string): void {
  into.count += other.count
  into.items = into.items.concat(other.items)
  trim(into, pathOf)
}

/** Which ones are listed must not depend on who came first, so they are the first by name. */
function trim<Item>(listed: Listed<Item>, pathOf: (item: Item) => string, most = 2 * listMax): void {
  if (listed.items.length <= most) return
  listed.items = sorted(listed.items, pathOf).slice(0, listMax)
}

function sorted<Item>(items: readonly Item[], pathOf: (item: Item) => string): Item[] {
  return items.toSorted((a, b) => (pathOf(a) < pathOf(b) ? -1 : pathOf(a) > pathOf(b) ? 1 : 0))
}

/** Paths can be long: a list also ends where it gets too big for a result. */
const listMaxBytes = 250_000
/** Names can end in anything: so many different endings are counted by themselves, the rest as none. */
const extensionsMax = 1_000

export function outputOf(path: string, tally: Tally): PhotostatsOutput {
  const { files, bytes, folders, withoutSidecar, sidecarsWithoutImage, skipped } = tally
  return {
    path,
    files,
    bytes,
    folders,
    byExtension: shownExtensions(tally),
    withoutSidecar: {
      count: withoutSidecar.count,
      paths: fitting(sorted(withoutSidecar.items, (item) => item)),
    },
    sidecarsWithoutImage: {
      count: sidecarsWithoutImage.count,
      paths: fitting(sorted(sidecarsWithoutImage.items, (item) => item)),
    },
    skipped: { count: skipped.count, items: fitting(sorted(skipped.items, (item) => item.path)) },
  }
}

function shownExtensions({ byExtension }: Tally): PhotostatsOutput['byExtension'] {
  const ordered = [...byExtension].toSorted(([a, x], [b, y]) => y.files - x.files || (a < b ? -1 : 1))
  const rest = { files: 0, bytes: 0 }
  for (const [extension, count] of ordered.splice(extensionsMax)) {
    if (extension === '') ordered.push([extension, count])
    else {
      rest.files += count.files
      rest.bytes += count.bytes
    }
  }
  const counts = Object.fromEntries(ordered)
  if (rest.files === 0) return counts
  const none = counts[''] ?? { files: 0, bytes: 0 }
  return { ...counts, '': { files: none.files + rest.files, bytes: none.bytes + rest.bytes } }
}

function fitting<Item>(items: readonly Item[]): Item[] {
  let bytes = 0
  const end = items.findIndex((item, index) => {
    bytes += Buffer.byteLength(JSON.stringify(item)) + 1
    return index >= listMax || bytes > listMaxBytes
  })
  return end < 0 ? [...items] : items.slice(0, end)
}
