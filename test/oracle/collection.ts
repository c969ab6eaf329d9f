/** A collection: its listing, and what each tool answers on it. */
import { compilePattern } from '#agent/photo/pattern/pattern.ts'
import { ShuttersenseConfiguration } from '#agent/photo/shuttersense/configuration.ts'
import { parserOf, parseStandard, type ParseName } from '#agent/photo/shuttersense/file-name.ts'
import { filesAmong, namedFiles, type NamedFile } from '#agent/photo/shuttersense/files.ts'
import { groupPhotos, type Grouped } from '#agent/photo/shuttersense/groups.ts'
import { fileListHash } from '#agent/photo/shuttersense/input-state.ts'
import { camerasOf, photoPairing } from '#agent/photo/shuttersense/photo-pairing.ts'
import { pairedFiles, photostats } from '#agent/photo/shuttersense/photostats.ts'
import { readPipeline, type PipelineDocument } from '#agent/photo/shuttersense/pipeline.ts'
import { pipelineValidation, type ImageRow } from '#agent/photo/shuttersense/pipeline-validation.ts'
import { configuredBy, toolConfigurationOf } from '#agent/photo/shuttersense/tool-configuration.ts'
import { attempt, failed } from './attempt.ts'
import { entriesOf } from './manifest.ts'
import { compareChecks } from './pipelines.ts'
import { Configuration, Expected, Manifest } from './recorded.ts'
import type { Verdict } from './verdict.ts'

export function compareCollection(
  where: string,
  recorded: { readonly manifest: unknown; readonly config: unknown; readonly expected: unknown },
  verdict: Verdict,
): void {
  const listed = filesAmong(entriesOf(Manifest.parse(recorded.manifest)))
  const { tool_pipelines, pipelines, ...rest } = Configuration.parse(recorded.config)
  const collection = new Collection(where, namedFiles(listed), ShuttersenseConfiguration.parse(rest), verdict)
  const expected = Expected.parse(recorded.expected)
  verdict.compare(`${where} files_listed`, listed.length, expected.detail['files_listed'])
  if (listed.every(({ path }) => path.isWellFormed()))
    verdict.compare(`${where} file_list_hash`, fileListHash(listed), expected.detail['file_list_hash'])
  else verdict.leave(`${where} file_list_hash`, 'a name is no UTF-8, of which the reference makes no hash')
  collection.comparePlain(expected)
  for (const [name, document] of Object.entries(tool_pipelines))
    collection.compareDriven(name, document, expected)
  for (const [name, document] of Object.entries(pipelines)) {
    if (document.quirk) verdict.leave(`${where} pipeline_validation ${name}`, 'a quirk')
    else collection.compareValidation(name, document, expected)
  }
  const methods = new Set(Object.keys(rest.processing_methods))
  for (const [name, checks] of Object.entries(expected.graphs)) {
    const document = pipelines[name] ?? tool_pipelines[name]
    if (document) compareChecks(`${where} graphs ${name}`, document, methods, checks, verdict)
    else verdict.leave(`${where} graphs ${name}`, 'no such pipeline')
  }
}

class Collection {
  readonly #where: string
  readonly #files: readonly NamedFile[]
  readonly #configuration: ShuttersenseConfiguration
  readonly #verdict: Verdict

  constructor(
    where: string,
    files: readonly NamedFile[],
    configuration: ShuttersenseConfiguration,
    verdict: Verdict,
  ) {
    this.#where = where
    this.#files = files
    this.#configuration = configuration
    this.#verdict = verdict
  }

