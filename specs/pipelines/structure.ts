/** What can be said of a pipeline's connections without following any image through it. */
import { graphOf, isLoop, leadingTo, orderWithin, reachedFrom, staysInLoop, type Graph } from './graph.ts'
import { labelOf, type NodeType, type PipelineContent } from './pipeline.ts'
import { problem, warning, type PipelineProblem } from './problem.ts'

/** Names that stand for two things, and edges that end nowhere. Only where there are none is it a graph at all. */
export function referenceProblems({ nodes, edges }: PipelineContent): PipelineProblem[] {
  const known = new Set(nodes.map(({ id }) => id))
  const twiceNodes = repeated(nodes.map(({ id }) => id))
  const twiceEdges = repeated(edges.map(({ id }) => id))
  return [
    ...twiceNodes.map((id) =>
      problem('duplicate_node', `Several nodes have the id '${id}': give each its own.`, { nodes: [id] }),
    ),
    ...twiceEdges.map((id) =>
      problem('duplicate_edge', `Several edges have the id '${id}': give each its own.`, { edges: [id] }),
    ),
    ...edges.flatMap(({ id, from, to }) =>
      [from, to]
        .filter((end) => !known.has(end))
        .map((end) =>
          problem(
            'unknown_node',
            `Edge '${id}' ends at '${end}', which is no node: connect it, or remove it.`,
            {
              edges: [id],
            },
          ),
        ),
    ),
  ]
}

export function structureProblems(content: PipelineContent): PipelineProblem[] {
  const graph = graphOf(content)
  return [
    ...countProblems(graph),
    ...endProblems(graph),
    ...doubleEdges(graph),
    ...inputProblems(graph),
    ...reachProblems(graph),
    ...loopProblems(graph),
  ]
}

function countProblems(graph: Graph): PipelineProblem[] {
  const captures = ofType(graph, 'capture')
  const problems: PipelineProblem[] = []
  if (captures.length === 0)
    problems.push(problem('no_capture', 'There is no capture node: add the one where all images begin.'))
  if (captures.length > 1)
    problems.push(
      problem(
        'several_captures',
        `There are ${captures.length} capture nodes: keep one, all images begin there.`,
        {
          nodes: idsOf(graph, captures),
        },
      ),
    )
  if (ofType(graph, 'termination').length === 0)
    problems.push(
      problem(
        'no_termination',
        'There is no termination node: add one that says what images are ready for at the end.',
      ),
    )
  if (!graph.nodes.some((node) => node.type === 'file' && !node.properties.optional))
    problems.push(problem('no_file', 'No file is required: add a file node that is not optional.'))
  return problems
}

function endProblems(graph: Graph): PipelineProblem[] {
  const entered = ofType(graph, 'capture').flatMap((node) => graph.into[node] ?? [])
  const left = ofType(graph, 'termination').flatMap((node) => graph.out[node] ?? [])
  return [
    ...entered.map(({ id, to }) =>
      problem(
        'input_not_allowed',
        `Nothing can lead to ${label(graph, to)}, where images begin: remove the edge.`,
        {
          nodes: idsOf(graph, [to]),
          edges: [id],
        },
      ),
    ),
    ...left.map(({ id, from }) =>
      problem(
        'output_not_allowed',
        `Nothing can follow ${label(graph, from)}, where images end: remove the edge.`,
        {
          nodes: idsOf(graph, [from]),
          edges: [id],
        },
      ),
    ),
  ]
}

function doubleEdges({ edges, nodes }: Graph): PipelineProblem[] {
  const first = new Map<string, string>()
  return edges.flatMap(({ id, from, to }) => {
    const ends = `${from} ${to}`
    const other = first.get(ends)
    if (other === undefined) first.set(ends, id)
    if (other === undefined) return []
    const places = { nodes: [nodes[from]?.id ?? '', nodes[to]?.id ?? ''], edges: [other, id] }
    return [
      problem('duplicate_edge', `Edges '${other}' and '${id}' connect the same nodes: remove one.`, places),
    ]
  })
}

