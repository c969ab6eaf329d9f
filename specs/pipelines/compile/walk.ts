/** One step of a run: what its lines at one place do there. */
import { leadingTo, type Graph, type GraphEdge } from '../graph.ts'
import { limits } from '../limits.ts'
import { Draft } from './draft.ts'
import { NameSets, type SetId } from './name-sets.ts'
import { Names, type MarksId } from './names.ts'
import { Places } from './places.ts'
import type { Line, Run } from './run.ts'
import { TooMuch, type Work } from './work.ts'

/** What a line has with it when it leaves a node. */
interface Carried {
  readonly marks: MarksId
  readonly names: SetId
  readonly flow: bigint
}
interface Option {
  readonly carried: Carried
  readonly edges: readonly GraphEdge[]
}

export class Walk {
  readonly names: Names
  readonly sets: NameSets
  readonly places: Places
  /** Names of terminations; several nodes may have one. */
  readonly terminations: readonly string[]
  /** Pairings at which a run has waited in vain for its other input. */
  readonly starved = new Set<number>()
  readonly #graph: Graph
  readonly #work: Work
  readonly #terminationOf: readonly number[]
  /** Whether marks still matter at a node: lines that no file can tell apart any more are one. */
  readonly #fileAhead: ReadonlySet<number>

  constructor(graph: Graph, work: Work) {
    this.#graph = graph
    this.#work = work
    this.names = new Names(work)
    this.sets = new NameSets(work)
    this.places = new Places(graph)
    const ends = graph.nodes.map((node) => (node.type === 'termination' ? node.properties.name : ''))
    this.terminations = [...new Set(ends)].filter((name) => name !== '')
    this.#terminationOf = ends.map((name) => this.terminations.indexOf(name))
    const files = graph.nodes.flatMap(({ type }, node) => (type === 'file' ? [node] : []))
    this.#fileAhead = leadingTo(graph.into, files)
  }

  /** The one run there is at the beginning. */
  start(): Run {
    const empty: Run = { lines: [], ended: [], steps: 0, ways: 1, touched: 0n }
    const draft = new Draft(this.sets, this.#work, empty, [])
    const capture = this.#graph.nodes.findIndex(({ type }) => type === 'capture')
    const carried = { marks: this.names.unmarked, names: this.sets.empty, flow: 0n }
    this.#leave(draft, 0, { carried, edges: this.#graph.out[capture] ?? [] })
    return draft.done()
  }

  /** The runs that a run, none of whose lines is before a place, can become there. */
  step(run: Run, place: number): Run[] {
    const later = run.lines.findIndex((line) => line.place !== place)
    const count = later < 0 ? run.lines.length : later
    const here = run.lines.slice(0, count)
    const draft = new Draft(this.sets, this.#work, run, run.lines.slice(count))
    const node = this.places.nodeAt(place)
    if (this.#graph.nodes[node]?.type === 'pairing') return this.#pair(draft, node, here)
    return this.#choose(draft, node, place, here)
  }

  /** Each line chooses for itself. */
  #choose(first: Draft, node: number, place: number, here: readonly Line[]): Run[] {
    const round = this.places.roundAt(place)
    let drafts = [first]
    for (const line of here) {
      const options = this.#options(node, round, line)
      drafts = drafts.flatMap((draft) =>
        options.flatMap((option, index) => {
          const next = index === options.length - 1 ? draft : draft.copy()
          return this.#leave(next, round, option) ? [next] : []
        }),
      )
      if (drafts.length > limits.open) throw new TooMuch('too_complex', node)
    }
    return drafts.map((draft) => draft.done())
  }

  /** Every line of the one input goes on with every line of the other. */
  #pair(draft: Draft, node: number, here: readonly Line[]): Run[] {
    const [left, right] = [here.filter(({ side }) => side === 0), here.filter(({ side }) => side === 1)]
    if (left.length === 0 || right.length === 0) {
      this.starved.add(node)
      return []
    }
    const edges = this.#graph.out[node] ?? []
    for (const a of left)
      for (const b of right) {
        const carried = {
          marks: this.names.joined(a.marks, b.marks, node),
          names: this.sets.union(a.names, b.names),
          flow: a.flow | b.flow,
        }
        if (!this.#leave(draft, 0, { carried, edges })) return []
      }
    return [draft.done()]
  }

  #options(node: number, round: number, carried: Carried): Option[] {
    const edges = this.#graph.out[node] ?? []
    const at = this.#graph.nodes[node]
    if (at?.type === 'branching')
      return edges
        .filter((edge) => this.places.roundAfter(edge, round) !== null)
        .map((edge) => ({ carried, edges: [edge] }))
    if (at?.type === 'file') {
      const name = 2 * this.names.nameOf(carried.marks, at.properties.extension)
      const member = at.properties.optional ? name + 1 : name
      return [{ carried: { ...carried, names: this.sets.with(carried.names, member) }, edges }]
    }
    if (at?.type !== 'process') return [{ carried, edges }]
    return at.properties.methods.map((method) => ({
      carried: { ...carried, marks: this.names.marked(carried.marks, method, node) },
      edges,
    }))
  }

  /** Goes along all edges. False where one of them can't be gone along any more: then this is no way through. */
  #leave(draft: Draft, round: number, { carried, edges }: Option): boolean {
    return edges.every((edge) => {
      const next = this.places.roundAfter(edge, round)
      if (next === null) return false
      const bit = 1n << BigInt(edge.index)
      draft.goAlong(bit)
      return this.#arrive(draft, edge, next, { ...carried, flow: carried.flow | bit })
    })
  }

  #arrive(draft: Draft, edge: GraphEdge, round: number, carried: Carried): boolean {
    const node = edge.to
    const at = this.#graph.nodes[node]
    const marks = this.#fileAhead.has(node) ? carried.marks : this.names.unmarked
    if (at?.type === 'termination') {
      draft.end({ termination: this.#terminationOf[node] ?? 0, names: carried.names, flow: carried.flow })
      return true
    }
    const inputs = this.#graph.into[node] ?? []
    // Where there is one way in and nothing to choose, nobody has to be waited for.
    const straight = at?.type === 'file' || (at?.type === 'process' && at.properties.methods.length === 1)
    if (straight && inputs.length === 1) {
      const [option] = this.#options(node, round, { ...carried, marks })
      return option !== undefined && this.#leave(draft, round, option)
    }
    const side = at?.type === 'pairing' ? inputs.indexOf(edge) : 0
    draft.add({ ...carried, marks, side, place: this.places.of(node, round) }, node)
    return true
  }
}
