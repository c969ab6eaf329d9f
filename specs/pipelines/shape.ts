/** Reads what somebody calls a pipeline, and says of each node and edge what is wrong with how it is written. */
import * as z from 'zod'
import { limits } from './limits.ts'
import { PipelineContent } from './pipeline.ts'
import { problem, type PipelineProblem } from './problem.ts'

export interface Read {
  readonly content: PipelineContent | null
  readonly problems: readonly PipelineProblem[]
}

export function readContent(input: unknown): Read {
  const problems = sizeProblems(input)
  if (problems.length > 0) return { content: null, problems }
  const { success, data, error } = PipelineContent.safeParse(input)
  if (success) return { content: data, problems: [] }
  return { content: null, problems: error.issues.map((issue) => shapeProblem(input, issue)) }
}

const Lists = z.object({ nodes: z.array(z.unknown()), edges: z.array(z.unknown()) })

/** Before anything in the lists is looked at. */
function sizeProblems(input: unknown): PipelineProblem[] {
  const { success, data } = Lists.safeParse(input)
  if (!success) return [problem('bad_shape', 'A pipeline has a list of nodes and a list of edges.')]
  const { nodes, edges } = data
  return [
    ...(nodes.length > limits.nodes ? [tooMany('nodes', nodes.length, limits.nodes)] : []),
    ...(edges.length > limits.edges ? [tooMany('edges', edges.length, limits.edges)] : []),
  ]
}

function tooMany(what: string, count: number, most: number): PipelineProblem {
  return problem('bad_shape', `It has ${count} ${what}, at most ${most}: make several pipelines of it.`)
}

type Issue = z.core.$ZodIssue

function shapeProblem(input: unknown, { path, message }: Issue): PipelineProblem {
  const [list, index, ...inside] = path
  const id = idIn(input, list, index)
  const field = inside.filter((step) => step !== 'properties').join('.')
  const what = field === '' ? '' : `, ${field}`
  if (list === 'nodes' && index !== undefined)
    return problem('bad_property', `Node ${id ?? Number(index) + 1}${what}: ${message}.`, {
      nodes: id === null ? [] : [id],
    })
  if (list === 'edges' && index !== undefined)
    return problem('bad_edge', `Edge ${id ?? Number(index) + 1}${what}: ${message}.`, {
      edges: id === null ? [] : [id],
    })
  return problem('bad_shape', `${path.join('.') || 'The pipeline'}: ${message}.`)
}

const WithId = z.object({ id: z.string().max(64) })

function idIn(input: unknown, list: PropertyKey | undefined, index: PropertyKey | undefined): string | null {
  const { data } = Lists.safeParse(input)
  const items = list === 'nodes' ? data?.nodes : data?.edges
  const { data: item } = WithId.safeParse(items?.[Number(index)])
  return item?.id ?? null
}
