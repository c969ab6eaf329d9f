/**
 * npm run mutants                       every planted fault: each is found by the specs that claim to guard against it
 * npm run mutants -- no-fence no-sweep  only those whose name contains one of the words
 */
import { parseArgs } from 'node:util'
import { mutants } from './mutants/list.ts'
import type { Mutant } from './mutants/mutant.ts'
import { type Outcome, passesUnchanged, tryMutant } from './mutants/runner.ts'

const { positionals: words } = parseArgs({ allowPositionals: true })
const chosen = mutants.filter(({ name }) => words.length === 0 || words.some((word) => name.includes(word)))
const unchanged = new Map<string, Outcome>()
const widest = Math.max(0, ...chosen.map(({ name }) => name.length))

let failed = chosen.length === 0 ? 1 : 0
for (const mutant of chosen) {
  const outcome = await outcomeOf(mutant)
  if (outcome.what !== 'found') failed++
  console.log(
    `${mutant.name.padEnd(widest)}  ${outcome.what.padEnd(8)} ${outcome.seconds} s  ${outcome.detail}`,
  )
}
console.log(`${chosen.length - failed} of ${chosen.length} mutants found`)
process.exitCode = failed === 0 ? 0 : 1

async function outcomeOf(mutant: Mutant): Promise<Outcome> {
  const run = mutant.run.join(' ')
  const before = unchanged.get(run) ?? (await passesUnchanged(mutant.run))
  unchanged.set(run, before)
  if (before.what !== 'broken') return tryMutant(mutant)
  return { ...before, detail: `fails without the mutant too: ${run}\n${before.detail}` }
}
