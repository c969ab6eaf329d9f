/** How long the actors of a node that dies, or that freezes in the middle of a transaction, are out of reach. */
import type { Bench, NodeProcess } from '../bench.ts'
import { type Row, rowOf } from '../../row.ts'

export async function takeover(bench: Bench): Promise<Row[]> {
  const killed = await takeoverAfter(bench, async (victim) => victim.signal('SIGKILL'))
  const frozen = await takeoverAfter(bench, async (victim, key) => {
    const sitting = victim.heard()
    await victim.call('sit', [key])
    await sitting
    victim.signal('SIGSTOP')
  })
  const note = `killed ${killed.toFixed(1)} s, frozen in a transaction ${frozen.toFixed(1)} s: the worse counts`
  return [
    rowOf({
      name: 'takeover_s',
      unit: 's',
      better: 'less',
      ours: [Math.max(killed, frozen)],
      limit: 12,
      note,
    }),
  ]
}

/** Seconds until an actor of every shard answers again. */
async function takeoverAfter(
  bench: Bench,
  harm: (victim: NodeProcess, key: string) => Promise<void>,
): Promise<number> {
  const ours = await bench.ours()
  const nodes = await ours.nodes(2)
  const [survivor, victim] = nodes
  if (!survivor || !victim) throw new Error('the processes have not started')
  const keys = await oneKeyPerShard(ours)
  const own = (await ours.keysByNode('sitter', 100)).get('b')?.[0] ?? ''
  await survivor.call('askEach', { keys, callers: keys.length })
  await harm(victim, own)
  const began = performance.now()
  await survivor.call('askEach', { keys, callers: keys.length })
  const took = performance.now() - began
  await victim.end()
  await ours.end([survivor])
  return took / 1000
}

async function oneKeyPerShard(ours: Awaited<ReturnType<Bench['ours']>>): Promise<string[]> {
  const rows = await ours.rows<{ key: string }>(
    `select min(key)::text as key from generate_series(0, 9999) as key group by shard_of('sink', key::text)`,
  )
  return rows.map(({ key }) => key)
}
