/** `npm run bench -- fleet [--json] [--quick] [--only pickup_p50_ms,...]`: the product, from a submission to a page. */
import { runScenarios } from '../scenarios.ts'
import { deepQueue } from './rows/deep-queue.ts'
import { thousandAgents } from './rows/dispatch.ts'
import { cancel, pickUp } from './rows/pick-up.ts'
import { progress } from './rows/progress.ts'
import { killed, stale } from './rows/recovery.ts'
import { FleetSystem } from './system.ts'

/** Each on a system of its own, so that none inherits another's agents. */
await runScenarios(
  [
    { rows: ['pickup_p50_ms', 'pickup_p99_ms'], measure: pickUp },
    { rows: ['cancel_ms'], measure: cancel },
    { rows: ['dispatch_p99_ms', 'server_rss_mb', 'idle_sql_per_s', 'storm_s'], measure: thousandAgents },
    { rows: ['deep_queue'], measure: deepQueue },
    { rows: ['kill_recover_s'], measure: killed },
    { rows: ['stale_refused'], measure: stale },
    { rows: ['progress_p99_ms'], measure: progress },
  ],
  {
    start: (options) => FleetSystem.start({ ...options, environment: process.env }),
    stop: (system) => system.stop(),
    each: true,
  },
)
