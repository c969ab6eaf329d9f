import { readFileSync } from 'node:fs'
import { arch, platform } from 'node:os'
import * as z from 'zod'

const manifest = new URL('../package.json', import.meta.url)

/** Of the whole project: the agent has none of its own. */
export const programVersion = z
  .object({ version: z.string() })
  .parse(JSON.parse(readFileSync(manifest, 'utf8'))).version

/** What it calls itself wherever it calls, by socket and by HTTP. */
export const userAgent = `safelight-agent/${programVersion} (${platform()} ${arch()})`
