/**
 * npm run oracle -- DIR
 *
 * Compares the shuttersense compatibility mode with answers that were recorded from the tools it is compatible with, laid
 * out in DIR: folders with manifest, config and expected, and filenames, graphs and inventory, each as .json.gz. Ends
 * with 1 where something differs, or where nothing was compared.
 */
import { statSync } from 'node:fs'
import { compareAll } from './compare.ts'

const [folder] = process.argv.slice(2)
if (folder === undefined || !statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
  console.error('Name the folder with the recorded answers: npm run oracle -- DIR')
  process.exitCode = 2
} else {
  const { compared, differences, notCompared } = compareAll(folder)
  for (const line of notCompared) console.log(`not compared  ${line}`)
  for (const { where, what } of differences) console.log(`DIFFERENT     ${where}: ${what}`)
  console.log(
    `${compared} answers compared, ${differences.length} differences, ${notCompared.length} not compared`,
  )
  if (compared === 0) console.error(`nothing that is recorded was found in ${folder}`)
  process.exitCode = differences.length > 0 || compared === 0 ? 1 : 0
}
