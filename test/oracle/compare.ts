/** Compares everything that is recorded in a folder and below it. */
import { relative } from 'node:path'
import { compareCollection } from './collection.ts'
import { compareNames } from './names.ts'
import { compareGraphs } from './pipelines.ts'
import { foldersIn, readRecorded } from './recorded.ts'
import { Verdict } from './verdict.ts'

export function compareAll(root: string): Verdict {
  const verdict = new Verdict()
  for (const folder of foldersIn(root)) {
    const where = relative(root, folder)
    const at = (what: string) => (where === '' ? what : `${where}/${what}`)
    const [manifest, config, expected] = ['manifest', 'config', 'expected'].map((name) =>
      readRecorded(folder, name),
    )
    if (manifest !== undefined && config !== undefined && expected !== undefined)
      compareCollection(where === '' ? '.' : where, { manifest, config, expected }, verdict)
    const names = readRecorded(folder, 'filenames')
    if (names !== undefined) compareNames(at('filenames'), names, verdict)
    const graphs = readRecorded(folder, 'graphs')
    if (graphs !== undefined) compareGraphs(at('graphs'), graphs, verdict)
    if (readRecorded(folder, 'inventory') !== undefined)
      verdict.leave(at('inventory'), 'the comparison does not cover inventories')
  }
  return verdict
}
