/** Whether the reference's server takes a pipeline for valid. It looks at texts as they are, and at no ways. */
import { PatternInvalid } from '../pattern/errors.ts'
import type { CompilePattern, Pattern } from '../pattern/pattern.ts'
import { endsOf, type PipelineDocument } from './pipeline.ts'
import { isAllDigits } from './text.ts'

export type ValidityError =
  | 'no_capture'
  | 'several_captures'
  | 'no_sample'
  | 'no_pattern'
  | 'camera_group'
  | 'pattern_invalid'
  | 'pattern_groups'
  | 'sample_unmatched'
  | 'counter_no_digits'
  | 'no_required_file'
  | 'no_termination'
  | 'orphaned'
  | 'edge_to_nowhere'
  | 'pairing_inputs'

export interface Complaint {
  readonly error: ValidityError
  /** The node that it is about, where it is about one. */
  readonly node?: string
}

type Node = PipelineDocument['nodes'][number]
type Edge = readonly [from: unknown, to: unknown]

export function complaintsAbout({ nodes, edges }: PipelineDocument, compile: CompilePattern): Complaint[] {
  const ends = edges.map(endsOf)
  return [
    ...captureComplaints(nodes, compile),
    ...nodeComplaints(nodes),
    ...orphans(nodes, ends),
    ...edgesToNowhere(nodes, ends),
    ...pairingComplaints(nodes, ends),
  ]
}

function captureComplaints(nodes: readonly Node[], compile: CompilePattern): Complaint[] {
  const captures = nodes.filter(({ type }) => type === 'capture')
  if (captures.length === 0) return [{ error: 'no_capture' }]
  const own = captures.flatMap((node): Complaint[] => {
    const error = captureError(node.properties ?? {}, compile)
    return error === undefined ? [] : [{ error, node: String(node.id) }]
  })
  return captures.length > 1 ? [{ error: 'several_captures' }, ...own] : own
}

/** The first thing that is wrong with it. */
function captureError(
  properties: Readonly<Record<string, unknown>>,
  compile: CompilePattern,
): ValidityError | undefined {
  const { sample_filename: sample, filename_regex: expression, camera_id_group: group } = properties
  if (!isText(sample)) return 'no_sample'
  if (!isText(expression)) return 'no_pattern'
  if (group !== '1' && group !== '2') return 'camera_group'
  const pattern = compiled(expression, compile)
  if (pattern === undefined) return 'pattern_invalid'
  if (pattern.groups !== 2) return 'pattern_groups'
  const found = pattern.match(sample)
  if (!found) return 'sample_unmatched'
  const counter = found.groups[group === '1' ? 1 : 0]
  return counter && isAllDigits(counter) ? undefined : 'counter_no_digits'
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

function compiled(expression: string, compile: CompilePattern): Pattern | undefined {
  try {
    return compile(expression)
  } catch (error) {
    if (error instanceof PatternInvalid) return undefined
    throw error
  }
}

function nodeComplaints(nodes: readonly Node[]): Complaint[] {
  const complaints: Complaint[] = []
  if (!nodes.some(({ type, properties }) => type === 'file' && !properties?.['optional']))
    complaints.push({ error: 'no_required_file' })
  if (!nodes.some(({ type }) => type === 'termination')) complaints.push({ error: 'no_termination' })
  return complaints
}

/** A node that no edge touches. Where there are no edges at all, nobody minds. */
function orphans(nodes: readonly Node[], edges: readonly Edge[]): Complaint[] {
  if (edges.length === 0) return []
  const touched = new Set(edges.flat())
  return nodes
    .filter(({ id, type }) => type !== 'termination' && !touched.has(id))
    .map(({ id }) => ({ error: 'orphaned', node: String(id) }))
}

function edgesToNowhere(nodes: readonly Node[], edges: readonly Edge[]): Complaint[] {
  const known = new Set(nodes.map(({ id }) => id))
  return edges
    .flat()
    .filter((end) => !known.has(end))
    .map((end) => ({ error: 'edge_to_nowhere', node: String(end) }))
}

function pairingComplaints(nodes: readonly Node[], edges: readonly Edge[]): Complaint[] {
  return nodes
    .filter(({ id, type }) => type === 'pairing' && edges.filter(([, to]) => to === id).length !== 2)
    .map(({ id }) => ({ error: 'pairing_inputs', node: String(id) }))
}
