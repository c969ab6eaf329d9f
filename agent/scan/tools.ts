/** The tools that look through folders, by name. Adding one is a folder in ../tools and a line here. */
import { photoPairing } from '../tools/photo-pairing/photo-pairing.ts'
import { photostats } from '../tools/photostats/photostats.ts'
import { pipelineValidation } from '../tools/pipeline-validation/pipeline-validation.ts'
import type { Analysis } from './analysis.ts'
import type { AnyScanTool } from './scan-tool.ts'

export const scanTools: ReadonlyMap<string, AnyScanTool> = new Map(
  [photostats, photoPairing, pipelineValidation].map((tool) => [tool.name, tool]),
)

export function analysisOf(name: string, prepared: unknown): Analysis<unknown> {
  const tool = scanTools.get(name)
  if (!tool) throw new Error(`there is no tool '${name}' that looks through folders`)
  return tool.analysis(prepared)
}
