/** `node test/actors/simulation/main.ts --seeds 200 --from 1 --jobs 30`: the fleet's simulation, seed by seed. */
import { parseArgs } from 'node:util'
import { describeFaults } from '#runtime/testing/faults.ts'
import { SimulationFailed } from '#runtime/testing/simulate.ts'
import { runSeed } from './scenario.ts'

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '10' },
    from: { type: 'string', default: '1' },
    jobs: { type: 'string', default: '30' },
    about: { type: 'string' },
  },
})
const [from, seeds] = [Number(values.from), Number(values.seeds)]
let failed = 0
for (let seed = from; seed < from + seeds; seed += 1) {
  try {
    const { turns, virtualMs, faults } = await runSeed(seed, { jobs: Number(values.jobs) })
    console.log(`seed ${seed}: ${turns} turns, ${Math.round(virtualMs / 1000)} s, ${describeFaults(faults)}`)
  } catch (error) {
    failed += 1
    const lines = error instanceof Error ? error.message.split('\n') : [String(error)]
    console.error(lines.slice(0, values.about === undefined ? 12 : 4).join('\n'))
    if (error instanceof SimulationFailed && values.about !== undefined)
      console.error(error.trace.lines(20_000, values.about).join('\n'))
  }
}
console.log(`${seeds - failed} of ${seeds} seeds held`)
process.exitCode = failed === 0 ? 0 : 1
