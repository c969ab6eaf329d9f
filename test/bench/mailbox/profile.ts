/** `--profile`: where a node and the database spend the time of a round. */
import { setTimeout as pause } from 'node:timers/promises'
import type { Bench, NodeProcess, Ours } from './bench.ts'
import { between, describeStatements } from '../statements.ts'

const functionsTop = 40
const statementsTop = 16
const waitsTop = 12
const sampleMs = 10

/** Starts to look; call what it returns at the end of the round, with the round's name. */
export async function profileNode(
  bench: Bench,
  ours: Ours,
  node: NodeProcess,
): Promise<(name: string) => Promise<void>> {
  await node.call('profile')
  const before = await ours.statements()
  const waits = sampleWaits(ours)
  return async (name) => {
    const statements = describeStatements(between(before, await ours.statements()), statementsTop)
    const waited = await waits()
    const functions = (await node.call('profiled', functionsTop)).map(
      ({ name, percent }) => `${percent.toFixed(1).padStart(5)} %  ${name}`,
    )
    const metrics = JSON.stringify(await node.call('metrics'))
    bench.options.say(
      [
        `-- ${name}: self time of node a`,
        ...functions,
        `-- ${name}: statements, nested ones too`,
        ...statements,
        `-- ${name}: what sessions were doing`,
        ...waited,
        metrics,
      ].join('\n'),
    )
  }
}

/** What the sessions on a database wait for, looked at every few milliseconds. */
function sampleWaits(ours: Ours): () => Promise<string[]> {
  const seen = new Map<string, number>()
  let samples = 0
  let over = false
  const sampling = (async () => {
    for (; !over; samples++) {
      for (const what of await ours.rows<{ what: string }>(activeSessions))
        seen.set(what.what, (seen.get(what.what) ?? 0) + 1)
      await pause(sampleMs)
    }
  })()
  return async () => {
    over = true
    await sampling
    const sorted = [...seen].toSorted(([, a], [, b]) => b - a).slice(0, waitsTop)
    return sorted.map(([what, count]) => `${((100 * count) / samples).toFixed(0).padStart(5)} %  ${what}`)
  }
}

const activeSessions = `
  select application_name || ' ' || coalesce(wait_event_type || ':' || wait_event, 'runs') || ' ' || left(regexp_replace(query, '\\s+', ' ', 'g'), 40) as what
  from pg_stat_activity
  where state = 'active' and pid <> pg_backend_pid() and (datname = current_database() or backend_type <> 'client backend')`
