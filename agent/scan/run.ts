/** Runs a scan on the threads of the pool: one pass for all of its tools. */
import { randomUUID } from 'node:crypto'
import type { Naming } from '#specs/pipelines/pipeline.ts'
import { type ToolContext, ToolFailure } from '../tools/tool.ts'
import { unit } from '../tools/unit.ts'
import { type PassGiven, type PassPart, passing, type PassUnit } from './pass.ts'
import type { Item } from './place.ts'
import type { AnyScanTool } from './scan-tool.ts'
import { analysisOf } from './tools.ts'

/** A tool with the parameters that it was given, parsed. */
export interface Wanted {
  readonly tool: AnyScanTool
  readonly params: { readonly path: string }
}
export interface Scanned {
  readonly outcome: 'completed' | 'partial'
  /** Of each tool, in their order. */
  readonly outputs: readonly unknown[]
}

const standard: Naming = { rule: 'standard' }

/** All tools look at the same folder, and take the same files for photos. */
export async function runScan(wanted: readonly Wanted[], context: ToolContext): Promise<Scanned> {
  const [first] = wanted
  if (!first) throw new ToolFailure('fatal', 'a scan needs a tool')
  const root = context.allowedFolder(first.params.path)
  const tools = wanted.map(({ tool, params }) => ({ tool, prepared: tool.prepare(params) }))
  const given: PassGiven = {
    id: randomUUID(),
    root,
    photos: first.tool.photosOf(first.params),
    naming: namingOf(tools),
    tools: tools.map(({ tool, prepared }) => ({ name: tool.name, prepared })),
  }
  context.log('info', `looking through ${root}`)
  const whole = await context.spread<PassGiven, Item, PassPart>({
    unit: passName,
    given,
    items: [''],
    told: ({ walk: { files, folders } }) =>
      context.progress({ stage: 'looking', done: files, message: `${files} files in ${folders} folders` }),
  })
  const { walk, parts } = whole
  const { folders, files, unreadable, skipped } = walk
  if (folders === 0) throw new ToolFailure('fatal', `'${root}' can't be read: ${skipped.items[0]?.reason}`)
  context.log('info', `${files} files in ${folders} folders, ${skipped.count} entries skipped`)
  if (unreadable > 0) context.log('warn', `${unreadable} files or folders could not be read`)
  passOf(given).finish(whole)
  return {
    outcome: unreadable > 0 ? 'partial' : 'completed',
    outputs: tools.map(({ tool, prepared }, at) => tool.output(parts[at], { path: root, walk, prepared })),
  }
}

function namingOf(tools: readonly { tool: AnyScanTool; prepared: unknown }[]): Naming {
  for (const { tool, prepared } of tools) if (tool.namingOf) return tool.namingOf(prepared)
  return standard
}

const passName = 'pass'

/** What scans do on every thread. */
export const scanUnits = { [passName]: unit(passOf) }

let latest: { readonly id: string; readonly pass: PassUnit } | undefined

/** Help comes in short pieces: what was worked out for one serves the next. */
function passOf(given: PassGiven): PassUnit {
  if (latest?.id !== given.id) latest = { id: given.id, pass: passing(given, analysisOf) }
  return latest.pass
}
