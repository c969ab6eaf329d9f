/** What ways a pipeline has, and which files each expects of an image. */
import { endingsOf, filesOn } from './expectations.ts'
import { pairingOrder } from './pairing-order.ts'
import type { Pipeline } from './pipeline.ts'
import { eachWay, stepsTo, type Way } from './ways.ts'

export interface GraphPath {
  /** Ends with null where the way was cut. */
  readonly nodes: readonly (string | null)[]
  readonly methods: readonly string[]
  readonly expected: readonly string[]
  readonly termination: string
  readonly truncated: boolean
}

export interface Graph {
  readonly total_paths: number
  readonly truncated_paths: number
  readonly non_truncated_paths: number
  readonly non_truncated_by_termination: Readonly<Record<string, number>>
  readonly pairing_order: readonly string[]
}

/** Each way is handed over, with the files that it expects of the image. */
export function graphOf(
  pipeline: Pipeline,
  image: { readonly base: string; readonly suffix: string },
  found: (path: GraphPath) => void,
): Graph {
  const byTermination = new Map<string, number>()
  let total = 0
  let truncated = 0
  eachWay(pipeline, (way) => {
    total += 1
    if (way.termination === null) truncated += 1
    else byTermination.set(way.termination, (byTermination.get(way.termination) ?? 0) + 1)
    found(pathOf(way, image))
  })
  return {
    total_paths: total,
    truncated_paths: truncated,
    non_truncated_paths: total - truncated,
    non_truncated_by_termination: Object.fromEntries(byTermination),
    pairing_order: pairingOrder(pipeline),
  }
}

function pathOf({ last, termination }: Way, { base, suffix }: { base: string; suffix: string }): GraphPath {
  const steps = stepsTo(last)
  const truncated = termination === null
  return {
    nodes: [...steps.map(({ node }) => node.id), ...(truncated ? [null] : [])],
    methods: steps.filter(({ node }) => node.type === 'process').map(({ method }) => method),
    expected: endingsOf(filesOn(last), suffix).map((ending) => base + ending),
    termination: termination ?? 'TRUNCATED',
    truncated,
  }
}
