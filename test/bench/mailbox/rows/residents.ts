/** A node with many actors in memory, on a table with ten times as many. */
import { type Bench, type Ours } from '../bench.ts'
import { type Row, rowOf } from '../../row.ts'
import { quantile } from '../../statistics.ts'

const actorsMax = 1_000_000
const samples = 2_000
const callers = 10

export async function residents(bench: Bench): Promise<Row[]> {
  const residentsMax = bench.options.quick ? 20_000 : 100_000
  const ours = await bench.ours()
  await makeActors(ours)
  const nodes = await ours.nodes(1, { residentsMax: residentsMax + 2 * samples, passivateMs: 3_600_000 })
  const [node] = nodes
  if (!node) throw new Error('the process has not started')
  await node.call('askRange', { from: 0, to: residentsMax, callers: 500 })
  const { residentMb } = await node.call('resources')
  const { residents: inMemory } = await node.call('metrics')
  const keys = Array.from({ length: samples }, (_, at) =>
    String(residentsMax + at * Math.floor((actorsMax - residentsMax) / samples)),
  )
  const times = await node.call('askEach', { keys, callers })
  await ours.end(nodes)
  const note = `p50 ${quantile(times, 0.5).toFixed(1)} ms; ${samples} of ${actorsMax} actors, ${callers} callers`
  return [
    rowOf({
      name: 'resident_mb',
      unit: 'MB',
      better: 'less',
      ours: [residentMb],
      limit: 400,
      note: `${inMemory} actors in memory`,
    }),
    rowOf({
      name: 'activation_p99_ms',
      unit: 'ms',
      better: 'less',
      ours: [quantile(times, 0.99)],
      limit: 20,
      note,
    }),
  ]
}

async function makeActors(ours: Ours): Promise<void> {
  await ours.pool.query(
    `insert into actor (kind, key, shard, turn, state)
     select 'sink', key::text, shard_of('sink', key::text), 1, jsonb_build_object('taken', 1, 'note', repeat('x', 80)) from generate_series(0, $1 - 1) as key`,
    [actorsMax],
  )
  await ours.pool.query('analyze actor')
}
