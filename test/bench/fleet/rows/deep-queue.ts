/** How fast jobs are given out when few wait, and when very many do. */
import { callInParallel, nowMs } from '../../load.ts'
import { type Row, rowOf } from '../../row.ts'
import { median } from '../../statistics.ts'
import type { FleetSystem } from '../system.ts'

const shallow = 100
const least = 0.9
const given = 100
const callers = 16

export async function deepQueue(system: FleetSystem): Promise<Row[]> {
  const deep = system.options.quick ? 2_000 : 100_000
  const agents = await system.scriptedAgents(4)
  const rates: Record<'shallow' | 'deep', number[]> = { shallow: [], deep: [] }
  for (let round = 0; round < (system.options.quick ? 1 : 5); round++)
    rates.shallow.push(await rateWith(system, agents, shallow))
  await fill(system, deep)
  system.options.say(`${deep} jobs wait now`)
  for (let round = 0; round < (system.options.quick ? 1 : 5); round++)
    rates.deep.push(await rateWith(system, agents, shallow))
  await agents.end()
  const ratio = median(rates.deep) / median(rates.shallow)
  return [
    {
      ...rowOf({
        name: 'deep_queue',
        unit: 'of the rate with few',
        better: 'more',
        ours: [ratio],
        limit: least,
      }),
      note: `${median(rates.shallow).toFixed(0)} jobs/s with ${shallow} waiting, ${median(rates.deep).toFixed(0)} with ${deep}`,
    },
  ]
}

/** Holds the agents back while so many urgent jobs come in, then measures how fast they are given out. */
async function rateWith(
  system: FleetSystem,
  agents: Awaited<ReturnType<FleetSystem['scriptedAgents']>>,
  count: number,
) {
  await agents.call('pickedUp')
  const { items } = await system.client.call('listAgents', { query: { limit: 200 } })
  const here = items.filter(({ name }) => name.startsWith('bench'))
  await Promise.all(
    here.map(({ id }) => system.client.call('cordonAgent', { params: { agent: id }, body: {} })),
  )
  await callInParallel(callers, { calls: count }, () =>
    system.client.call('submitJob', { body: { tool: 'selftest.echo', priority: 'critical' } }),
  )
  const began = nowMs()
  await Promise.all(
    here.map(({ id }) => system.client.call('resumeAgent', { params: { agent: id }, body: {} })),
  )
  let seen = 0
  while (seen < given) seen += (await agents.call('pickedUp')).length
  return given / ((nowMs() - began) / 1_000)
}

/** Jobs that nobody can run, so that they stay, and jobs that anybody can, of low priority. */
async function fill(system: FleetSystem, count: number): Promise<void> {
  await callInParallel(callers, { calls: count }, () =>
    system.client.call('submitJob', {
      body: { tool: 'selftest.echo', priority: 'low', timeouts: { queueMs: 0 } },
    }),
  )
}
