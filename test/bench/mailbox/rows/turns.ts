/** Actors that pass tokens on to each other as fast as they can; for the peers, jobs that each add the next. */
import { type Bench, endPeers, type NodeProcess, type Ours, peerNames, type PeerProcess } from '../bench.ts'
import { profileNode } from '../profile.ts'
import { type Row, rowOf } from '../../row.ts'
import { between } from '../../statements.ts'
import { setTimeout as pause } from 'node:timers/promises'

const tokens = 1000
const jobsInFlight = 500
/** Handlers at once in each of the peers' processes, where both are fastest: 16 and 100 were slower, as was one process. */
const handlersMax = 32
const warmMs = 1_000
const notifyLimit = 100
const notifyBurst = 20
const line = { 'graphile-worker': 920, 'pg-boss': 820 }

interface Results {
  readonly history: number[]
  readonly bare: number[]
  readonly notify: number[]
  readonly peers: Record<string, number[]>
}

export async function turns(bench: Bench): Promise<Row[]> {
  const { quick } = bench.options
  const rounds = quick ? 1 : 3
  const roundMs = quick ? 3_000 : 4_000
  const ours = await bench.ours()
  const nodes = await ours.nodes(2)
  const peers = new Map(
    await Promise.all(
      peerNames.map(
        async (name) => [name, await bench.peer(name, { processes: 2, concurrency: handlersMax })] as const,
      ),
    ),
  )
  const results: Results = { history: [], bare: [], notify: [], peers: {} }
  for (let round = 0; round < rounds; round++) {
    const last = round === rounds - 1
    const { perSecond, notify } = await tokenRound(bench, ours, nodes, {
      history: true,
      roundMs,
      profile: last && bench.options.profile,
    })
    results.history.push(perSecond)
    results.notify.push(notify)
    results.bare.push(
      (await tokenRound(bench, ours, nodes, { history: false, roundMs, profile: false })).perSecond,
    )
    for (const [name, processes] of peers)
      (results.peers[name] ??= []).push(await chainRound(processes, roundMs))
  }
  await ours.end(nodes)
  for (const processes of peers.values()) await endPeers(processes)
  return rowsOf(results, roundMs)
}

function rowsOf({ history, bare, notify, peers }: Results, roundMs: number): Row[] {
  const limit = notifyLimit + (notifyBurst * 1000) / roundMs
  return [
    rowOf({ name: 'turns', unit: 'turns/s', better: 'more', ours: history, peers, line }),
    rowOf({ name: 'turns_no_history', unit: 'turns/s', better: 'more', ours: bare, peers, line }),
    rowOf({
      name: 'notify_per_s',
      unit: 'NOTIFY/s per node',
      better: 'less',
      ours: notify,
      limit,
      note: 'while all nodes are at full load',
    }),
  ]
}

async function tokenRound(
  bench: Bench,
  ours: Ours,
  nodes: readonly NodeProcess[],
  how: { history: boolean; roundMs: number; profile: boolean },
) {
  const kind = how.history ? 'hop' : 'bare_hop'
  await moveAll(nodes, true)
  await Promise.all(
    nodes.map((node) => node.call('seed', { history: how.history, tokens: tokens / nodes.length })),
  )
  await pause(warmMs)
  const told = how.profile ? await profileNode(bench, ours, nodes[0] as NodeProcess) : undefined
  const before = { ...(await ours.turns(kind)), statements: await ours.statements() }
  await pause(how.roundMs)
  const after = { ...(await ours.turns(kind)), statements: await ours.statements() }
  const asked = between(before.statements, after.statements)
  await told?.('turns')
  await moveAll(nodes, false)
  await ours.quiet()
  const seconds = (after.atMs - before.atMs) / 1000
  const notified = asked
    .filter(({ query }) => query.includes('pg_notify'))
    .reduce((sum, { calls }) => sum + calls, 0)
  return { perSecond: (after.turns - before.turns) / seconds, notify: notified / seconds / nodes.length }
}

function moveAll(children: readonly (NodeProcess | PeerProcess)[], moving: boolean): Promise<unknown> {
  return Promise.all(children.map((child) => (child as NodeProcess).call('move', moving)))
}

async function chainRound(children: readonly PeerProcess[], roundMs: number): Promise<number> {
  await moveAll(children, true)
  await children[0]?.call('addMany', jobsInFlight)
  await Promise.all(children.map((child) => child.call('work')))
  await pause(warmMs)
  const before = await handled(children)
  await pause(roundMs)
  const after = await handled(children)
  await moveAll(children, false)
  await pause(warmMs)
  await Promise.all(children.map((child) => child.call('rest')))
  return (after.jobs - before.jobs) / ((after.atMs - before.atMs) / 1000)
}

async function handled(children: readonly PeerProcess[]): Promise<{ jobs: number; atMs: number }> {
  const all = await Promise.all(children.map((child) => child.call('handled')))
  return {
    jobs: all.reduce((sum, { jobs }) => sum + jobs, 0),
    atMs: all.reduce((sum, { atMs }) => sum + atMs, 0) / all.length,
  }
}
