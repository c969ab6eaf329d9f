import type { SeedResult } from '#runtime/testing/simulate.ts'
import { simulateSeed } from '#runtime/testing/simulate.ts'
import { kinds } from './kinds.ts'
import { entries, everything } from './scenarios.ts'
import { tightSettings } from './settings.ts'

export interface RunOptions {
  readonly nodes: number
  readonly turns: number
}

/** One seed of everything that is built in. */
export function runSeed(seed: number, { nodes, turns }: RunOptions): Promise<SeedResult> {
  const options = { kinds, seeds: [seed], nodes, turnsMin: turns, settings: tightSettings, sqlModel: entries }
  return simulateSeed(seed, options, async (cluster) => everything(cluster, turns))
}
