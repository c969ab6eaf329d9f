/**
 * node test/trees/main.ts --seed 7 --files 2000 --profile messy --sizes tiny --out DIR
 *
 * Makes a tree of photos, the same for the same arguments, and prints what it is with a checksum. --manifest FILE.json.gz
 * writes the list of what it holds; --plan-only makes no tree; --non-utf8 adds names that are no UTF-8 to a hostile one.
 */
import { existsSync, readdirSync } from 'node:fs'
import { parseArgs } from 'node:util'
import * as z from 'zod'
import { summaryOf, writeManifest } from './describe.ts'
import { planTree, profiles, sizings } from './plan.ts'
import { writeTree } from './write.ts'

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    files: { type: 'string' },
    profile: { type: 'string', default: 'messy' },
    sizes: { type: 'string', default: 'tiny' },
    out: { type: 'string' },
    manifest: { type: 'string' },
    'plan-only': { type: 'boolean', default: false },
    'non-utf8': { type: 'boolean', default: false },
  },
})
const given = z
  .object({
    seed: z.coerce.number().int(),
    files: z.coerce.number().int().min(0),
    profile: z.enum(profiles),
    sizes: z.enum(sizings),
  })
  .safeParse(values)
const { out, manifest } = values
const complaint = !given.success
  ? z.prettifyError(given.error)
  : values['plan-only']
    ? undefined
    : out === undefined
      ? '--out names the folder to make the tree in'
      : existsSync(out) && readdirSync(out).length > 0
        ? `${out} is not empty`
        : undefined

if (complaint !== undefined || !given.success) {
  console.error(complaint)
  process.exitCode = 2
} else {
  const tree = { ...given.data, nonUtf8: values['non-utf8'] }
  const entries = planTree(tree)
  const summary = summaryOf(tree, entries)
  if (manifest !== undefined) writeManifest(manifest, summary, entries)
  if (!values['plan-only'] && out !== undefined) writeTree(entries, out)
  console.log(JSON.stringify(summary))
}
