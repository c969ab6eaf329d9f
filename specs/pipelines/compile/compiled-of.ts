/** From the runs that are left at the end to the sets that images are compared with. */
import type { CompiledPipeline, ExpectedSet } from '../compiled.ts'
import { idsOf } from '../structure.ts'
import type { Graph } from '../graph.ts'
import { problem, type PipelineProblem } from '../problem.ts'
import { limits } from '../limits.ts'
import type { SetId } from './name-sets.ts'
import type { Run } from './run.ts'
import type { Walk } from './walk.ts'
import { TooMuch } from './work.ts'

type Found = { readonly compiled: CompiledPipeline; readonly problems: PipelineProblem[] }

export function compiledOf(graph: Graph, walk: Walk, runs: readonly Run[]): Found {
  const whole = new Expected(walk)
  const each = walk.terminations.map(() => new Expected(walk))
  let ways = 0
  for (const { ended, ways: more } of runs) {
    ways = Math.min(ways + more, Number.MAX_SAFE_INTEGER)
    for (const { termination, names, flow } of ended) each[termination]?.add(names, flow)
    const names = ended.reduce((all, { names: some }) => walk.sets.union(all, some), walk.sets.empty)
    whole.add(
      names,
      ended.reduce((all, { flow }) => all | flow, 0n),
    )
  }
  const terminations = walk.terminations.map((name, index) => ({ name, sets: each[index]?.sets() ?? [] }))
  const compiled = {
    format: 1 as const,
    names: walk.names.list,
    nodes: graph.nodes.map(({ id }) => id),
    edges: graph.edges.map(({ id, from, to }) => ({ id, from, to })),
    terminations,
    whole: whole.sets(),
    ways,
  }
  return { compiled: { ...compiled, names: [...compiled.names] }, problems: emptySets(graph, compiled) }
}

/** Different sets, each with the way that was found first. */
class Expected {
  readonly #walk: Walk
  readonly #sets = new Map<string, ExpectedSet>()

  constructor(walk: Walk) {
    this.#walk = walk
  }

  add(names: SetId, flow: bigint): void {
    const members = this.#walk.sets.members(names)
    const required = members.flatMap((member) => (member % 2 === 0 ? [member / 2] : []))
    const must = new Set(required)
    // What one way requires and another does not is required.
    const optional = members.flatMap((member) =>
      member % 2 === 1 && !must.has((member - 1) / 2) ? [(member - 1) / 2] : [],
    )
    if (required.length + optional.length > limits.files) throw new TooMuch('too_many_files')
    const key = `${required.join()}/${optional.join()}`
    if (!this.#sets.has(key)) this.#sets.set(key, { required, optional, edges: edgesOf(flow) })
  }

  sets(): ExpectedSet[] {
    return [...this.#sets.values()]
  }
}

function edgesOf(flow: bigint): number[] {
  const edges: number[] = []
  for (let left = flow, index = 0; left > 0n; left >>= 1n, index++) if (left & 1n) edges.push(index)
  return edges
}

function emptySets(
  graph: Graph,
  { terminations }: Pick<CompiledPipeline, 'terminations'>,
): PipelineProblem[] {
  return terminations.flatMap(({ name, sets }) => {
    const empty = sets.find(({ required }) => required.length === 0)
    if (!empty) return []
    const nodes = graph.nodes.flatMap((node, index) =>
      node.type === 'termination' && node.properties.name === name ? [index] : [],
    )
    const message = `An image would be ready for '${name}' without any file: put a file that is not optional on every way there.`
    const edges = empty.edges.map((index) => graph.edges[index]?.id ?? '')
    return [problem('expects_nothing', message, { nodes: idsOf(graph, nodes), edges })]
  })
}
