/** All tools of this agent. What each is given and answers stands in specs/tools. */
import { alone } from '../scan/alone.ts'
import { scanCode } from '../scan/code.ts'
import { scanTools } from '../scan/tools.ts'
import { selftests } from './selftest.ts'
import type { ToolCode } from './tool.ts'

export const toolCodes: ReadonlyMap<string, ToolCode> = new Map(
  [...selftests, alone, ...[...scanTools.values()].map(scanCode)].map((code) => [code.name, code]),
)
