import { readFileSync } from 'node:fs'
import * as z from 'zod'

const manifest = new URL('../package.json', import.meta.url)

/** Of the whole project: the agent has none of its own. */
export const programVersion = z
  .object({ version: z.string() })
  .parse(JSON.parse(readFileSync(manifest, 'utf8'))).version
