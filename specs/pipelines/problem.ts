/** What can be wrong with a pipeline: a word for programs, the places for an editor, a sentence for people. */
import * as z from 'zod'

export const PipelineProblemCode = z.enum([
  // What it is written like.
  'bad_shape',
  'bad_property',
  'bad_edge',
  'duplicate_node',
  'duplicate_edge',
  'unknown_node',
  // How it is connected.
  'no_capture',
  'several_captures',
  'no_termination',
  'no_file',
  'input_not_allowed',
  'output_not_allowed',
  'unreachable',
  'dead_end',
  'no_choice',
  'pairing_inputs',
  'pairing_in_loop',
  'loop_without_bound',
  'loop_without_exit',
  'bound_without_loop',
  // What its names are like.
  'bad_pattern',
  'pattern_groups',
  'sample_mismatch',
  'duplicate_method',
  'method_mismatch',
  'unknown_method',
  'unknown_extension',
  // What images go through.
  'pairing_starved',
  'never_passed',
  'expects_nothing',
  'name_too_long',
  'too_many_files',
  'too_many_lines',
  'too_many_sets',
  'too_complex',
])
export type PipelineProblemCode = z.infer<typeof PipelineProblemCode>

export const PipelineProblem = z.object({
  code: PipelineProblemCode,
  /** With an error a pipeline can't be saved; a warning is told. */
  severity: z.enum(['error', 'warning']),
  nodes: z.array(z.string()),
  edges: z.array(z.string()),
  /** What is wrong, and the way out. */
  message: z.string(),
})
export type PipelineProblem = z.infer<typeof PipelineProblem>

export interface Places {
  readonly nodes?: readonly string[]
  readonly edges?: readonly string[]
}

export function problem(code: PipelineProblemCode, message: string, places: Places = {}): PipelineProblem {
  const { nodes = [], edges = [] } = places
  return { code, severity: 'error', nodes: [...nodes], edges: [...edges], message: cut(message) }
}
const messageMax = 600

/** What is quoted in a message may be as long as somebody has made it. */
function cut(message: string): string {
  return message.length > messageMax ? `${message.slice(0, messageMax)}...` : message
}

export function warning(code: PipelineProblemCode, message: string, places: Places = {}): PipelineProblem {
  return { ...problem(code, message, places), severity: 'warning' }
}
