/** Compares the files of each image with what a pipeline expects. */
import { Assessor, type Assessment, type Status, type TerminationAssessment } from './assessment.ts'
import { extensionSet, type ShuttersenseConfiguration } from './configuration.ts'
import { expectationsOf } from './expectations.ts'
import type { NamedFile } from './files.ts'
import type { Grouped, Image, ImageGroup } from './groups.ts'
import type { Pipeline } from './pipeline.ts'
import { sortedTexts } from './text.ts'

interface StatusCounts {
  CONSISTENT: number
  PARTIAL: number
  INCONSISTENT: number
}

export interface ValidationReport {
  readonly files_scanned: number
  readonly issues_found: number
  readonly results: {
    readonly pipeline_guid: string | null
    readonly pipeline_name: string | null
    readonly total_files: number
    readonly total_images: number
    readonly total_groups: number
    readonly overall_status: Readonly<StatusCounts>
    readonly by_termination: Readonly<Record<string, Readonly<StatusCounts>>>
    readonly invalid_files_count: number
    readonly path_stats: readonly { readonly path: readonly string[]; readonly image_count: number }[]
  }
}

export interface ImageRow {
  readonly image: string
  readonly suffix: string
  readonly properties: readonly string[]
  readonly actual_files: readonly string[]
  readonly overall_status: Status
  readonly archival_ready: boolean
  readonly terminations: readonly TerminationAssessment[]
}

type Configuration = Pick<ShuttersenseConfiguration, 'metadata_extensions'>

/**
 * The photos are those of the plain configuration, grouped by the standard for names, whatever the pipeline says of names.
 * Each image's row is handed over as it is known, with full names. Without a taker no row is made.
 */
export function pipelineValidation(
  files: readonly NamedFile[],
  { groups, invalid }: Grouped,
  configuration: Configuration,
  pipeline: Pipeline,
  row?: (row: ImageRow) => void,
): ValidationReport {
  const sidecars = sidecarsByStem(files, extensionSet(configuration.metadata_extensions))
  const assessor = new Assessor(expectationsOf(pipeline))
  const totals = new Totals()
  for (const group of groups)
    for (const [suffix, image] of group.images) {
      const own = [...image.files, ...(sidecars.get(imageId(group, suffix)) ?? [])]
      const assessment = assessor.assess(
        suffix,
        own.map((file) => endingOf(group, file)),
      )
      totals.add(assessment)
      row?.(rowOf(group, suffix, image, own, assessment))
    }
  return {
    files_scanned: files.length,
    issues_found: totals.overall.PARTIAL + totals.overall.INCONSISTENT,
    results: {
      pipeline_guid: pipeline.guid,
      pipeline_name: pipeline.name,
      total_files: files.length,
      total_images: totals.images,
      total_groups: groups.length,
      overall_status: totals.overall,
      by_termination: Object.fromEntries(totals.byTermination),
      invalid_files_count: invalid.length,
      path_stats: totals.paths(),
    },
  }
}

function sidecarsByStem(
  files: readonly NamedFile[],
  metadata: ReadonlySet<string>,
): ReadonlyMap<string, readonly NamedFile[]> {
  const sidecars = new Map<string, NamedFile[]>()
  for (const file of files) {
    if (!metadata.has(file.extension)) continue
    const known = sidecars.get(file.stem)
    if (known) known.push(file)
    else sidecars.set(file.stem, [file])
  }
  return sidecars
}

function imageId(group: ImageGroup, suffix: string): string {
  return suffix === '' ? group.id : `${group.id}-${suffix}`
}

/** All names of an image begin with camera and counter, which are ASCII. */
function endingOf(group: ImageGroup, file: NamedFile): string {
  return file.name.slice(group.id.length).toLowerCase()
}

function rowOf(
  group: ImageGroup,
  suffix: string,
  image: Image,
  own: readonly NamedFile[],
  { status, ready, terminations }: Assessment,
): ImageRow {
  const lower = group.id.toLowerCase()
  return {
    image: imageId(group, suffix),
    suffix,
    properties: image.methods,
    actual_files: sortedTexts(own.map(({ path }) => path)),
    overall_status: status,
    archival_ready: ready,
    terminations: terminations.map((one) => ({
      ...one,
      expected: one.expected.map((ending) => group.id + ending),
      missing: one.missing.map((ending) => lower + ending),
      extra: one.extra.map((ending) => lower + ending),
    })),
  }
}

class Totals {
  images = 0
  readonly overall = noCounts()
  readonly byTermination = new Map<string, StatusCounts>()
  readonly #paths = new Map<string, { readonly path: readonly string[]; image_count: number }>()
  readonly #assessments = new Map<Assessment, number>()

  add(assessment: Assessment): void {
    this.images += 1
    this.overall[counted(assessment.status)] += 1
    for (const { termination, status } of assessment.terminations) {
      const counts = this.byTermination.get(termination) ?? noCounts()
      this.byTermination.set(termination, counts)
      counts[counted(status)] += 1
    }
    this.#assessments.set(assessment, (this.#assessments.get(assessment) ?? 0) + 1)
  }

  /** Ways with the same nodes are one, whatever the methods. */
  paths(): { path: readonly string[]; image_count: number }[] {
    for (const [{ path }, images] of this.#assessments) {
      if (path === undefined) continue
      const key = path.join('\0')
      const known = this.#paths.get(key) ?? { path, image_count: 0 }
      this.#paths.set(key, known)
      known.image_count += images
    }
    return [...this.#paths.values()]
  }
}

function noCounts(): StatusCounts {
  return { CONSISTENT: 0, PARTIAL: 0, INCONSISTENT: 0 }
}

/** A warning is no issue. */
function counted(status: Status): keyof StatusCounts {
  return status === 'CONSISTENT_WITH_WARNING' ? 'CONSISTENT' : status
}
