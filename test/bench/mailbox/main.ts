/** `npm run bench -- mailbox [--json] [--quick] [--profile] [--only turns,drain,...]`: the runtime against job queues on Postgres. */
import { runScenarios } from '../scenarios.ts'
import { Bench, serverSettings } from './bench.ts'
import { describeLimits } from './limits.ts'
import { drain } from './rows/drain.ts'
import { heldXmin } from './rows/held-xmin.ts'
import { idle } from './rows/idle.ts'
import { pickUp } from './rows/pick-up.ts'
import { residents } from './rows/residents.ts'
import { send } from './rows/send.ts'
import { takeover } from './rows/takeover.ts'
import { turns } from './rows/turns.ts'

const settings = Object.entries(serverSettings).map(([name, value]) => `${name} ${value}`)
console.error(`PostgreSQL 18, fsync on, ${settings.join(', ')}; the rest is its defaults`)

await runScenarios<Bench>(
  [
    { rows: ['turns', 'turns_no_history', 'notify_per_s'], measure: turns },
    { rows: ['drain'], measure: drain },
    { rows: ['send'], measure: send },
    { rows: ['pickup_same_p50_ms', 'pickup_other_p50_ms', 'pickup_other_p99_ms'], measure: pickUp },
    { rows: ['idle_sql_per_s', 'idle_cpu_pct', 'timer_lag_p99_ms'], measure: idle },
    { rows: ['held_xmin'], measure: heldXmin },
    { rows: ['resident_mb', 'activation_p99_ms'], measure: residents },
    { rows: ['takeover_s'], measure: takeover },
  ],
  {
    start: (options) => Bench.start(options),
    stop: (bench) => bench.stop(),
    each: false,
    limits: ({ url }) => describeLimits(url),
  },
)
