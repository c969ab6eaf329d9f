/** What is counted over many images, as parts that merge: the same images give the same counts on any number of threads. */
import type { CompiledPipeline } from '#specs/pipelines/compiled.ts'
import type { ImageMatch, MatchStatus, Verdict } from './match.ts'

export type StatusCounts = Record<MatchStatus, number>
/** How many images have come by, and how many of them are complete. */
export interface Flow {
  images: number
  ready: number
}
export interface MatchTally {
  images: number
  /** Ready for one termination at least. */
  ready: number
  readonly whole: StatusCounts
  /** In the pipeline's order, as are nodes and edges. */
  readonly terminations: readonly StatusCounts[]
  readonly nodes: readonly Flow[]
  readonly edges: readonly Flow[]
}

export function emptyTally({ terminations, nodes, edges }: CompiledPipeline): MatchTally {
  return {
    images: 0,
    ready: 0,
    whole: noStatus(),
    terminations: terminations.map(noStatus),
    nodes: nodes.map(noFlow),
    edges: edges.map(noFlow),
  }
}

function noStatus(): StatusCounts {
  return { CONSISTENT: 0, CONSISTENT_WITH_WARNING: 0, PARTIAL: 0, INCONSISTENT: 0 }
}
function noFlow(): Flow {
  return { images: 0, ready: 0 }
}

/** An image has come by the way of the set that it comes nearest to; one that has nothing of it, by none. */
export class Tallying {
  readonly #pipeline: CompiledPipeline
  readonly #capture: number

  constructor(pipeline: CompiledPipeline) {
    this.#pipeline = pipeline
    const entered = new Set(pipeline.edges.map(({ to }) => to))
    this.#capture = pipeline.nodes.findIndex((_, node) => !entered.has(node))
  }

  add(tally: MatchTally, { whole, terminations, ready }: ImageMatch): void {
    tally.images += 1
    if (ready) tally.ready += 1
    tally.whole[whole.status] += 1
    for (const [at, { status }] of terminations.entries()) {
      const counts = tally.terminations[at]
      if (counts) counts[status] += 1
    }
    if (whole.status !== 'INCONSISTENT') this.#flow(tally, whole)
  }

  #flow(tally: MatchTally, { set, ready }: Verdict): void {
    const nodes = new Set([this.#capture])
    for (const index of this.#pipeline.whole[set]?.edges ?? []) {
      pass(tally.edges[index], ready)
      nodes.add(this.#pipeline.edges[index]?.to ?? this.#capture)
    }
    for (const node of nodes) pass(tally.nodes[node], ready)
  }
}

function pass(flow: Flow | undefined, ready: boolean): void {
  if (flow === undefined) return
  flow.images += 1
  if (ready) flow.ready += 1
}

/** Both are of one pipeline. */
export function mergeTallies(into: MatchTally, other: MatchTally): void {
  into.images += other.images
  into.ready += other.ready
  addStatus(into.whole, other.whole)
  for (const [at, counts] of other.terminations.entries()) addStatus(into.terminations[at], counts)
  for (const [at, flow] of other.nodes.entries()) addFlow(into.nodes[at], flow)
  for (const [at, flow] of other.edges.entries()) addFlow(into.edges[at], flow)
}

function addStatus(into: StatusCounts | undefined, other: StatusCounts): void {
  if (into === undefined) return
  into.CONSISTENT += other.CONSISTENT
  into.CONSISTENT_WITH_WARNING += other.CONSISTENT_WITH_WARNING
  into.PARTIAL += other.PARTIAL
  into.INCONSISTENT += other.INCONSISTENT
}
function addFlow(into: Flow | undefined, { images, ready }: Flow): void {
  if (into === undefined) return
  into.images += images
  into.ready += ready
}
