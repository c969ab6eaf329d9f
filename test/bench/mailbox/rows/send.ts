/** Sends from outside, each acknowledged when it is committed, by callers that wait for that. */
import { type Bench, endPeers, peerNames } from '../bench.ts'
import { type Row, rowOf } from '../../row.ts'

const callers = 32
const line = { 'graphile-worker': 882, 'pg-boss': 679 }

export async function send(bench: Bench): Promise<Row[]> {
  const rounds = bench.options.quick ? 1 : 3
  const amount = { ms: bench.options.quick ? 2_000 : 3_000 }
  const ours = await bench.ours()
  await ours.hold()
  const [node] = await ours.processes(1)
  if (!node) throw new Error('the process has not started')
  await ours.openNodes([node])
  const peers = await Promise.all(
    peerNames.map(async (name) => [name, await bench.peer(name, { processes: 1, concurrency: 1 })] as const),
  )
  const sent: { ours: number[]; peers: Record<string, number[]> } = { ours: [], peers: {} }
  for (let round = 0; round < rounds; round++) {
    sent.ours.push(perSecond(await node.call('send', { callers, amount })))
    for (const [name, [child]] of peers)
      if (child) (sent.peers[name] ??= []).push(perSecond(await child.call('add', { callers, amount })))
  }
  await ours.end([node])
  for (const [, processes] of peers) await endPeers(processes)
  const note = 'nobody handles them meanwhile, ours nor theirs'
  return [rowOf({ name: 'send', unit: 'messages/s', better: 'more', ...sent, line, note })]
}

function perSecond({ calls, ms }: { calls: number; ms: number }): number {
  return calls / (ms / 1000)
}
