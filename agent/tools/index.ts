/** All tools of this agent. What each is given and answers stands in specs/tools.ts. */
import { photostats } from './photostats/photostats.ts'
import { selftests } from './selftest.ts'
import type { ToolCode } from './tool.ts'

export const toolCodes: ReadonlyMap<string, ToolCode> = new Map(
  [...selftests, photostats].map((code) => [code.name, code]),
)
