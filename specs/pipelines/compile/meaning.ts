/** What shows only when images are followed through a pipeline: ways that nobody can go, and more than anybody could check. */
import type { Graph } from '../graph.ts'
import { limits } from '../limits.ts'
import { problem, type PipelineProblem, type PipelineProblemCode } from '../problem.ts'
import { idsOf, list } from '../structure.ts'
import type { Run } from './run.ts'
import type { Walk } from './walk.ts'
import type { TooMuch } from './work.ts'

/** Edges that no image can go along to the end. */
export function meaningProblems(graph: Graph, { starved }: Walk, runs: readonly Run[]): PipelineProblem[] {
  const touched = runs.reduce((all, run) => all | run.touched, 0n)
  const unused = graph.edges.filter(({ index }) => ((touched >> BigInt(index)) & 1n) === 0n)
  if (unused.length === 0) return []
  const edges = unused.map(({ id }) => id)
  const passed = new Set(graph.edges.filter((edge) => !unused.includes(edge)).map(({ to }) => to))
  const left = graph.nodes.flatMap(({ type }, node) => (type === 'capture' || passed.has(node) ? [] : [node]))
  const hungry = [...starved].filter((node) => left.includes(node) || runs.length === 0)
  if (hungry.length > 0) {
    const message = `${list(graph, hungry)} never gets both of its inputs, because a branching before it chooses only one of them: lead both there from a node that is no branching.`
    return [problem('pairing_starved', message, { nodes: idsOf(graph, hungry), edges })]
  }
  const message =
    left.length > 0
      ? `No image can go on to the end by way of ${list(graph, left)}: lead on from there, and out of every loop by a branching.`
      : `No image can go along ${edges.map((id) => `'${id}'`).join(', ')} and on to the end: remove what leads nowhere.`
  return [problem('never_passed', message, { nodes: idsOf(graph, left), edges })]
}

const namedMax = 10

const tooMuch: Partial<Record<PipelineProblemCode, string>> = {
  name_too_long: `Names get longer than any file system allows: fewer methods on one way, fewer repeats`,
  too_many_files: `One image would have to have more than ${limits.files} files: fewer ways at the same time`,
  too_many_lines: `One image would go more than ${limits.lines} ways at the same time: fewer ways at the same time`,
  too_many_sets: `There are more than ${limits.sets} different sets of files that an image could consist of: fewer choices, methods and repeats, or several pipelines`,
  too_complex:
    'There are too many ways through the pipeline to compare them: fewer choices, methods and repeats, or several pipelines',
}

/** Names the nodes that make it so much: those after which there were the most runs more than before. */
export function tooMuchProblem(
  graph: Graph,
  { code, node }: TooMuch,
  growth: readonly number[],
): PipelineProblem {
  const growing = [...growth.keys()]
    .filter((index) => (growth[index] ?? 0) > 0)
    .toSorted((a, b) => (growth[b] ?? 0) - (growth[a] ?? 0))
  const causes = [...new Set(node === null ? growing : [node, ...growing])].slice(0, namedMax)
  const where = causes.length > 0 ? `. It comes from ${list(graph, causes)}` : ''
  return problem(code, `${tooMuch[code]}${where}.`, { nodes: idsOf(graph, causes) })
}
