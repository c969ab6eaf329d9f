/**
 * npm run fuzz                           10,000 generated inputs for each endpoint
 * npm run fuzz -- --runs 500 --seed 7    fewer, and those of another seed
 * npm run fuzz -- --only makeUser        one endpoint: a route, or an event like '/agent beat'
 *
 * Every route and every event of both sockets is an endpoint, on a whole product. Ends with 1 where one of them answered
 * with a fault of its own or not at all, or where something that was there does not work any more afterwards.
 */
import { parseArgs } from 'node:util'
import { fuzz, type Report } from './fuzz/run.ts'
import { routeEndpoints } from './fuzz/routes.ts'
import { Sender } from './fuzz/sender.ts'
import { socketEndpoints } from './fuzz/sockets.ts'
import { startStage } from './fuzz/stage.ts'
import { clearDeadRuns, endRun } from './support/run.ts'

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '10000' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    only: { type: 'string' },
  },
})
const { runs, seed, only } = values

// Nobody waits for it, or nobody catches it: a server would end of it.
let stray = 0
for (const event of ['unhandledRejection', 'uncaughtException'])
  process.on(event, (error) => {
    stray++
    console.error(`${event}:`, error)
  })

await clearDeadRuns()
const passed = await run().catch((error: unknown) => {
  console.error(error)
  return false
})
await endRun()
process.exit(passed && stray === 0 ? 0 : 1)

async function run(): Promise<boolean> {
  const stage = await startStage()
  const sender = new Sender(stage.border.server.url)
  const endpoints = [...socketEndpoints, ...routeEndpoints(sender)].filter(
    ({ name }) => only === undefined || name === only,
  )
  console.log(`seed ${seed}, ${runs} inputs for each of ${endpoints.length} endpoints`)
  const reports = await fuzz(stage, endpoints, Number(runs), Number(seed), {
    fault: (name, fault) => console.log(`FAULT  ${name}: ${fault}`),
    roundDone: (inputs) => console.log(`${inputs} inputs for each so far`),
  })
  reports.forEach(show)
  const faulty = reports.filter(({ faults }) => faults.length > 0).length
  console.log(`${reports.reduce((sum, { sent }) => sum + sent, 0)} inputs, ${faulty} faulty endpoints`)
  sender.close()
  await stage.stop()
  return faulty === 0 && endpoints.length > 0
}

function show({ name, byStatus, p99Ms, faults }: Report): void {
  const statuses = Object.entries(byStatus).map(([status, count]) => `${status}: ${count}`)
  console.log(`${faults.length === 0 ? 'ok    ' : 'FAULTY'} ${name} p99 ${p99Ms} ms  ${statuses.join('  ')}`)
}
