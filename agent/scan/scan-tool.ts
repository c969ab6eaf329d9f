/** A tool that looks through a folder: what it makes of a scope, and what it answers in the end. */
import type * as z from 'zod'
import type { PhotoConfig } from '#specs/pipelines/photo-config.ts'
import type { Naming } from '#specs/pipelines/pipeline.ts'
import type { Analysis } from './analysis.ts'
import type { WalkTally } from './walk-tally.ts'

export interface ScanTool<Params, Prepared, Part> {
  readonly name: string
  readonly params: z.ZodType<Params>
  /** What counts as a photo, for all tools of a scan. */
  readonly photosOf: (params: Params) => PhotoConfig
  /** How names begin, where the tool is told that. */
  readonly namingOf?: (prepared: Prepared) => Naming
  /** What threads need, made once: plain data. Throws a ToolFailure where the parameters can't be used. */
  readonly prepare: (params: Params) => Prepared
  readonly analysis: (prepared: Prepared) => Analysis<Part>
  readonly output: (part: Part, of: { path: string; walk: WalkTally; prepared: Prepared }) => unknown
}

/** One whose types are known to itself alone. */
export type AnyScanTool = ScanTool<unknown, unknown, unknown>

export function scanTool<Params extends { readonly path: string }, Prepared, Part>(
  tool: ScanTool<Params, Prepared, Part>,
): AnyScanTool {
  return tool as unknown as AnyScanTool
}
