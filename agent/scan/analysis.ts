/** What a tool does with a folder that is scanned: parts that merge to the same whole, however the folders were shared out. */
import type { ScannedFile, ScopePhotos } from '../photo/group.ts'

export interface ScanFile extends ScannedFile {
  readonly bytes: number
}

/** All files of one scope: a folder, and those beside it that are known to hold what was made of its photos. */
export interface Scope {
  readonly scope: string
  readonly files: readonly ScanFile[]
  /** What their names say. Worked out once for all tools, when the first asks. */
  readonly photos: ScopePhotos<ScanFile>
}

export interface Analysis<Part> {
  empty(): Part
  add(part: Part, scope: Scope): void
  merge(into: Part, other: Part): void
}

export function pathOf({ folder, name }: ScannedFile): string {
  return folder === '' ? name.shown : `${folder}/${name.shown}`
}
