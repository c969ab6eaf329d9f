/** From a tool's word to the socket of a page. */
import { type Row, rowOf } from '../../row.ts'
import { quantile } from '../../statistics.ts'
import { watchJob } from '../viewer.ts'
import type { FleetSystem } from '../system.ts'

const p99Max = 200
const everyMs = 120

export async function progress(system: FleetSystem): Promise<Row[]> {
  const agent = await system.realAgent('teller')
  const steps = system.options.quick ? 50 : 400
  const { id } = await system.client.call('submitJob', {
    body: { tool: 'selftest.progress', params: { steps, everyMs, logs: false } },
  })
  const lags: number[] = []
  const ended = Promise.withResolvers<void>()
  const watching = await watchJob(system, id, {
    job: ({ state }) => {
      if (state === 'completed') ended.resolve()
    },
    frame: (frame) => void lags.push(Date.now() - frame.at),
  })
  await ended.promise
  watching.close()
  agent.kill('SIGTERM')
  return [
    rowOf({
      name: 'progress_p99_ms',
      unit: 'ms',
      better: 'less',
      ours: [quantile(lags, 0.99)],
      limit: p99Max,
      note: `${lags.length} steps; p50 ${quantile(lags, 0.5)} ms`,
    }),
  ]
}
