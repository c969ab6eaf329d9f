/** A thousand agents on one node: busy, idle, and cut off all at once. */
import { setTimeout as pause } from 'node:timers/promises'
import { callAtRate, nowMs } from '../../load.ts'
import { type Row, rowOf } from '../../row.ts'
import { between, describeStatements } from '../../statements.ts'
import { quantile } from '../../statistics.ts'
import type { FleetSystem } from '../system.ts'

const p99Max = 250
const rssMaxMb = 500
const idleMax = 5
const stormMax = 10
const perSecond = 100

export async function thousandAgents(system: FleetSystem): Promise<Row[]> {
  const { quick, say } = system.options
  const count = quick ? 200 : 1_000
  const agents = await system.scriptedAgents(count)
  const idle = await idleStatements(system, quick ? 10 : 30)
  say(describeStatements(idle.counts, 8).join('\n'))
  const seconds = quick ? 10 : 60
  await agents.call('pickedUp')
  let failed = 0
  const sent = await callAtRate(perSecond, seconds * 1_000, async () => {
    await system.client
      .call('submitJob', { body: { tool: 'selftest.echo', params: { say: { sentMs: nowMs() } } } })
      .catch(() => failed++)
  })
  await pause(1_000)
  const ms = await agents.call('pickedUp')
  const storm = await agents.call('storm')
  await agents.end()
  const note = `${count} agents, ${perSecond} jobs/s for ${seconds} s: ${sent} sent, ${failed} refused, ${ms.length} picked up; p50 ${quantile(ms, 0.5).toFixed(1)} ms`
  return [
    rowOf({
      name: 'dispatch_p99_ms',
      unit: 'ms',
      better: 'less',
      ours: [quantile(ms, 0.99)],
      limit: p99Max,
      note,
    }),
    rowOf({
      name: 'server_rss_mb',
      unit: 'MB',
      better: 'less',
      ours: [system.server.peakBytes() / 1e6],
      limit: rssMaxMb,
      note: 'the peak so far',
    }),
    rowOf({
      name: 'idle_sql_per_s',
      unit: 'statements/s',
      better: 'less',
      ours: [idle.perSecond],
      limit: idleMax,
      note: `${count} idle agents, one node`,
    }),
    rowOf({
      name: 'storm_s',
      unit: 's',
      better: 'less',
      ours: [storm / 1_000],
      limit: stormMax,
      note: `${count} agents cut off at once, until the last is welcome again`,
    }),
  ]
}

async function idleStatements(system: FleetSystem, seconds: number) {
  // Every agent's first heartbeat brings its load, which its actor has to know.
  await pause(15_000)
  const before = await system.statements()
  await pause(seconds * 1_000)
  const counts = between(before, await system.statements()).filter(
    ({ query }) => !query.includes('pg_stat_statements'),
  )
  const calls = counts.reduce((sum, count) => sum + count.calls, 0)
  return { perSecond: calls / seconds, counts }
}
