/** A pipeline as a graph by numbers: who leads where, which nodes form loops, and in which order they can be gone through. */
import type { PipelineContent, PipelineNode } from './pipeline.ts'

export interface GraphEdge {
  readonly index: number
  readonly id: string
  readonly from: number
  readonly to: number
  /** How often it may be taken; null: it is no way back. */
  readonly repeat: number | null
}
export interface Graph {
  readonly nodes: readonly PipelineNode[]
  readonly edges: readonly GraphEdge[]
  readonly out: readonly (readonly GraphEdge[])[]
  readonly into: readonly (readonly GraphEdge[])[]
  /** The loop that a node is part of; a node of no loop is a group of its own. An edge never leads to a lower group. */
  readonly group: readonly number[]
  readonly groups: readonly (readonly number[])[]
}

/** The ends of all edges have to be nodes. */
export function graphOf({ nodes, edges: given }: PipelineContent): Graph {
  const numberOf = new Map(nodes.map(({ id }, index) => [id, index]))
  const edges = given.map(({ id, from, to, repeat = null }, index) => {
    const ends = { from: numberOf.get(from), to: numberOf.get(to) }
    if (ends.from === undefined || ends.to === undefined) throw new Error(`edge '${id}' has an unknown end`)
    return { index, id, from: ends.from, to: ends.to, repeat }
  })
  const out = nodes.map((_, node) => edges.filter(({ from }) => from === node))
  const into = nodes.map((_, node) => edges.filter(({ to }) => to === node))
  return { nodes, edges, out, into, ...grouped(out) }
}

type Ways = readonly (readonly GraphEdge[])[]

/** All nodes that can be reached from some, those included. */
export function reachedFrom(out: Ways, starts: readonly number[]): Set<number> {
  const reached = new Set(starts)
  for (const node of reached) for (const { to } of out[node] ?? []) reached.add(to)
  return reached
}

/** All nodes from which some can be reached, those included. */
export function leadingTo(into: Ways, ends: readonly number[]): Set<number> {
  const leading = new Set(ends)
  for (const node of leading) for (const { from } of into[node] ?? []) leading.add(from)
  return leading
}

/** Two nodes are in one loop when each can be reached from the other. */
function grouped(out: Ways): Pick<Graph, 'group' | 'groups'> {
  const reach = out.map((_, node) => reachedFrom(out, [node]))
  const heads = out.map((_, node) =>
    reach.findIndex((reached, other) => reached.has(node) && reach[node]?.has(other)),
  )
  // Whoever reaches more of the graph comes first: an edge between loops leads to one that reaches strictly less.
  const order = [...new Set(heads)].toSorted((a, b) => (reach[b]?.size ?? 0) - (reach[a]?.size ?? 0) || a - b)
  const placeOf = new Map(order.map((head, place) => [head, place]))
  const group = heads.map((head) => placeOf.get(head) ?? 0)
  return { group, groups: order.map((_, place) => group.flatMap((at, node) => (at === place ? [node] : []))) }
}

export function isLoop({ groups, out }: Graph, group: number): boolean {
  const [first = 0, second] = groups[group] ?? []
  return second !== undefined || (out[first] ?? []).some(({ to }) => to === first)
}

/** An edge that leads from a loop into the same loop. */
export function staysInLoop({ group }: Graph, { from, to }: GraphEdge): boolean {
  return group[from] === group[to]
}

/** The nodes of a group so that edges lead forward, ways back aside; null where that is impossible. */
export function orderWithin(graph: Graph, group: number): number[] | null {
  const members = graph.groups[group] ?? []
  const waiting = new Map(members.map((node) => [node, 0]))
  const forward = members.flatMap((node) => forwardWithin(graph, node))
  for (const { to } of forward) waiting.set(to, (waiting.get(to) ?? 0) + 1)
  const order = members.filter((node) => waiting.get(node) === 0)
  for (const node of order)
    for (const { to } of forwardWithin(graph, node)) {
      const left = (waiting.get(to) ?? 0) - 1
      waiting.set(to, left)
      if (left === 0) order.push(to)
    }
  return order.length === members.length ? order : null
}

function forwardWithin(graph: Graph, node: number): GraphEdge[] {
  return (graph.out[node] ?? []).filter((edge) => edge.repeat === null && staysInLoop(graph, edge))
}
