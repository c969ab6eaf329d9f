/** The reference's other check of a pipeline, which knows more and which its server does not use. */
import {
  methodsOf,
  outputsOf,
  propertyOf,
  textProperty,
  type Pipeline,
  type PipelineNode,
} from './pipeline.ts'
import { sortedTexts } from './text.ts'

export type StructureError =
  | 'no_capture'
  | 'no_termination'
  | 'cycle'
  | 'orphaned_nodes'
  | 'dead_ends'
  | 'missing_extension'
  | 'invalid_method_ids'
  | 'undefined_method'
  | 'invalid_pairing_inputs'
  | 'insufficient_branches'
  | 'missing_termination_type'

export type Flaw = readonly [error: StructureError, nodes: readonly string[]]

export function flawsOf(pipeline: Pipeline, methods: ReadonlySet<string>): Flaw[] {
  const captures = idsOf(pipeline, 'capture')
  const terminations = idsOf(pipeline, 'termination')
  const ids = pipeline.nodes.map(({ id }) => id)
  const reached = closure(captures, (id) => outputsOf(pipeline, id))
  const inputs = inputsIn(pipeline)
  const ending = closure(terminations, (id) => inputs.get(id) ?? [])
  const orphans = ids.filter((id) => !reached.has(id) && !captures.includes(id))
  const dead = ids.filter((id) => !ending.has(id))
  return [
    ...flaw('cycle', inCircles(pipeline, inputs)),
    // From nowhere, nothing can be reached: that alone is said.
    ...(captures.length === 0 ? ([['no_capture', []]] as const) : flaw('orphaned_nodes', orphans)),
    ...(terminations.length === 0 ? ([['no_termination', []]] as const) : flaw('dead_ends', dead)),
    ...pipeline.nodes.flatMap((node) => ownFlaws(pipeline, node, inputs, methods)),
  ]
}

function flaw(error: StructureError, nodes: readonly string[]): Flaw[] {
  return nodes.length === 0 ? [] : [[error, sortedTexts(nodes)]]
}

function idsOf(pipeline: Pipeline, type: PipelineNode['type']): string[] {
  return pipeline.nodes.filter((node) => node.type === type).map(({ id }) => id)
}

function inputsIn(pipeline: Pipeline): ReadonlyMap<string, readonly string[]> {
  const inputs = new Map<string, string[]>()
  for (const { id } of pipeline.nodes)
    for (const output of outputsOf(pipeline, id)) inputs.set(output, [...(inputs.get(output) ?? []), id])
  return inputs
}

function closure(starts: readonly string[], next: (id: string) => readonly string[]): ReadonlySet<string> {
  const found = new Set(starts)
  for (const id of found) for (const other of next(id)) found.add(other)
  return found
}

/** What is left when nodes without inputs are taken away, again and again: circles, and all that comes after them. */
function inCircles(pipeline: Pipeline, inputs: ReadonlyMap<string, readonly string[]>): string[] {
  const left = new Map(pipeline.nodes.map(({ id }) => [id, inputs.get(id)?.length ?? 0]))
  const free = [...left].filter(([, count]) => count === 0).map(([id]) => id)
  for (const id of free) {
    left.delete(id)
    for (const output of outputsOf(pipeline, id)) {
      const count = left.get(output)
      if (count === undefined) continue
      left.set(output, count - 1)
      if (count === 1) free.push(output)
    }
  }
  return [...left.keys()]
}

function ownFlaws(
  pipeline: Pipeline,
  node: PipelineNode,
  inputs: ReadonlyMap<string, readonly string[]>,
  methods: ReadonlySet<string>,
): Flaw[] {
  const own = [node.id]
  switch (node.type) {
    case 'file':
      return textProperty(node, 'extension') === '' ? [['missing_extension', own]] : []
    case 'process':
      return processFlaws(node, methods)
    case 'pairing':
      return new Set(inputs.get(node.id)).size === 2 ? [] : [['invalid_pairing_inputs', own]]
    case 'branching': {
      const branches = outputsOf(pipeline, node.id).filter((id) => pipeline.byId.has(id))
      return branches.length < 2 ? [['insufficient_branches', own]] : []
    }
    case 'termination':
      return textProperty(node, 'termination_type') === '' ? [['missing_termination_type', own]] : []
    case 'capture':
      return []
  }
}

function processFlaws(node: PipelineNode, methods: ReadonlySet<string>): Flaw[] {
  const given = propertyOf(node, 'method_ids')
  if (given !== undefined && !Array.isArray(given) && typeof given !== 'string')
    return [['invalid_method_ids', [node.id]]]
  return methodsOf(node)
    .filter((method) => method !== '' && !methods.has(method))
    .map(() => ['undefined_method', [node.id]])
}
