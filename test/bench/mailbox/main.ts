/** `npm run bench -- mailbox [--json] [--quick] [--profile] [--only turns,drain,...]`: the runtime against job queues on Postgres. */
import { parseArgs } from 'node:util'
import { Bench, serverSettings } from './bench.ts'
import { describeLimits } from './limits.ts'
import type { Row } from './row.ts'
import { drain } from './rows/drain.ts'
import { heldXmin } from './rows/held-xmin.ts'
import { idle } from './rows/idle.ts'
import { pickUp } from './rows/pick-up.ts'
import { residents } from './rows/residents.ts'
import { send } from './rows/send.ts'
import { takeover } from './rows/takeover.ts'
import { turns } from './rows/turns.ts'

/** What is measured together, and the rows that come of it. */
const scenarios = [
  { rows: ['turns', 'turns_no_history', 'notify_per_s'], measure: turns },
  { rows: ['drain'], measure: drain },
  { rows: ['send'], measure: send },
  { rows: ['pickup_same_p50_ms', 'pickup_other_p50_ms', 'pickup_other_p99_ms'], measure: pickUp },
  { rows: ['idle_sql_per_s', 'idle_cpu_pct', 'timer_lag_p99_ms'], measure: idle },
  { rows: ['held_xmin'], measure: heldXmin },
  { rows: ['resident_mb', 'activation_p99_ms'], measure: residents },
  { rows: ['takeover_s'], measure: takeover },
]

const { values: options } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    profile: { type: 'boolean', default: false },
    only: { type: 'string' },
  },
})
const names = scenarios.flatMap(({ rows }) => rows)
const wanted = options.only?.split(',') ?? names
const unknown = wanted.filter((name) => !names.includes(name))
if (unknown.length > 0) {
  console.error(`There is no row "${unknown.join('", "')}". Rows: ${names.join(', ')}`)
  process.exit(1)
}
await main()

async function main(): Promise<void> {
  const say = (line: string) => console.error(line)
  const bench = await Bench.start({ quick: options.quick, profile: options.profile, say })
  const stop = () => void bench.stop().finally(() => process.exit(1))
  process.once('SIGINT', stop)
  process.once('SIGTERM', stop)
  try {
    say(
      `PostgreSQL 18, fsync on, ${Object.entries(serverSettings)
        .map(([name, value]) => `${name} ${value}`)
        .join(', ')}; the rest is its defaults`,
    )
    say(await describeLimits(bench.url))
    for (const { rows, measure } of scenarios) {
      if (!rows.some((row) => wanted.includes(row))) continue
      for (const row of await measure(bench)) if (wanted.includes(row.name)) print(row)
    }
  } finally {
    say(await describeLimits(bench.url).catch(String))
    await bench.stop()
  }
  process.exit()
}

function print(row: Row): void {
  if (options.json) return console.log(JSON.stringify(row))
  const peers = Object.entries(row.peers).map(([peer, value]) => `${peer} ${value}`)
  const against = row.limit === undefined ? peers : [...peers, `limit ${row.limit}`]
  const notes = [row.void && `VOID: a peer is below its line ${JSON.stringify(row.line)}`, row.note].filter(
    Boolean,
  )
  console.log(
    `${row.name.padEnd(20)} ${String(row.ours).padStart(9)} ${row.unit.padEnd(18)} x${String(row.ratio).padEnd(7)} ${against.join(', ')}  ${notes.join('; ')}`,
  )
}
