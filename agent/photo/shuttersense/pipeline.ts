/** A pipeline as the reference's server stores it: nodes, and edges whose order is the order in which they are looked at. */
import * as z from 'zod'

const nodesMax = 1_000
const edgesMax = 10_000
const end = z.unknown().optional()

/** As stored. What is odd is kept, since the checks of the server look at it as it is. */
export const PipelineDocument = z.object({
  guid: z.string().nullish(),
  name: z.string().nullish(),
  nodes: z
    .array(
      z.object({
        id: z.unknown().optional(),
        type: z.unknown().optional(),
        properties: z.record(z.string(), z.unknown()).nullish(),
      }),
    )
    .max(nodesMax),
  edges: z.array(z.object({ from: end, to: end, source: end, target: end })).max(edgesMax),
})
export type PipelineDocument = z.infer<typeof PipelineDocument>

export const nodeTypes = ['capture', 'file', 'process', 'pairing', 'branching', 'termination'] as const
export type NodeType = (typeof nodeTypes)[number]

export interface PipelineNode {
  readonly id: string
  readonly type: NodeType
  readonly properties: Readonly<Record<string, unknown>>
}

export interface Pipeline {
  readonly guid: string | null
  readonly name: string | null
  /** Without those that have no id, or a type that there is not. */
  readonly nodes: readonly PipelineNode[]
  readonly byId: ReadonlyMap<string, PipelineNode>
  /** Where edges from a node lead, duplicates and ends that are not there included. */
  readonly outputs: ReadonlyMap<string, readonly string[]>
}

export function readPipeline({ guid, name, nodes, edges }: PipelineDocument): Pipeline {
  const usable = nodes.flatMap(({ id, type, properties }): PipelineNode[] => {
    const ours = nodeTypes.find((one) => one === String(type).toLowerCase())
    return ours === undefined || typeof id !== 'string' || id === ''
      ? []
      : [{ id, type: ours, properties: properties ?? {} }]
  })
  const outputs = new Map<string, string[]>()
  for (const [from, to] of edges.map(endsOf)) {
    if (typeof from !== 'string' || typeof to !== 'string') continue
    const known = outputs.get(from)
    if (known) known.push(to)
    else outputs.set(from, [to])
  }
  return {
    guid: guid ?? null,
    name: name ?? null,
    nodes: usable,
    byId: new Map(usable.map((node) => [node.id, node])),
    outputs,
  }
}

/** Edges name their ends in one of two ways. */
export function endsOf({
  from,
  to,
  source,
  target,
}: PipelineDocument['edges'][number]): [from: unknown, to: unknown] {
  return [from ?? source, to ?? target]
}

/** A property by its name, or by its name in camel case. */
export function propertyOf({ properties }: Pick<PipelineNode, 'properties'>, name: string): unknown {
  return properties[name] ?? properties[name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase())]
}

export function textProperty(node: Pick<PipelineNode, 'properties'>, name: string): string {
  const value = propertyOf(node, name)
  return typeof value === 'string' ? value : ''
}

/** What a process may do, one of these; '' leaves the name as it is. */
export function methodsOf(node: PipelineNode): readonly string[] {
  const given = propertyOf(node, 'method_ids')
  const methods = (Array.isArray(given) ? given : [given]).filter((method) => typeof method === 'string')
  return methods.length === 0 ? [''] : methods
}

export function outputsOf({ outputs }: Pipeline, id: string): readonly string[] {
  return outputs.get(id) ?? []
}
