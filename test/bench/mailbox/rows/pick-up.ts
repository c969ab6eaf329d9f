/** How long a message that arrives now and then waits until its handler starts. */
import { type Bench, endPeers, peerNames } from '../bench.ts'
import { type Row, rowOf } from '../../row.ts'
import { quantile } from '../../statistics.ts'

const perSecond = 50
const slices = 4
const line = { 'graphile-worker': 3.5 }
const lineP99 = { 'graphile-worker': 6.4 }

interface Times {
  readonly same: number[]
  readonly other: number[]
  readonly peers: Record<string, number[]>
}

export async function pickUp(bench: Bench): Promise<Row[]> {
  const ms = (bench.options.quick ? 5_000 : 20_000) / slices
  const ours = await bench.ours()
  const nodes = await ours.nodes(2)
  const [a, b] = nodes
  const keys = await ours.keysByNode('sink', 1000)
  if (!a || !b) throw new Error('the processes have not started')
  const peers = await Promise.all(
    peerNames.map(async (name) => [name, await bench.peer(name, { processes: 2, concurrency: 10 })] as const),
  )
  for (const [, [worker]] of peers) await worker?.call('work')
  const times: Times = { same: [], other: [], peers: {} }
  for (let slice = 0; slice < slices; slice++) {
    await a.call('sendAtRate', { keys: keys.get('a') ?? [], perSecond, ms })
    await ours.quiet()
    times.same.push(...(await a.call('pickedUp')))
    await a.call('sendAtRate', { keys: keys.get('b') ?? [], perSecond, ms })
    await ours.quiet()
    times.other.push(...(await b.call('pickedUp')))
    for (const [name, [worker, adder]] of peers) {
      await adder?.call('addAtRate', { perSecond, ms })
      ;(times.peers[name] ??= []).push(...((await worker?.call('pickedUp')) ?? []))
    }
  }
  await ours.end(nodes)
  for (const [, processes] of peers) await endPeers(processes)
  return rowsOf(times)
}

function rowsOf({ same, other, peers }: Times): Row[] {
  const all = { unit: 'ms', better: 'less' } as const
  const at = (fraction: number) =>
    Object.fromEntries(Object.entries(peers).map(([name, times]) => [name, [quantile(times, fraction)]]))
  const note = `p99 ${quantile(same, 0.99).toFixed(1)} ms; ${same.length} messages`
  return [
    rowOf({ ...all, name: 'pickup_same_p50_ms', ours: [quantile(same, 0.5)], peers: at(0.5), line, note }),
    rowOf({ ...all, name: 'pickup_other_p50_ms', ours: [quantile(other, 0.5)], peers: at(0.5), line }),
    rowOf({
      ...all,
      name: 'pickup_other_p99_ms',
      ours: [quantile(other, 0.99)],
      peers: at(0.99),
      line: lineP99,
    }),
  ]
}
