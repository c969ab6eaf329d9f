/** Several tools in one scan, without a server: what `safelight-agent scan` runs on the pool. */
import * as z from 'zod'
import { FolderPath } from '#specs/tools/scan.ts'
import type { ToolCode } from '../tools/tool.ts'
import { runScan, scanUnits, type Wanted } from './run.ts'
import { scanTools } from './tools.ts'

export const aloneName = 'scan'

const Params = z.object({
  path: FolderPath,
  tools: z.array(z.object({ name: z.string(), params: z.record(z.string(), z.unknown()) })),
})
export type AloneParams = z.input<typeof Params>

/** What it has found, by tool. */
export const AloneOutput = z.record(z.string(), z.unknown())

export const alone: ToolCode = {
  name: aloneName,
  units: scanUnits,
  async run(given, context) {
    const { path, tools } = Params.parse(given)
    const { outcome, outputs } = await runScan(
      tools.map(({ name, params }) => wanted(name, { ...params, path })),
      context,
    )
    return { outcome, output: Object.fromEntries(tools.map(({ name }, at) => [name, outputs[at]])) }
  },
}

function wanted(name: string, params: Readonly<Record<string, unknown>>): Wanted {
  const tool = scanTools.get(name)
  if (!tool) throw new Error(`there is no tool '${name}'`)
  return { tool, params: tool.params.parse(params) as Wanted['params'] }
}
