/** Messages that were all there before anybody may handle them. */
import {
  type Bench,
  endPeers,
  type NodeProcess,
  type Ours,
  peerNames,
  type PeerProcess,
  until,
} from '../bench.ts'
import { profileNode } from '../profile.ts'
import { type Row, rowOf } from '../../row.ts'

const messages = 50_000
const senders = 200
const line = { 'graphile-worker': 29_000, 'pg-boss': 20_000 }

export async function drain(bench: Bench): Promise<Row[]> {
  const rounds = bench.options.quick ? 1 : 3
  const ours = await bench.ours()
  const nodes = await ours.processes(2)
  const peers = await Promise.all(
    peerNames.map(
      async (name) =>
        [
          name,
          await bench.peer(name, { processes: 2, concurrency: name === 'pg-boss' ? 1000 : 50 }),
        ] as const,
    ),
  )
  const drained: { ours: number[]; peers: Record<string, number[]> } = { ours: [], peers: {} }
  for (let round = 0; round < rounds; round++) {
    const profile = bench.options.profile && round === rounds - 1
    drained.ours.push(await drainOurs(bench, ours, nodes, profile))
    for (const [name, processes] of peers) (drained.peers[name] ??= []).push(await drainPeer(processes))
  }
  await ours.end(nodes)
  for (const [, processes] of peers) await endPeers(processes)
  const note = 'ours until the last turn is committed, peers until the last handler has run'
  return [rowOf({ name: 'drain', unit: 'messages/s', better: 'more', ...drained, line, note })]
}

/** The first node sends while all shards are held; the time runs from their release. */
async function drainOurs(
  bench: Bench,
  ours: Ours,
  nodes: readonly NodeProcess[],
  profile: boolean,
): Promise<number> {
  const release = await ours.hold()
  await ours.openNodes(nodes)
  const before = await ours.turns('sink')
  await nodes[0]?.call('send', { callers: senders, amount: { calls: messages } })
  const told = profile ? await profileNode(bench, ours, nodes[0] as NodeProcess) : undefined
  const began = performance.now()
  await release()
  // Asked of the nodes first: reading the table again and again would slow down what is measured.
  await until(async () => (await turnsRun(nodes)) >= messages, 'all messages are drained', 10)
  await until(
    async () => (await ours.turns('sink')).turns - before.turns >= messages,
    'all turns are committed',
    5,
  )
  const took = performance.now() - began
  await told?.('drain')
  await Promise.all(nodes.map((node) => node.call('close')))
  return messages / (took / 1000)
}

/** Turns run since the nodes were opened, committed or not. */
async function turnsRun(nodes: readonly NodeProcess[]): Promise<number> {
  const all = await Promise.all(nodes.map((node) => node.call('metrics')))
  return all.reduce((sum, { turns }) => sum + turns, 0)
}

async function drainPeer(children: readonly PeerProcess[]): Promise<number> {
  await children[0]?.call('addMany', messages)
  const handled = async () =>
    (await Promise.all(children.map((child) => child.call('handled')))).reduce(
      (sum, { jobs }) => sum + jobs,
      0,
    )
  const before = await handled()
  const began = performance.now()
  await Promise.all(children.map((child) => child.call('work')))
  await until(async () => (await handled()) - before >= messages, 'all jobs are drained', 10)
  const took = performance.now() - began
  await Promise.all(children.map((child) => child.call('rest')))
  return messages / (took / 1000)
}
