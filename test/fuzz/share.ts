/** The share of the fuzzing that every test run has: a few inputs for each endpoint, others each time. */
import { randomInt } from 'node:crypto'
import { runSettings } from '../support/run.ts'
import { type Endpoint, fuzz, type Report } from './run.ts'
import { type Stage, startStage } from './stage.ts'

const inputs = 25

/** Rejects where an endpoint has a fault, and says how to see it again. */
export async function shareOf(endpointsOf: (stage: Stage) => readonly Endpoint[]): Promise<Report[]> {
  const seed = runSettings().seed ?? randomInt(1_000_000)
  const count = inputs * runSettings().rounds
  const stage = await startStage()
  try {
    const reports = await fuzz(stage, endpointsOf(stage), count, seed)
    const faults = reports.flatMap(({ name, faults: found }) => found.map((fault) => `${name}: ${fault}`))
    if (faults.length > 0)
      throw new Error(`npm run fuzz -- --runs ${count} --seed ${seed}\n${faults.join('\n')}`)
    return reports
  } finally {
    await stage.stop()
  }
}
