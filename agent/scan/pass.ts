/**
 * One pass over a folder, for any set of tools at once. An item of work is a folder with those beside it that belong to it, so
 * what belongs together is seen together, on whatever thread.
 */
import { matcherOf } from '#specs/pipelines/naming.ts'
import { keyOf } from '#specs/pipelines/compared.ts'
import type { PhotoConfig } from '#specs/pipelines/photo-config.ts'
import type { Naming } from '#specs/pipelines/pipeline.ts'
import { fileNameOf } from '../photo/file-name.ts'
import { Grouping, type ScopePhotos } from '../photo/group.ts'
import { compilePattern } from '../photo/pattern/pattern.ts'
import type { Unit } from '../tools/unit.ts'
import type { Analysis, ScanFile, Scope } from './analysis.ts'
import { type Heard, listFolder } from './listing.ts'
import { type Item, Place, type RawName } from './place.ts'
import { emptyWalk, mergeWalks, skip, type WalkTally } from './walk-tally.ts'

export interface PassGiven {
  /** Told from all other passes: what a thread has made for it is kept from one piece of help to the next. */
  readonly id: string
  readonly root: string
  readonly photos: PhotoConfig
  readonly naming: Naming
  readonly tools: readonly { readonly name: string; readonly prepared: unknown }[]
}
export interface PassPart {
  readonly walk: WalkTally
  /** In the order of the tools. */
  readonly parts: readonly unknown[]
  /** Where all of a collection is one scope, its files: nothing can be said before they are all there. */
  readonly files: ScanFile[]
}
export type PassUnit = Unit<Item, PassPart> & {
  /** Once all parts are merged. */
  readonly finish: (whole: PassPart) => void
}
export type MakeAnalysis = (tool: string, prepared: unknown) => Analysis<unknown>

export function passing(
  { root, photos: config, naming, tools }: PassGiven,
  makeAnalysis: MakeAnalysis,
): PassUnit {
  const analyses = tools.map(({ name, prepared }) => makeAnalysis(name, prepared))
  const grouping = new Grouping(matcherOf(naming, compilePattern), config)
  const siblings = new Set(config.siblingFolders.map(keyOf))
  const whole = config.scope === 'collection'
  const analyse = (parts: readonly unknown[], scope: Scope) => {
    for (const [at, analysis] of analyses.entries()) analysis.add(parts[at], scope)
  }
  return {
    empty: () => ({ walk: emptyWalk(), parts: analyses.map((analysis) => analysis.empty()), files: [] }),
    merge(into, other) {
      mergeWalks(into.walk, other.walk)
      for (const [at, analysis] of analyses.entries()) analysis.merge(into.parts[at], other.parts[at])
      for (const file of other.files) into.files.push(file)
    },
    add({ walk, parts, files: all }, item, found, checkStop) {
      const files = whole ? all : []
      const belongs = (name: RawName) => !whole && siblings.has(keyOf(fileNameOf(name).shown))
      const walked = walkScope({ root, item, walk, files, found, belongs, checkStop })
      if (!whole && walked) analyse(parts, scopeOf(Place.at(root, item).shown, files, grouping))
    },
    finish({ parts, files }) {
      if (whole) analyse(parts, scopeOf('', files, grouping))
    },
  }
}

interface Walk {
  readonly root: string
  readonly item: Item
  readonly walk: WalkTally
  readonly files: ScanFile[]
  readonly found: (item: Item) => void
  /** Whether a folder of that name belongs to the one it is in. */
  readonly belongs: (name: RawName) => boolean
  readonly checkStop: () => void
}

/** False where the folder itself can't be read. */
function walkScope({ root, item, walk, files, found, belongs, checkStop }: Walk): boolean {
  const waiting = [Place.at(root, item)]
  let first = true
  for (let place = waiting.pop(); place; place = waiting.pop()) {
    const here = place
    const folder = here.shown
    const heard: Heard = {
      file(name, bytes) {
        walk.files += 1
        walk.bytes += bytes
        files.push({ folder, name: fileNameOf(name), bytes })
      },
      folder(name) {
        const child = here.child(name)
        if (belongs(name)) waiting.push(child)
        else found(child.item)
      },
      skipped(name, reason, unreadable) {
        const path = name === null ? folder || '.' : here.child(name).shown
        skip(walk, path, reason, unreadable)
      },
    }
    const listed = listFolder(here, heard, checkStop)
    if (listed) walk.folders += 1
    else if (first) return false
    first = false
  }
  return true
}

function scopeOf(scope: string, files: readonly ScanFile[], grouping: Grouping): Scope {
  let grouped: ScopePhotos<ScanFile> | undefined
  return {
    scope,
    files,
    get photos() {
      return (grouped ??= grouping.group(scope, files))
    },
  }
}
