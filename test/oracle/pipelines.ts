/** Pipelines: what the checks say of them, and all ways through them. */
import { compilePattern } from '#agent/photo/pattern/pattern.ts'
import { graphOf, type GraphPath } from '#agent/photo/shuttersense/graph.ts'
import { readPipeline, type Pipeline, type PipelineDocument } from '#agent/photo/shuttersense/pipeline.ts'
import { flawsOf } from '#agent/photo/shuttersense/structure.ts'
import { complaintsAbout, type Complaint, type ValidityError } from '#agent/photo/shuttersense/validity.ts'
import { attempt, failed } from './attempt.ts'
import { Graphs, type ServerSays } from './recorded.ts'
import type { Verdict } from './verdict.ts'

/** Those that were known where the graphs were recorded. */
const methodsOfGraphs = new Set(['Edit', 'HDR'])

export function compareGraphs(where: string, recorded: unknown, verdict: Verdict): void {
  for (const { id, quirk, why, hints, ...one } of Graphs.parse(recorded)) {
    const at = `${where} ${id}`
    compareChecks(at, one, methodsOfGraphs, one, verdict)
    if (quirk) {
      verdict.leave(`${at} ways`, why ?? hints?.join(', ') ?? 'a quirk')
      continue
    }
    const pipeline = readPipeline(one)
    verdict.compare(`${at} ways`, graphAnswer(pipeline), one.graph.error === undefined ? one.graph : failed)
    if (one.expected_XYZW0042_suffix2)
      verdict.compare(
        `${at} expected`,
        attempt(() => expectedSets(pipeline)),
        one.expected_XYZW0042_suffix2,
      )
  }
}

export interface ChecksSay {
  readonly server: ServerSays
  readonly structure_validator: readonly (readonly [string, readonly string[]])[]
}

export function compareChecks(
  where: string,
  document: PipelineDocument,
  methods: ReadonlySet<string>,
  recorded: ChecksSay,
  verdict: Verdict,
): void {
  verdict.compare(
    `${where} structure`,
    flawsOf(readPipeline(document), methods),
    recorded.structure_validator,
  )
  const complaints = attempt(() => complaintsAbout(document, compilePattern))
  if (!Array.isArray(complaints)) return verdict.compare(`${where} server`, complaints, recorded.server)
  verdict.compare(`${where} valid`, complaints.length === 0, recorded.server.valid)
  verdict.compare(`${where} errors`, told(complaints, recorded.server.errors), recorded.server.errors)
}

/** The recorded text for each complaint that it can be about. */
function told(complaints: readonly Complaint[], texts: readonly string[]): string[] {
  const left = [...texts]
  return complaints.map(({ error, node }) => {
    const index = left.findIndex(
      (text) => signs[error].test(text) && (node === undefined || text.includes(node)),
    )
    return index < 0 ? `${error} ${node ?? ''}` : (left.splice(index, 1)[0] ?? '')
  })
}

/** What the recorded text of an error speaks of. */
const signs: Readonly<Record<ValidityError, RegExp>> = {
  no_capture: /have a capture/i,
  several_captures: /one capture/i,
  no_sample: /missing.*sample_filename/i,
  no_pattern: /missing.*filename_regex/i,
  camera_group: /camera_id_group/,
  pattern_invalid: /invalid.*regex/i,
  pattern_groups: /groups/,
  sample_unmatched: /sample|match/i,
  counter_no_digits: /counter|digit|numeric/i,
  no_required_file: /file node/i,
  no_termination: /termination/i,
  orphaned: /orphan/i,
  edge_to_nowhere: /edge/i,
  pairing_inputs: /pairing.*inputs/i,
}

function graphAnswer(pipeline: Pipeline): object {
  return attempt(() => {
    const paths: GraphPath[] = []
    return { ...graphOf(pipeline, { base: 'AB3D0001', suffix: '' }, (path) => paths.push(path)), paths }
  })
}

function expectedSets(pipeline: Pipeline): readonly (readonly string[])[] {
  const sets = new Map<string, readonly string[]>()
  graphOf(pipeline, { base: 'XYZW0042', suffix: '2' }, ({ expected }) =>
    sets.set(JSON.stringify(expected), expected),
  )
  return [...sets.values()]
}