  comparePlain({ photostats: stats, photo_pairing: pairing, detail }: Expected): void {
    const plain = toolsOn(this.#files, this.#configuration, parseStandard)
    this.#compare('photostats', plain.photostats, stats)
    this.#compare('photo_pairing', plain.photo_pairing, pairing)
    this.#compare('detail.photo_pairing', plain.detail(), detail['photo_pairing'])
    this.#compare(
      'detail.photostats_paired',
      pairedFiles(this.#files, this.#configuration),
      detail['photostats_paired'],
    )
  }

  /** Where the pipeline says too little, the tools go by the plain configuration. */
  compareDriven(name: string, document: PipelineDocument, expected: Expected): void {
    const at = `pipeline_driven ${name}`
    const recorded = withoutMessages(expected.pipeline_driven[name])
    const detail = expected.detail.tool_pipelines[name]
    const tool = attempt(() => toolConfigurationOf(readPipeline(document)))
    if (!('filename_regex' in tool)) {
      this.#compare(at, answersOf(toolsOn(this.#files, this.#configuration, parseStandard)), recorded)
      return this.#compare(`detail.tool_pipelines ${name}`, failed, failedIn(detail))
    }
    const parse = attempt(() => parserOf(tool.filename_regex, tool.camera_id_group, compilePattern))
    if (typeof parse !== 'function') return this.#compare(at, parse, recorded)
    const driven = toolsOn(this.#files, configuredBy(tool, this.#configuration), parse)
    this.#compare(at, answersOf(driven), recorded)
    const ours = attempt(() => ({ ...driven.detail(), tool_config: tool }))
    this.#compare(`detail.tool_pipelines ${name}`, ours, failedIn(detail))
  }

  compareValidation(name: string, document: PipelineDocument, expected: Expected): void {
    const recorded = expected.pipeline_validation[name]
    const images: ImageRow[] = []
    const answer = answerOf(() =>
      pipelineValidation(
        this.#files,
        groupPhotos(this.#files, this.#configuration, parseStandard),
        this.#configuration,
        // The name under which it was recorded is no part of the recorded configuration.
        { ...readPipeline(document), ...nameIn(recorded) },
        (row) => images.push(row),
      ),
    )
    this.#compare(`pipeline_validation ${name}`, answer, withoutMessages({ answer: recorded })?.['answer'])
    const detail = { images, status_counts: statusCounts(images) }
    if ('success' in answer && answer.success === true)
      this.#compare(`detail.pipeline_validation ${name}`, detail, expected.detail.pipeline_validation[name])
  }

  #compare(what: string, ours: unknown, recorded: unknown): void {
    this.#verdict.compare(`${this.#where} ${what}`, ours, recorded)
  }
}

function answerOf(run: () => object): object {
  return attempt(() => ({ success: true, error: null, ...run() }))
}

/** That a job failed is compared, and not in which words. */
function withoutMessages(answers: Readonly<Record<string, unknown>> | undefined) {
  if (answers === undefined) return undefined
  return Object.fromEntries(
    Object.entries(answers).map(([tool, answer]) => [
      tool,
      typeof answer === 'object' && answer !== null && 'success' in answer && answer.success === false
        ? failed
        : answer,
    ]),
  )
}

function toolsOn(files: readonly NamedFile[], configuration: ShuttersenseConfiguration, parse: ParseName) {
  const grouped = () => groupPhotos(files, configuration, parse)
  return {
    photostats: answerOf(() => photostats(files, configuration)),
    photo_pairing: answerOf(() => photoPairing(grouped(), configuration)),
    detail: () => detailOf(grouped(), configuration),
  }
}

function detailOf(grouped: Grouped, configuration: ShuttersenseConfiguration) {
  const { invalid_files_count: _, ...analytics } = photoPairing(grouped, configuration).results
  return {
    analytics: { ...analytics, cameras: camerasOf(grouped, configuration) },
    imagegroups: grouped.groups.map(({ id, camera, counter, images }) => ({
      group_id: id,
      camera_id: camera,
      counter,
      separate_images: Object.fromEntries(
        Array.from(images, ([suffix, image]) => [
          suffix,
          { files: image.files.map(({ path }) => path), properties: image.methods },
        ]),
      ),
    })),
    invalid_files: grouped.invalid.map(({ path, name }) => ({ filename: name, path })),
  }
}

function answersOf({ photostats: stats, photo_pairing: pairing }: ReturnType<typeof toolsOn>) {
  return { photostats: stats, photo_pairing: pairing }
}

function failedIn(detail: Readonly<Record<string, unknown>> | undefined): unknown {
  return detail && 'error' in detail ? failed : detail
}

function nameIn(recorded: unknown): { guid: string | null; name: string | null } {
  const { results = {} } = (recorded ?? {}) as {
    results?: { pipeline_guid?: string; pipeline_name?: string }
  }
  return { guid: results.pipeline_guid ?? null, name: results.pipeline_name ?? null }
}

function statusCounts(images: readonly ImageRow[]): Record<string, number> {
  const counts = { consistent: 0, consistent_with_warning: 0, partial: 0, inconsistent: 0 }
  for (const { overall_status } of images)
    counts[overall_status.toLowerCase() as Lowercase<typeof overall_status>] += 1
  return counts
}
