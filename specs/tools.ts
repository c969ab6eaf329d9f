/** The tools that agents run: what each is given and what it answers. Each has a file of its own in `tools/`. */
import * as z from 'zod'
import { photoPairing } from './tools/photo-pairing.ts'
import { photostats } from './tools/photostats.ts'
import { pipelineValidation } from './tools/pipeline-validation.ts'
import { selftests } from './tools/selftest.ts'
import type { Tool } from './tools/tool.ts'

export { selftest } from './tools/selftest.ts'
export { PhotostatsOutput, PhotostatsParams } from './tools/photostats.ts'
export { listMax } from './tools/scan.ts'
export type { Tool } from './tools/tool.ts'

export const tools: ReadonlyMap<string, Tool> = new Map(
  [...selftests, photostats, photoPairing, pipelineValidation].map((tool) => [tool.name, tool]),
)

/** The folder that a job looks into, where its tool is told one. */
export function folderIn(params: unknown): string | null {
  const { path } = (params ?? {}) as { path?: unknown }
  return typeof path === 'string' ? path : null
}

/** What an agent must be able to do to run it. */
export function capabilityOf(tool: Pick<Tool, 'name' | 'version'>): string {
  return `tool:${tool.name}:${tool.version}`
}

export const ToolView = z.object({
  name: z.string(),
  version: z.int(),
  title: z.string(),
  about: z.string(),
  light: z.boolean(),
  /** JSON Schema of what it is given. */
  params: z.record(z.string(), z.unknown()),
})
export function toolView({
  name,
  version,
  title,
  about: text,
  light,
  params,
}: Tool): z.infer<typeof ToolView> {
  return { name, version, title, about: text, light, params: { ...z.toJSONSchema(params, { io: 'input' }) } }
}
