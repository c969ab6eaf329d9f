/** A tool that looks through folders, as a thread runs it. */
import type { ToolCode } from '../tools/tool.ts'
import { runScan, scanUnits, type Wanted } from './run.ts'
import type { AnyScanTool } from './scan-tool.ts'

export function scanCode(tool: AnyScanTool): ToolCode {
  return {
    name: tool.name,
    units: scanUnits,
    async run(given, context) {
      const params = tool.params.parse(given) as Wanted['params']
      const { outcome, outputs } = await runScan([{ tool, params }], context)
      return { outcome, output: outputs[0] }
    },
  }
}