function inputProblems(graph: Graph): PipelineProblem[] {
  const problems: PipelineProblem[] = []
  for (const node of ofType(graph, 'pairing')) {
    const edges = graph.into[node] ?? []
    if (edges.length === 2) continue
    const message = `${label(graph, node)} has ${edges.length} inputs: a pairing brings exactly two ways together.`
    problems.push(problem('pairing_inputs', message, placesOf(graph, [node], edges)))
  }
  for (const node of ofType(graph, 'branching')) {
    const edges = graph.out[node] ?? []
    if (edges.length > 1) continue
    const message = `${label(graph, node)} has ${edges.length} outputs: a branching chooses one of at least two.`
    problems.push(problem('no_choice', message, placesOf(graph, [node], edges)))
  }
  return problems
}

function reachProblems(graph: Graph): PipelineProblem[] {
  const problems: PipelineProblem[] = []
  const captures = ofType(graph, 'capture')
  const reached = reachedFrom(graph.out, captures)
  const unreached = graph.nodes.flatMap((_, node) => (reached.has(node) ? [] : [node]))
  if (captures.length > 0 && unreached.length > 0)
    problems.push(
      problem('unreachable', `No image ever comes to ${list(graph, unreached)}: connect it, or remove it.`, {
        nodes: idsOf(graph, unreached),
      }),
    )
  for (const [node, { type }] of graph.nodes.entries()) {
    if (type === 'termination' || type === 'branching' || (graph.out[node] ?? []).length > 0) continue
    const message = `Nothing follows ${label(graph, node)}: lead on from it, at last to a termination.`
    problems.push(problem('dead_end', message, { nodes: idsOf(graph, [node]) }))
  }
  return problems
}

function loopProblems(graph: Graph): PipelineProblem[] {
  const ending = leadingTo(graph.into, endsOf(graph))
  const problems = graph.groups.flatMap((members, group) => {
    if (!isLoop(graph, group)) return []
    const inside = graph.edges.filter((edge) => graph.group[edge.from] === group && staysInLoop(graph, edge))
    const places = placesOf(graph, members, inside)
    const found: PipelineProblem[] = []
    if (orderWithin(graph, group) === null)
      found.push(
        problem(
          'loop_without_bound',
          `${list(graph, members)} form a loop: say on the edge that leads back how often it may be gone through again, 1 to 5 times.`,
          places,
        ),
      )
    if (!members.some((node) => ending.has(node)))
      found.push(
        problem(
          'loop_without_exit',
          `No way leads out of the loop of ${list(graph, members)}: add a branching with one.`,
          places,
        ),
      )
    const pairings = members.filter((node) => graph.nodes[node]?.type === 'pairing')
    if (pairings.length > 0)
      found.push(
        problem(
          'pairing_in_loop',
          `${list(graph, pairings)} is part of a loop: a pairing happens once, lead back to a place after it.`,
          { ...places, nodes: idsOf(graph, pairings) },
        ),
      )
    return found
  })
  const idle = graph.edges.filter((edge) => edge.repeat !== null && !staysInLoop(graph, edge))
  const idles = idle.map((edge) =>
    warning(
      'bound_without_loop',
      `Edge '${edge.id}' leads back to nowhere, so its bound means nothing: remove the bound.`,
      placesOf(graph, [], [edge]),
    ),
  )
  return [...problems, ...idles]
}

/** Where ways end, be it well or not: what leads to a dead end is told of as that. */
function endsOf({ nodes, out }: Graph): number[] {
  return nodes.flatMap((_, node) => ((out[node] ?? []).length === 0 ? [node] : []))
}

function ofType({ nodes }: Graph, type: NodeType): number[] {
  return nodes.flatMap((node, index) => (node.type === type ? [index] : []))
}

export function idsOf({ nodes }: Graph, indexes: readonly number[]): string[] {
  return indexes.map((index) => nodes[index]?.id ?? '')
}

function placesOf(graph: Graph, nodes: readonly number[], edges: readonly { readonly id: string }[]) {
  return { nodes: idsOf(graph, nodes), edges: edges.map(({ id }) => id) }
}

function label({ nodes }: Graph, index: number): string {
  const node = nodes[index]
  return node ? labelOf(node) : ''
}

const listedMax = 5

/** 'A', 'B' and 3 more. */
export function list(graph: Graph, indexes: readonly number[]): string {
  const labels = indexes.slice(0, listedMax).map((index) => label(graph, index))
  const more = indexes.length - labels.length
  if (more > 0) labels.push(`${more} more`)
  const last = labels.pop() ?? ''
  return labels.length === 0 ? last : `${labels.join(', ')} and ${last}`
}

function repeated(ids: readonly string[]): string[] {
  return [...new Set(ids.filter((id, index) => ids.indexOf(id) !== index))]
}
