/**
 * Where an image can be: at a node, in one of the rounds of the loop that the node is part of. Places are numbered so that
 * every way leads from a lower number to a higher one: whoever goes through them in order has seen all that arrives.
 */
import { orderWithin, staysInLoop, type Graph, type GraphEdge } from '../graph.ts'

export class Places {
  readonly #graph: Graph
  readonly #nodes: number[] = []
  readonly #rounds: number[] = []
  /** By node, the place in its first round, and how far on the next round is. */
  readonly #first: number[] = []
  readonly #perRound: number[] = []

  /** Every loop has to be bounded. */
  constructor(graph: Graph) {
    this.#graph = graph
    for (const group of graph.groups.keys()) this.#number(group)
  }

  get count(): number {
    return this.#nodes.length
  }

  of(node: number, round: number): number {
    return (this.#first[node] ?? 0) + round * (this.#perRound[node] ?? 0)
  }

  nodeAt(place: number): number {
    return this.#nodes[place] ?? 0
  }

  roundAt(place: number): number {
    return this.#rounds[place] ?? 0
  }

  /** In which round an edge leads on; null where it was taken as often as it may be. Loops that share nodes count together. */
  roundAfter(edge: GraphEdge, round: number): number | null {
    if (!staysInLoop(this.#graph, edge)) return 0
    if (edge.repeat === null) return round
    return round < edge.repeat ? round + 1 : null
  }

  #number(group: number): void {
    const order = orderWithin(this.#graph, group) ?? []
    const back = order.flatMap((node) =>
      (this.#graph.out[node] ?? []).filter((edge) => staysInLoop(this.#graph, edge)),
    )
    const rounds = Math.max(0, ...back.map(({ repeat }) => repeat ?? 0))
    const start = this.#nodes.length
    for (const [at, node] of order.entries()) {
      this.#first[node] = start + at
      this.#perRound[node] = order.length
    }
    for (let round = 0; round <= rounds; round++)
      for (const node of order) {
        this.#nodes.push(node)
        this.#rounds.push(round)
      }
  }
}
