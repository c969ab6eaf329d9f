/**
 * npm run fuzz                           10,000 generated inputs for each route
 * npm run fuzz -- --runs 500 --seed 7    fewer, and those of another seed
 * npm run fuzz -- --route makeUser       one route
 *
 * Ends with 1 where a route answered with a fault of its own, or not at all.
 */
import { parseArgs } from 'node:util'
import { type Report, fuzz } from './fuzz/run.ts'
import { fuzzTarget } from './fuzz/target.ts'
import { startRest } from './support/rest.ts'
import { clearDeadRuns, endRun } from './support/run.ts'

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '10000' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    route: { type: 'string' },
  },
})

// A rejection that nobody waits for is a fault too.
let stray = 0
process.on('unhandledRejection', (error) => {
  stray++
  console.error('a rejection that nobody waits for:', error)
})

await clearDeadRuns()
const system = await startRest()
const target = await fuzzTarget(system)
const entries = new Map(
  [...target.entries].filter(([name]) => values.route === undefined || name === values.route),
)
console.log(`seed ${values.seed}, ${values.runs} inputs for each of ${entries.size} routes`)
const reports: Report[] = []
await fuzz({ ...target, entries }, Number(values.runs), Number(values.seed), (report) => {
  reports.push(report)
  const statuses = Object.entries(report.byStatus).map(([status, count]) => `${status}: ${count}`)
  console.log(
    `${report.faults.length === 0 ? 'ok    ' : 'FAULTY'} ${report.route} p99 ${report.p99Ms} ms  ${statuses.join('  ')}`,
  )
  for (const fault of report.faults) console.log(`  ${fault}`)
})
const failed = await system.stop().then(
  () => false,
  (error: unknown) => {
    console.error(error)
    return true
  },
)
await endRun()
const faulty = reports.filter(({ faults }) => faults.length > 0).length
const sent = reports.reduce((sum, report) => sum + report.sent, 0)
console.log(`${sent} inputs, ${faulty} faulty routes`)
process.exit(faulty > 0 || failed || stray > 0 || reports.length === 0 ? 1 : 0)
