/** Counts files and bytes by extension, and finds images without sidecar and sidecars without image. */
import { extensionSet, type ShuttersenseConfiguration } from './configuration.ts'
import type { NamedFile } from './files.ts'
import { sortedBy, sortedTexts } from './text.ts'

export interface PhotostatsReport {
  readonly files_scanned: number
  readonly issues_found: number
  readonly results: {
    readonly total_files: number
    readonly total_size: number
    readonly file_counts: Readonly<Record<string, number>>
    readonly storage_by_type: Readonly<Record<string, number>>
    readonly orphaned_images: readonly string[]
    readonly orphaned_xmp: readonly string[]
  }
}

type Configuration = Pick<
  ShuttersenseConfiguration,
  'photo_extensions' | 'metadata_extensions' | 'require_sidecar'
>

export function photostats(files: readonly NamedFile[], configuration: Configuration): PhotostatsReport {
  const kinds = new Kinds(configuration)
  const { images, sidecars } = orphans(files, kinds)
  const counts = countByExtension(files, kinds)
  return {
    files_scanned: counts.total_files,
    issues_found: images.length + sidecars.length,
    results: { ...counts, orphaned_images: sortedTexts(images), orphaned_xmp: sortedTexts(sidecars) },
  }
}

class Kinds {
  readonly photo: ReadonlySet<string>
  readonly metadata: ReadonlySet<string>
  /** Photos that need a sidecar. */
  readonly needing: ReadonlySet<string>

  constructor({ photo_extensions, metadata_extensions, require_sidecar }: Configuration) {
    this.photo = extensionSet(photo_extensions)
    this.metadata = extensionSet(metadata_extensions)
    this.needing = new Set(
      [...extensionSet(require_sidecar)].filter((extension) => this.photo.has(extension)),
    )
  }
}

function countByExtension(files: readonly NamedFile[], { photo, metadata }: Kinds) {
  const counts = new Map<string, { files: number; bytes: number }>()
  for (const { extension, size } of files) {
    const count = counts.get(extension)
    if (count) {
      count.files += 1
      count.bytes += size
    } else if (photo.has(extension) || metadata.has(extension))
      counts.set(extension, { files: 1, bytes: size })
  }
  const all = [...counts]
  return {
    total_files: all.reduce((sum, [, count]) => sum + count.files, 0),
    total_size: all.reduce((sum, [, { bytes }]) => sum + bytes, 0),
    file_counts: Object.fromEntries(all.map(([extension, count]) => [extension, count.files])),
    storage_by_type: Object.fromEntries(all.map(([extension, { bytes }]) => [extension, bytes])),
  }
}

interface Stem {
  image: boolean
  metadata: boolean
}

/** What has one stem belongs together, wherever it lies. */
function orphans(files: readonly NamedFile[], kinds: Kinds): { images: string[]; sidecars: string[] } {
  const stems = stemsOf(files, kinds)
  const images: string[] = []
  const sidecars: string[] = []
  for (const { stem, extension, path } of files) {
    const found = stems.get(stem)
    if (found === undefined || found.image === found.metadata) continue
    if (found.metadata) {
      if (kinds.metadata.has(extension)) sidecars.push(path)
    } else if (kinds.needing.has(extension)) images.push(path)
  }
  return { images, sidecars }
}

function stemsOf(files: readonly NamedFile[], { photo, metadata }: Kinds): Map<string, Stem> {
  const stems = new Map<string, Stem>()
  for (const { stem, extension } of files) {
    const isImage = photo.has(extension)
    const isMetadata = metadata.has(extension)
    if (!isImage && !isMetadata) continue
    let found = stems.get(stem)
    if (found === undefined) stems.set(stem, (found = { image: false, metadata: false }))
    found.image ||= isImage
    found.metadata ||= isMetadata
  }
  return stems
}

export interface PairedFiles {
  readonly base_name: string
  readonly files: readonly string[]
}

/** Stems that have an image and a sidecar, with all that is called so. */
export function pairedFiles(files: readonly NamedFile[], configuration: Configuration): PairedFiles[] {
  const stems = stemsOf(files, new Kinds(configuration))
  const paired = new Map<string, string[]>()
  for (const { stem, path } of files) {
    const found = stems.get(stem)
    if (!found?.image || !found.metadata) continue
    const paths = paired.get(stem)
    if (paths) paths.push(path)
    else paired.set(stem, [path])
  }
  const named = Array.from(paired, ([base_name, paths]) => ({ base_name, files: sortedTexts(paths) }))
  return sortedBy(named, ({ base_name }) => base_name)
}
