/**
 * Follows images through a pipeline run by run, choice by choice, as the README says it, with nothing done to save time.
 * What the compiler works out is compared with it.
 */
import type { PipelineContent, PipelineNode } from '#specs/pipelines/pipeline.ts'

export interface Outcome {
  /** By termination: names, an optional one with a question mark. */
  readonly ended: ReadonlyMap<string, ReadonlySet<string>>
}
/** A place with its marks, as an image comes through it in one run. */
interface State {
  readonly node: PipelineNode
  readonly round: number
  readonly marks: readonly string[]
  readonly from: Set<State>
}
interface Way {
  readonly edge: PipelineContent['edges'][number]
  /** The round in which it leads on; null where it may not be taken any more. */
  readonly next: number | null
}
const runsMax = 600

/** All runs that come to an end; null where there are too many. */
export function follow(content: PipelineContent): Outcome[] | null {
  const outcomes: Outcome[] = []
  const reach = new Map(content.nodes.map(({ id }) => [id, reachedFrom(content, id)]))
  // A run is told by the numbers of its choices in the order in which they come up.
  let script: number[] = []
  for (let count = 0; count < runsMax; count++) {
    const run = new Follower(content, reach, script)
    const ended = run.ended()
    if (ended) outcomes.push({ ended })
    const next = run.nextScript()
    if (next === null) return outcomes
    script = next
  }
  return null
}

/** All nodes to which edges lead from one, itself included. */
function reachedFrom({ edges }: PipelineContent, start: string): Set<string> {
  const reached = new Set([start])
  for (const id of reached) for (const { from, to } of edges) if (from === id) reached.add(to)
  return reached
}

type Reach = ReadonlyMap<string, ReadonlySet<string>>

class Follower {
  readonly #content: PipelineContent
  readonly #reach: Reach
  readonly #script: readonly number[]
  readonly #made: { choice: number; of: number }[] = []
  readonly #states = new Map<string, State>()
  readonly #waiting = new Map<PipelineNode, [State[], State[]]>()
  #possible = true

  constructor(content: PipelineContent, reach: Reach, script: readonly number[]) {
    this.#content = content
    this.#reach = reach
    this.#script = script
  }

  ended(): Map<string, Set<string>> | null {
    const capture = this.#content.nodes.find(({ type }) => type === 'capture')
    if (capture) this.#arrive(capture, 0, [], null, null)
    for (const [left, right] of this.#waiting.values())
      if (left.length === 0 || right.length === 0) this.#possible = false
    return this.#possible ? this.#named() : null
  }

  /** The last choice that has another way takes it. */
  nextScript(): number[] | null {
    const made = [...this.#made]
    for (let last = made.pop(); last; last = made.pop())
      if (last.choice + 1 < last.of) return [...made.map(({ choice }) => choice), last.choice + 1]
    return null
  }

  #choose(of: number): number {
    const choice = this.#script[this.#made.length] ?? 0
    this.#made.push({ choice, of })
    return choice
  }

  #arrive(
    node: PipelineNode,
    round: number,
    carried: readonly string[],
    from: State | null,
    edge: string | null,
  ): void {
    const marks = this.#filesAhead(node) ? carried : []
    const id = `${node.id} ${round} ${marks.join('-')} ${node.type === 'pairing' ? edge : ''}`
    const known = this.#states.get(id)
    if (known) {
      if (from) known.from.add(from)
      // Whatever follows has been gone through, and now has one more behind it.
      return
    }
    const state: State = { node, round, marks, from: new Set(from ? [from] : []) }
    this.#states.set(id, state)
    if (node.type === 'pairing') return this.#meet(state, edge)
    if (node.type === 'termination') return
    this.#goOn(state, this.#choices(state), node.type === 'process' ? this.#marked(state) : marks)
  }

  /** Both inputs are known in turn: whoever comes meets all who have come to the other. */
  #meet(state: State, edge: string | null): void {
    const { node } = state
    const inputs = this.#content.edges.filter(({ to }) => to === node.id)
    const side = inputs.findIndex(({ id }) => id === edge)
    const sides = this.#waiting.get(node) ?? [[], []]
    this.#waiting.set(node, sides)
    sides[side === 0 ? 0 : 1].push(state)
    for (const other of sides[side === 0 ? 1 : 0]) {
      const [first, second] = side === 0 ? [state, other] : [other, state]
      let common = 0
      while (common < first.marks.length && first.marks[common] === second.marks[common]) common += 1
      const marks = [...first.marks, ...second.marks.slice(common)]
      const met: State = { node, round: 0, marks, from: new Set([first, second]) }
      this.#goOn(met, this.#open(met), marks)
    }
  }

  #choices(state: State): Way[] {
    const open = this.#open(state)
    if (state.node.type !== 'branching') return open
    const usable = open.filter(({ next }) => next !== null)
    if (usable.length === 0) this.#possible = false
    return usable.slice(this.#choose(usable.length)).slice(0, 1)
  }

  #marked({ node, marks }: State): readonly string[] {
    const methods = node.type === 'process' ? node.properties.methods : []
    const method = methods[this.#choose(methods.length)] ?? ''
    return method === '' ? marks : [...marks, method]
  }

  #open({ node, round }: State): Way[] {
    return this.#content.edges
      .filter(({ from }) => from === node.id)
      .map((edge) => ({ edge, next: this.#roundAfter(edge, round) }))
  }

  #roundAfter(edge: PipelineContent['edges'][number], round: number): number | null {
    if (!this.#leads(edge.to, edge.from)) return 0
    if (edge.repeat === undefined) return round
    return round < edge.repeat ? round + 1 : null
  }

  #goOn(state: State, ways: readonly Way[], marks: readonly string[]): void {
    for (const { edge, next } of ways) {
      const node = this.#content.nodes.find(({ id }) => id === edge.to)
      if (next === null || !node) this.#possible = false
      else this.#arrive(node, next, marks, state, edge.id)
    }
  }

  #named(): Map<string, Set<string>> {
    const ended = new Map<string, Set<string>>()
    for (const state of this.#states.values()) {
      if (state.node.type !== 'termination') continue
      const { name } = state.node.properties
      const names = ended.get(name) ?? new Set()
      ended.set(name, names)
      const behind = new Set([state])
      for (const { from } of behind) for (const other of from) behind.add(other)
      for (const { node, marks } of behind) {
        if (node.type !== 'file') continue
        const { extension, optional } = node.properties
        const text = [...marks.map((mark) => `-${mark}`), extension].join('')
        names.add(`${text}${optional ? '?' : ''}`)
      }
    }
    return ended
  }

  #filesAhead({ id }: PipelineNode): boolean {
    return this.#content.nodes.some((node) => node.type === 'file' && this.#leads(id, node.id))
  }

  #leads(from: string, to: string): boolean {
    return this.#reach.get(from)?.has(to) ?? false
  }
}
