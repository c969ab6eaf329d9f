/** What photostats counts, as parts that merge: the same tree gives the same answer on any number of threads. */
import type { PhotostatsOutput } from '#specs/tools/photostats.ts'
import { append, emptyList, type Listed, shownList } from '../../scan/listed.ts'
import { shownWalk, type WalkTally } from '../../scan/walk-tally.ts'

interface Count {
  files: number
  bytes: number
}
export interface Tally {
  readonly byExtension: Map<string, Count>
  readonly withoutSidecar: Listed<string>
  readonly sidecarsWithoutImage: Listed<string>
}

export function emptyTally(): Tally {
  return { byExtension: new Map(), withoutSidecar: emptyList(), sidecarsWithoutImage: emptyList() }
}

export function addExtension({ byExtension }: Tally, extension: string, { files, bytes }: Count): void {
  const known = byExtension.get(extension)
  if (!known) return void byExtension.set(extension, { files, bytes })
  known.files += files
  known.bytes += bytes
}

const asItIs = (path: string) => path

export function mergeTallies(into: Tally, other: Tally): void {
  for (const [extension, count] of other.byExtension) addExtension(into, extension, count)
  append(into.withoutSidecar, other.withoutSidecar, asItIs)
  append(into.sidecarsWithoutImage, other.sidecarsWithoutImage, asItIs)
}

export function outputOf(path: string, walk: WalkTally, tally: Tally): PhotostatsOutput {
  return {
    path,
    ...shownWalk(walk),
    bytes: walk.bytes,
    byExtension: shownExtensions(tally),
    withoutSidecar: pathsIn(tally.withoutSidecar),
    sidecarsWithoutImage: pathsIn(tally.sidecarsWithoutImage),
  }
}

function pathsIn(listed: Listed<string>): { count: number; paths: string[] } {
  const { count, items } = shownList(listed, asItIs)
  return { count, paths: items }
}

/** Names can end in anything: so many different endings are counted by themselves, the rest as none. */
const extensionsMax = 1_000

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
