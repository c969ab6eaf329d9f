/**
 * Pipelines: how a photo becomes an archived image, as a graph, and so which files an image has when it is done.
 * `agent/photo/README.md` says what the nodes mean.
 */
import * as z from 'zod'
import { Instant, Name, Note } from '../common.ts'
import { limits } from './limits.ts'

const NodeId = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, 'must be up to 64 letters, digits, _ and -')
const EdgeId = NodeId

/** Case does not count when names are compared; what is shown is as it was written. */
export const FileEnding = z.string().regex(/^\.[A-Za-z0-9]{1,10}$/, 'must look like .CR3')

/**
 * What a step adds to a file's name, after a dash. An empty one adds nothing: the step leaves no trace in names. A dash
 * inside would make two of it, a digit alone the number of a separate image.
 */
export const Method = z
  .string()
  .normalize('NFC')
  .max(limits.methodLength)
  .regex(/^[^-/\\\p{Cc}]*$/u, 'must be without dashes, slashes and control characters')
  .refine((text) => text === text.trim(), 'must not begin or end with a blank')
  .refine((text) => !/^[0-9]+$/.test(text), 'must not be a number: names mark separate images with numbers')

/** How a photo's name begins. `standard`: four of A-Z and 0-9 for the camera, then 0001 to 9999. */
export const Naming = z.discriminatedUnion('rule', [
  z.strictObject({ rule: z.literal('standard') }),
  z.strictObject({
    rule: z.literal('pattern'),
    /** A regular expression with two groups, the camera and the counter, that a name has to begin with. */
    pattern: z.string().min(1, 'must not be empty').max(limits.patternLength),
    cameraGroup: z.union([z.literal(1), z.literal(2)]).default(1),
  }),
])
export type Naming = z.infer<typeof Naming>

const Position = z.strictObject({
  x: z.number().min(-100_000).max(100_000),
  y: z.number().min(-100_000).max(100_000),
})

function nodeOf<Type extends string, Properties extends z.ZodType>(type: Type, properties: Properties) {
  return z.strictObject({ id: NodeId, type: z.literal(type), position: Position.optional(), properties })
}

export const PipelineNode = z.discriminatedUnion('type', [
  nodeOf(
    'capture',
    z.strictObject({
      name: Name.optional(),
      naming: Naming.default({ rule: 'standard' }),
      /** A name as the camera gives it, that the naming rule has to fit. */
      sample: z.string().min(1, 'must not be empty').max(limits.sampleLength),
    }),
  ),
  nodeOf(
    'file',
    z.strictObject({
      name: Name.optional(),
      extension: FileEnding,
      /** Whether an image may be without it. */
      optional: z.boolean().default(false),
    }),
  ),
  nodeOf(
    'process',
    z.strictObject({
      name: Name.optional(),
      /** Several: one of them is used. */
      methods: z.array(Method).min(1, 'must name a method, or an empty one').max(limits.methods),
    }),
  ),
  nodeOf('pairing', z.strictObject({ name: Name.optional() })),
  nodeOf('branching', z.strictObject({ name: Name.optional() })),
  nodeOf(
    'termination',
    z.strictObject({
      /** What the image is ready for there. Several nodes of one name are one. */
      name: Name,
    }),
  ),
])
export type PipelineNode = z.infer<typeof PipelineNode>
export type NodeType = PipelineNode['type']

export const PipelineEdge = z.strictObject({
  id: EdgeId,
  from: z.string(),
  to: z.string(),
  /** How often an image may go this way back, at most; every loop needs such an edge. */
  repeat: z.int().min(1).max(limits.repeat).optional(),
})
export type PipelineEdge = z.infer<typeof PipelineEdge>

/** What a version holds: it never changes; whoever edits makes another version. */
export const PipelineContent = z.strictObject({
  nodes: z.array(PipelineNode).max(limits.nodes),
  /** A pairing's first input is the one that comes first here. */
  edges: z.array(PipelineEdge).max(limits.edges),
})
export type PipelineContent = z.infer<typeof PipelineContent>

export const PipelineVersion = z.object({
  version: z.int().min(1),
  content: PipelineContent,
  note: Note.default(''),
  at: Instant,
})
export type PipelineVersion = z.infer<typeof PipelineVersion>

/** What a content means, as one text: where its boxes stand on a screen does not count. For comparing, and for hashes. */
export function meaningOf({ nodes, edges }: PipelineContent): string {
  return JSON.stringify([
    nodes.map(({ id, type, properties }) => [id, type, sorted(properties)]),
    edges.map(({ id, from, to, repeat = null }) => [id, from, to, repeat]),
  ])
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return entries.map(([key, inner]) => [key, sorted(inner)])
}

/** What to call a node when telling people of it. */
export function labelOf({ id, type, properties }: PipelineNode): string {
  if (type === 'file') return `'${properties.name ?? properties.extension}' (${id})`
  return properties.name === undefined ? `'${id}'` : `'${properties.name}' (${id})`
}
