import { expect } from 'chai'
import { defaults } from '#runtime/index.ts'
import { bomb } from './kinds.ts'
import { isReadCrashed } from './requests.ts'
import { Trial } from './trial.ts'
import { until } from './until.ts'

/** It kills once before anybody suspects it. */
const deathsMax = 1 + defaults.crashesMax

describe('a message that kills its process', () => {
  let trial: Trial
  afterEach(() => trial.end())

  // Mutants: suspect-not-written, crash-not-counted, crash-not-told.
  it('is found and buried, and all others go on', async () => {
    trial = await Trial.start({ nodes: 2 })
    await underLoad(trial, () => trial.someNode().call('send', bomb.at('red').explode()))
  }).timeout(60_000)

  // Mutant: timers-not-suspected.
  it('is found although it was sent by a timer', async () => {
    trial = await Trial.start({ nodes: 2 })
    await underLoad(trial, () => trial.someNode().call('send', bomb.at('red').explodeLater({ inMs: 100 })))
  }).timeout(60_000)

  // Mutant: crash-told-once.
  it('is found although the answer is lost that says whose owner has died', async () => {
    trial = await Trial.start({ nodes: 2, proxied: true })
    await underLoad(trial, async () => {
      const goOn = trial.cluster.holdRestarts()
      const cut = trial.proxy?.cutAfter(isReadCrashed)
      await trial.someNode().call('send', bomb.at('red').explode())
      await cut
      goOn()
    })
  }).timeout(60_000)
})

/** Everything else goes on while the message kills one process after the other. */
async function underLoad(trial: Trial, light: () => Promise<unknown>): Promise<void> {
  trial.clients.begin('send', 2, 40).begin('keep', 1, 20)
  await trial.startSenders({ rounds: 30 })
  await trial.balanced()
  await light()
  await until('it is buried', async () => (await dead(trial)).length > 0, {
    withinMs: 20_000,
    told: () => `${trial.cluster.deaths} deaths\n${trial.cluster.logs()}`,
  })
  await trial.expectAllWell(['dead letters'])
  const [letter, ...others] = await dead(trial)
  expect(letter).to.include({ kind: 'bomb', type: 'explode', cause: 'killed_process' })
  expect(others).to.deep.equal([])
  expect(trial.cluster.deaths, 'processes that it ended').to.equal(deathsMax)
}

async function dead({ tables }: Trial) {
  return tables.query('select kind, type, cause from dead')
}
