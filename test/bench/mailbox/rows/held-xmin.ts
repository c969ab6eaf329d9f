/** Turns at a steady rate while somebody holds an old snapshot, so that no dead row can be cleared away. */
import { type Bench, type NodeProcess, type Ours } from '../bench.ts'
import { type Row, rowOf } from '../../row.ts'
import { quantile } from '../../statistics.ts'

const turnsPerSecond = 2_000
const lastMs = 10_000

export async function heldXmin(bench: Bench): Promise<Row[]> {
  const heldMs = bench.options.quick ? 20_000 : 60_000
  const ours = await bench.ours()
  const nodes = await ours.nodes(2)
  await askFor(nodes, 5_000)
  const free = await askFor(nodes, heldMs / 2)
  const release = await holdSnapshot(ours)
  const held = await askFor(nodes, heldMs)
  await release()
  await ours.end(nodes)
  const [p99Free, p99Held] = [quantile(free, 0.99), quantile(held, 0.99)]
  const note = `p99 ${p99Free.toFixed(1)} ms free, ${p99Held.toFixed(1)} ms held for ${heldMs / 1000} s; ${turnsPerSecond} durable asks/s, the last ${lastMs / 1000} s`
  return [
    rowOf({
      name: 'held_xmin',
      unit: 'p99 held / free',
      better: 'less',
      ours: [p99Held / p99Free],
      limit: 3,
      note,
    }),
  ]
}

async function holdSnapshot(ours: Ours): Promise<() => Promise<void>> {
  const client = await ours.pool.connect()
  await client.query('begin isolation level repeatable read')
  // A transaction that has written holds back the clearing of dead rows in every table.
  await client.query('create temp table held (id int); insert into held values (1); select txid_current()')
  return async () => {
    await client.query('rollback')
    client.release()
  }
}

/** The times of what was asked at the end. */
async function askFor(nodes: readonly NodeProcess[], ms: number): Promise<number[]> {
  const all = (
    await Promise.all(
      nodes.map((node) => node.call('askAtRate', { perSecond: turnsPerSecond / nodes.length, ms })),
    )
  ).flat()
  const end = all.reduce((latest, { askedMs }) => Math.max(latest, askedMs), 0)
  return all.filter(({ askedMs }) => askedMs > end - lastMs).map(({ tookMs }) => tookMs)
}
