import { runSeed } from './scenario.ts'

/**
 * More of them: `node test/actors/simulation/main.ts --seeds 200`. What holds in every one of them stands in `invariants.ts`:
 * attempt numbers only rise, ends stay, one result each, every job ends, and no agent holds more than its slots.
 */
describe('a fleet on three nodes that crash, stand still and lose their database', () => {
  for (const seed of [1, 7, 20, 42])
    it(`keeps its promises with seed ${seed}`, async () => {
      await runSeed(seed, { jobs: 25 })
    }).timeout(60_000)
})
