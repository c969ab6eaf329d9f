/** What two nodes cost that have nothing to do, and whether timers that come due are still on time. */
import { setTimeout as pause } from 'node:timers/promises'
import { type Bench, type NodeProcess, type Ours, until } from '../bench.ts'
import { type Row, rowOf } from '../../row.ts'
import { between } from '../../statements.ts'
import { quantile } from '../../statistics.ts'

const sleepers = 10_000
const hourMs = 3_600_000
const settleMs = 5_000
const timers = 1_000
const timersFirstMs = 3_000
const timersWithinMs = 5_000

export async function idle(bench: Bench): Promise<Row[]> {
  const ours = await bench.ours()
  // The actors are made by nodes that go away, so that they sleep when the next ones start.
  const makers = await ours.nodes(2)
  await makers[0]?.call('setAlarms', { from: 0, count: sleepers, firstMs: hourMs, withinMs: hourMs / 60 })
  await ours.quiet()
  await Promise.all(makers.map((maker) => maker.call('close')))
  await Promise.all(makers.map((maker) => maker.end()))
  const nodes = await ours.nodes(2)
  await pause(settleMs)
  const rows = await idleRows(ours, nodes, bench.options.quick ? 10_000 : 20_000)
  rows.push(await timerRow(ours, nodes))
  await ours.end(nodes)
  return rows
}

async function idleRows(ours: Ours, nodes: readonly NodeProcess[], ms: number): Promise<Row[]> {
  const resources = () => Promise.all(nodes.map((node) => node.call('resources')))
  const [used, before] = [await resources(), await ours.statements()]
  await pause(ms)
  const [usedThen, after] = [await resources(), await ours.statements()]
  const asked = between(before, after).reduce((sum, { calls }) => sum + calls, 0)
  const percents = usedThen.map(
    ({ cpuMs, atMs }, at) => (100 * (cpuMs - (used[at]?.cpuMs ?? 0))) / (atMs - (used[at]?.atMs ?? 0)),
  )
  const note = `2 nodes, ${sleepers} sleeping actors, each with a timer`
  return [
    rowOf({
      name: 'idle_sql_per_s',
      unit: 'statements/s per node',
      better: 'less',
      ours: [asked / (ms / 1000) / nodes.length],
      limit: 2,
      note,
    }),
    rowOf({
      name: 'idle_cpu_pct',
      unit: '% of a core',
      better: 'less',
      ours: [Math.max(...percents)],
      limit: 1,
      note,
    }),
  ]
}

async function timerRow(ours: Ours, nodes: readonly NodeProcess[]): Promise<Row> {
  await nodes[0]?.call('setAlarms', {
    from: sleepers,
    count: timers,
    firstMs: timersFirstMs,
    withinMs: timersWithinMs,
  })
  await pause(timersFirstMs + timersWithinMs)
  const lags: number[] = []
  await until(async () => {
    for (const node of nodes) lags.push(...(await node.call('timerLags')))
    return lags.length >= timers
  }, 'all timers have rung')
  await ours.quiet()
  const note = `p50 ${quantile(lags, 0.5)} ms, worst ${quantile(lags, 1)} ms; ${timers} timers within ${timersWithinMs / 1000} s`
  return rowOf({
    name: 'timer_lag_p99_ms',
    unit: 'ms',
    better: 'less',
    ours: [quantile(lags, 0.99)],
    limit: 50,
    note,
  })
}
