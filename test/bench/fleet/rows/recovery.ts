/** What it costs when an agent dies, and that nothing of the dead is taken for the living. */
import { nowMs } from '../../load.ts'
import { type Row, rowOf } from '../../row.ts'
import { jobIs } from '../viewer.ts'
import type { FleetSystem } from '../system.ts'

const recoverMax = 20
const late = 100

export async function killed(system: FleetSystem): Promise<Row[]> {
  const first = await system.realAgent('first')
  const { id } = await system.client.call('submitJob', {
    body: { tool: 'selftest.sleep', params: { ms: 600_000 } },
  })
  await jobIs(system, id, ({ state }) => state === 'running')
  const second = await system.realAgent('second')
  const again = jobIs(system, id, ({ state, attempt }) => state === 'running' && attempt === 2)
  const began = nowMs()
  first.kill('SIGKILL')
  await again
  const seconds = (nowMs() - began) / 1_000
  second.kill('SIGKILL')
  return [
    rowOf({
      name: 'kill_recover_s',
      unit: 's',
      better: 'less',
      ours: [seconds],
      limit: recoverMax,
      note: 'kill -9 of an agent, until its job runs on another',
    }),
  ]
}

export async function stale(system: FleetSystem): Promise<Row[]> {
  const agents = await system.scriptedAgents(late)
  await agents.call('script', { finish: false })
  const jobs = Array.from({ length: late }, () =>
    system.client.call('submitJob', { body: { tool: 'selftest.echo' } }),
  )
  const running = await Promise.all(jobs)
  // One after the other: a person may have so many pages open, and no more.
  for (const { id } of running) await jobIs(system, id, ({ state }) => state === 'running')
  const { refused, of } = await agents.call('handInLate')
  await agents.end()
  return [
    rowOf({
      name: 'stale_refused',
      unit: `of ${of}`,
      better: 'more',
      ours: [refused],
      limit: late,
      note: 'results of attempts that were lost with their agent',
    }),
  ]
}
