import * as z from 'zod'
import { PipelineContent } from '../pipelines/pipeline.ts'
import { FolderPath, InvalidName, listOf, Photos, walked } from './scan.ts'
import type { Tool } from './tool.ts'

export const PipelineValidationParams = z.strictObject({
  path: FolderPath,
  photos: Photos,
  pipeline: PipelineContent.meta({
    title: 'Pipeline',
    description: 'Its nodes and edges: which files an image has when it is done.',
  }),
})
export type PipelineValidationParams = z.output<typeof PipelineValidationParams>

export const MatchStatus = z.enum(['CONSISTENT', 'CONSISTENT_WITH_WARNING', 'PARTIAL', 'INCONSISTENT'])
const Counts = z.record(MatchStatus, z.int())
const Flow = z.object({ images: z.int(), ready: z.int() })
const Verdict = z.object({
  status: MatchStatus,
  ready: z.boolean(),
  expected: z.array(z.string()),
  missing: z.array(z.string()),
  extra: z.array(z.string()),
})
export const ImageRow = Verdict.extend({
  scope: z.string(),
  /** AB3D0001, or AB3D0001-2 for a separate image. */
  image: z.string(),
  /** Ready for one termination at least; `ready` is for all that its way leads to. */
  archivable: z.boolean(),
  terminations: z.array(Verdict.extend({ name: z.string() })),
  /** Files whose name the image has in another folder as well. */
  repeated: z.array(z.string()),
})

export const PipelineValidationOutput = z.object({
  ...walked,
  images: z.int(),
  /** Ready for one termination at least. */
  ready: z.int(),
  /** By all ways that they have to go, to their ends. */
  whole: Counts,
  terminations: z.array(z.object({ name: z.string(), counts: Counts })),
  /** How many images came by, and how many of them are complete. */
  nodes: z.record(z.string(), Flow),
  edges: z.record(z.string(), Flow),
  /** Images that are not consistent. */
  faulty: listOf(ImageRow),
  invalid: listOf(InvalidName),
})
export type PipelineValidationOutput = z.infer<typeof PipelineValidationOutput>

export const pipelineValidation: Tool = {
  name: 'pipeline_validation',
  version: 1,
  title: 'Pipeline validation',
  about:
    'Compares each image with what a pipeline asks for: what is ready, what is missing, what is too much.',
  params: PipelineValidationParams,
  output: PipelineValidationOutput,
  light: false,
}
