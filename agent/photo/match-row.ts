/** What is told of one image: names in full, and where its files lie. */
import { expectedName, type CompiledPipeline } from '#specs/pipelines/compiled.ts'
import type { Image, ScannedFile } from './group.ts'
import type { ImageMatch, MatchStatus, Verdict } from './match.ts'

export interface VerdictRow {
  readonly status: MatchStatus
  readonly ready: boolean
  /** Names; those that it may be without are not among them. */
  readonly expected: readonly string[]
  readonly missing: readonly string[]
  /** Paths. */
  readonly extra: readonly string[]
}
export interface MatchRow extends VerdictRow {
  readonly key: string
  readonly scope: string
  /** AB3D0001, or AB3D0001-2 for a separate image. */
  readonly image: string
  /** Whether it is ready for one termination at least; `ready` is for all that its way leads to. */
  readonly archivable: boolean
  readonly terminations: readonly (VerdictRow & { readonly name: string })[]
  /** Paths of files whose name the image has in another folder as well. */
  readonly repeated: readonly string[]
}

export function matchRow(
  pipeline: CompiledPipeline,
  image: Image<ScannedFile>,
  { whole, terminations, ready, repeated }: ImageMatch,
): MatchRow {
  const { key, scope, base, separate } = image
  return {
    key,
    scope,
    image: separate === '' ? base : `${base}-${separate}`,
    archivable: ready,
    ...verdictRow(pipeline, image, whole),
    terminations: terminations.map((verdict, at) => ({
      name: pipeline.terminations[at]?.name ?? '',
      ...verdictRow(pipeline, image, verdict),
    })),
    repeated: pathsOf(image, repeated),
  }
}

function verdictRow(pipeline: CompiledPipeline, image: Image<ScannedFile>, verdict: Verdict): VerdictRow {
  const nameOf = (number: number) => expectedName(pipeline, number, image.base, image.separate)
  const { status, ready, required, missing, extra } = verdict
  return {
    status,
    ready,
    expected: required.map(nameOf),
    missing: missing.map(nameOf),
    extra: pathsOf(image, extra),
  }
}

function pathsOf({ files }: Image<ScannedFile>, numbers: readonly number[]): string[] {
  return numbers.flatMap((number) => {
    const file = files[number]?.file
    return file ? [file.folder === '' ? file.name.shown : `${file.folder}/${file.name.shown}`] : []
  })
}
