/** Compares each image of a folder with what a pipeline asks for. */
import { checkPipeline } from '#specs/pipelines/check.ts'
import type { CompiledPipeline } from '#specs/pipelines/compiled.ts'
import type { Naming } from '#specs/pipelines/pipeline.ts'
import { type PipelineValidationOutput, PipelineValidationParams } from '#specs/tools/pipeline-validation.ts'
import { type Invalid, invalidIn } from '../../photo/invalid-names.ts'
import { emptyTally, mergeTallies, type MatchTally, Tallying } from '../../photo/match-tally.ts'
import { PipelineMatcher } from '../../photo/match.ts'
import { type MatchRow, matchRow } from '../../photo/match-row.ts'
import { compilePattern } from '../../photo/pattern/pattern.ts'
import type { Analysis } from '../../scan/analysis.ts'
import { append, emptyList, type Listed, list, shownList } from '../../scan/listed.ts'
import { scanTool } from '../../scan/scan-tool.ts'
import { shownWalk } from '../../scan/walk-tally.ts'
import { ToolFailure } from '../tool.ts'

interface Prepared {
  readonly pipeline: CompiledPipeline
  readonly naming: Naming
}
interface Tally {
  readonly matches: MatchTally
  readonly faulty: Listed<MatchRow>
  readonly invalid: Listed<Invalid>
}

export const pipelineValidation = scanTool<PipelineValidationParams, Prepared, Tally>({
  name: 'pipeline_validation',
  params: PipelineValidationParams,
  photosOf: ({ photos }) => photos,
  namingOf: ({ naming }) => naming,
  prepare,
  analysis: ({ pipeline }) => matching(pipeline),
  output: (tally, { path, walk, prepared }) => ({
    path,
    ...shownWalk(walk),
    ...shownMatches(tally.matches, prepared.pipeline),
    faulty: shownList(tally.faulty, keyOf),
    invalid: shownList(tally.invalid, pathOfInvalid),
  }),
})

function prepare({ pipeline: given, photos }: PipelineValidationParams): Prepared {
  const { compiled, problems } = checkPipeline(given, { patterns: compilePattern, config: photos })
  if (compiled === null) {
    const faults = problems.filter(({ severity }) => severity === 'error').map(({ message }) => message)
    throw new ToolFailure('fatal', `the pipeline can't be used: ${faults.join(' ')}`)
  }
  const capture = given.nodes.find((node) => node.type === 'capture')
  return { pipeline: compiled, naming: capture?.properties.naming ?? { rule: 'standard' } }
}

const pathOfInvalid = ({ path }: Invalid) => path
const keyOf = ({ key }: MatchRow) => key

function matching(pipeline: CompiledPipeline): Analysis<Tally> {
  const matcher = new PipelineMatcher(pipeline)
  const tallying = new Tallying(pipeline)
  return {
    empty: () => ({ matches: emptyTally(pipeline), faulty: emptyList(), invalid: emptyList() }),
    add({ matches, faulty, invalid }, { photos }) {
      for (const image of photos.images) {
        const match = matcher.match(image.files)
        tallying.add(matches, match)
        if (match.whole.status !== 'CONSISTENT') list(faulty, matchRow(pipeline, image, match), keyOf)
      }
      for (const found of invalidIn(photos)) list(invalid, found, pathOfInvalid)
    },
    merge(into, other) {
      mergeTallies(into.matches, other.matches)
      append(into.faulty, other.faulty, keyOf)
      append(into.invalid, other.invalid, pathOfInvalid)
    },
  }
}

type Matches = Pick<
  PipelineValidationOutput,
  'images' | 'ready' | 'whole' | 'terminations' | 'nodes' | 'edges'
>

function shownMatches(tally: MatchTally, { terminations, nodes, edges }: CompiledPipeline): Matches {
  const { images, ready, whole } = tally
  const none = { images: 0, ready: 0 }
  return {
    images,
    ready,
    whole,
    terminations: terminations.map(({ name }, at) => ({ name, counts: tally.terminations[at] ?? whole })),
    nodes: Object.fromEntries(nodes.map((node, at) => [node, tally.nodes[at] ?? none])),
    edges: Object.fromEntries(edges.map(({ id }, at) => [id, tally.edges[at] ?? none])),
  }
}
