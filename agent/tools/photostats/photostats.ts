/** Counts a folder's files by type, and finds pictures without sidecar and sidecars without picture. */
import { PhotostatsParams } from '#specs/tools.ts'
import { ToolFailure, toolCode } from '../tool.ts'
import { unit } from '../unit.ts'
import { outputOf, type Tally } from './tally.ts'
import { type Folder, walking, type WalkGiven } from './walk.ts'

export const photostats = toolCode(
  'photostats',
  PhotostatsParams,
  async ({ path, sidecars, images, others }, context) => {
    const root = context.allowedFolder(path)
    context.log('info', `looking through ${root}`)
    const tally = await context.spread<WalkGiven, Folder, Tally>({
      unit: 'walk',
      given: { root, sidecars, images, others },
      items: [''],
      told: ({ files, folders }) =>
        context.progress({ stage: 'looking', done: files, message: `${files} files in ${folders} folders` }),
    })
    const { folders, unreadable, skipped } = tally
    if (folders === 0) throw new ToolFailure('fatal', `'${root}' can't be read: ${skipped.items[0]?.reason}`)
    context.log('info', `${tally.files} files in ${folders} folders, ${skipped.count} entries skipped`)
    if (unreadable > 0) context.log('warn', `${unreadable} files or folders could not be read`)
    return { outcome: unreadable > 0 ? 'partial' : 'completed', output: outputOf(root, tally) }
  },
  { walk: unit(walking) },
)
