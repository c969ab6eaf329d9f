/** `npm run bench -- walls [--json] [--quick]`: what of a team another one could find out by a clock. */
import { FleetSystem } from '../fleet/system.ts'
import { runScenarios } from '../scenarios.ts'
import { foreignVsUnknown } from './rows/foreign-vs-unknown.ts'

await runScenarios([{ rows: ['foreign_vs_unknown'], measure: foreignVsUnknown }], {
  start: (options) => FleetSystem.start({ ...options, environment: process.env }),
  stop: (system) => system.stop(),
  each: true,
})
