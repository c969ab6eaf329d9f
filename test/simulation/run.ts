import type { SeedResult, SimulateOptions } from '#runtime/testing/simulate.ts'
import { simulateSeed } from '#runtime/testing/simulate.ts'
import { kindsWith } from './kinds.ts'
import { entries, everything } from './scenarios.ts'
import { serviceFor } from './service.ts'
import { tightSettings } from './settings.ts'

export interface RunOptions {
  readonly nodes: number
  readonly turns: number
}

/** One seed of everything that is built in. */
export function runSeed(seed: number, { nodes, turns }: RunOptions): Promise<SeedResult> {
  const options: SimulateOptions = {
    kinds: (ports) => kindsWith(serviceFor(ports)),
    seeds: [seed],
    nodes,
    turnsMin: turns,
    settings: tightSettings,
    sqlModel: entries,
  }
  return simulateSeed(seed, options, async (cluster) => everything(cluster, turns))
}
