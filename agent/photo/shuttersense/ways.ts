/**
 * All ways through a pipeline, from a capture to a termination. Outputs of a node are alternatives; a pairing joins each
 * way to its one input with each way to its other.
 */
import { PipelineTooLarge, ShuttersenseFailure } from './failure.ts'
import { pairingOrder } from './pairing-order.ts'
import { methodsOf, outputsOf, textProperty, type Pipeline, type PipelineNode } from './pipeline.ts'

/** A step of a way, and through it all steps before it. */
export interface Step {
  readonly node: PipelineNode
  /** What a process does, one of its methods. */
  readonly method: string
  readonly before: Step | undefined
  readonly count: number
}

export interface Way {
  readonly last: Step
  /** The type of the termination, null where the way was cut because it went in circles. */
  readonly termination: string | null
}

/** A file, process or branching is passed so often on one way; the next time ends it. */
const passesMax = 5
/** A small graph can have billions of ways, or none but endless circles. Past any of these it is refused. */
export const waysMax = 100_000
export const stepsMax = 1_000_000
export const stepsOnWayMax = 1_000

export function eachWay(pipeline: Pipeline, found: (way: Way) => void): void {
  new Explorer(pipeline, found).all()
}

class Explorer {
  readonly #pipeline: Pipeline
  readonly #found: (way: Way) => void
  /** Pairings that have not been joined yet, with the ways that have come to each of their inputs. */
  readonly #waiting = new Map<string, Map<string, Step[]>>()
  #passes = new Map<string, number>()
  #steps = 0
  #ways = 0

  constructor(pipeline: Pipeline, found: (way: Way) => void) {
    this.#pipeline = pipeline
    this.#found = found
  }

  all(): void {
    const pairings = pairingOrder(this.#pipeline)
    for (const id of pairings) this.#waiting.set(id, new Map(this.#inputsOf(id).map((input) => [input, []])))
    for (const { id, type } of this.#pipeline.nodes) if (type === 'capture') this.#pass(id, undefined)
    for (const id of pairings) this.#join(id)
  }

  /** In the order of the nodes, whatever the order of the edges. */
  #inputsOf(id: string): [string, string] {
    const inputs = this.#pipeline.nodes.filter((node) => outputsOf(this.#pipeline, node.id).includes(id))
    const [first, second] = inputs
    if (!first || !second || inputs.length > 2)
      throw new ShuttersenseFailure(
        'pairing_inputs',
        `the pairing '${id}' has ${inputs.length} inputs, not 2`,
      )
    return [first.id, second.id]
  }

  #join(id: string): void {
    const node = this.#pipeline.byId.get(id)
    const [first = [], second = []] = this.#waiting.get(id)?.values() ?? []
    this.#waiting.delete(id)
    if (!node) return
    if (first.length * second.length > waysMax) throw tooManyWays()
    for (const one of first)
      for (const other of second) {
        this.#passes = new Map()
        this.#follow(this.#step(node, '', this.#joined(one, other)))
      }
  }

  /** One way, then what of the other is not on it. */
  #joined(one: Step, other: Step): Step {
    const there = new Set(stepsTo(one).map(({ node }) => node.id))
    let way = one
    for (const { node, method } of stepsTo(other))
      if (!there.has(node.id)) way = this.#step(node, method, way)
    return way
  }

  #pass(id: string, before: Step | undefined): void {
    const node = this.#pipeline.byId.get(id)
    switch (node?.type) {
      case 'capture':
      case 'pairing':
        return this.#follow(this.#step(node, '', before))
      case 'termination':
        return this.#end(this.#step(node, '', before), textProperty(node, 'termination_type'))
      case 'file':
      case 'process':
      case 'branching':
        return this.#passCounted(node, before)
      case undefined:
    }
  }

  #passCounted(node: PipelineNode, before: Step | undefined): void {
    const passes = this.#passes.get(node.id) ?? 0
    if (passes >= passesMax) return before && this.#end(before, null)
    this.#passes.set(node.id, passes + 1)
    for (const method of node.type === 'process' ? methodsOf(node) : [''])
      this.#follow(this.#step(node, method, before))
    this.#passes.set(node.id, passes)
  }

  #follow(step: Step): void {
    const arrived = new Set<string>()
    for (const id of outputsOf(this.#pipeline, step.node.id)) {
      const ways = this.#waiting.get(id)?.get(step.node.id)
      if (ways === undefined) this.#pass(id, step)
      else if (!arrived.has(id)) {
        arrived.add(id)
        if (ways.push(step) > waysMax) throw tooManyWays()
      }
    }
  }

  #step(node: PipelineNode, method: string, before: Step | undefined): Step {
    const count = (before?.count ?? 0) + 1
    if (++this.#steps > stepsMax) throw new PipelineTooLarge(`more than ${stepsMax} steps on all its ways`)
    if (count > stepsOnWayMax) throw new PipelineTooLarge(`a way of more than ${stepsOnWayMax} steps`)
    return { node, method, before, count }
  }

  #end(last: Step, termination: string | null): void {
    if (++this.#ways > waysMax) throw tooManyWays()
    this.#found({ last, termination })
  }
}

function tooManyWays(): PipelineTooLarge {
  return new PipelineTooLarge(`more than ${waysMax} ways from capture to termination`)
}

/** The steps of a way, from its first on. */
export function stepsTo(last: Step): Step[] {
  const steps: Step[] = []
  for (let step: Step | undefined = last; step; step = step.before) steps.push(step)
  return steps.reverse()
}
