/** From submission to an idle agent's acceptance, one job at a time. */
import { callInParallel, nowMs } from '../../load.ts'
import { type Row, rowOf } from '../../row.ts'
import { quantile } from '../../statistics.ts'
import { jobIs, openJobs } from '../viewer.ts'
import type { FleetSystem } from '../system.ts'

const p50Max = 10
const p99Max = 100
const cancelMax = 200

export async function pickUp(system: FleetSystem): Promise<Row[]> {
  const agents = await system.scriptedAgents(1)
  const page = await openJobs(system)
  const run = async () => {
    const params = { say: { sentMs: nowMs() } }
    const { id } = await system.client.call('submitJob', { body: { tool: 'selftest.echo', params } })
    await page.completed(id)
  }
  await callInParallel(1, { calls: system.options.quick ? 20 : 100 }, run)
  await agents.call('pickedUp')
  await callInParallel(1, { calls: system.options.quick ? 50 : 400 }, run)
  const ms = await agents.call('pickedUp')
  page.close()
  await agents.end()
  const note = `${ms.length} jobs, one at a time, while a page shows the list; worst ${Math.round(Math.max(...ms))} ms`
  return [
    rowOf({
      name: 'pickup_p50_ms',
      unit: 'ms',
      better: 'less',
      ours: [quantile(ms, 0.5)],
      limit: p50Max,
      note,
    }),
    rowOf({
      name: 'pickup_p99_ms',
      unit: 'ms',
      better: 'less',
      ours: [quantile(ms, 0.99)],
      limit: p99Max,
      note,
    }),
  ]
}

/** From the call to the end of the tool, with the real agent. */
export async function cancel(system: FleetSystem): Promise<Row[]> {
  const agent = await system.realAgent('to-cancel')
  const took: number[] = []
  for (let round = 0; round < (system.options.quick ? 5 : 30); round++) {
    const { id } = await system.client.call('submitJob', {
      body: { tool: 'selftest.progress', params: { steps: 10_000, everyMs: 20, logs: false } },
    })
    await jobIs(system, id, ({ state, progress }) => state === 'running' && progress !== null)
    const ended = jobIs(system, id, ({ state }) => state === 'cancelled')
    const began = nowMs()
    await system.client.call('cancelJob', { params: { job: id }, body: {} })
    await ended
    took.push(nowMs() - began)
  }
  agent.kill('SIGTERM')
  const note = `the median of ${took.length}, until the job has ended and a page shows it; worst ${Math.round(Math.max(...took))} ms`
  return [rowOf({ name: 'cancel_ms', unit: 'ms', better: 'less', ours: took, limit: cancelMax, note })]
}
