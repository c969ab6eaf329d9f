import { expect } from 'chai'
import { runSettings } from '../support/run.ts'
import { register } from './kinds.ts'
import { isCommit, isSqlCommit } from './requests.ts'
import { onEachServer } from './servers.ts'
import { Trial } from './trial.ts'

const { rounds } = runSettings()

describe('commits whose answer is lost', () => {
  onEachServer((server) => {
    let trial: Trial
    afterEach(() => trial.end())

    // Mutant: lost-answer-means-not-committed.
    it('are neither forgotten nor made twice', async () => {
      trial = await Trial.start({ server: await server(), nodes: 2, proxied: true })
      trial.clients.begin('sendPlainly', 3, 60 * rounds).begin('tell', 2, 40 * rounds)
      trial.clients.begin('keep', 2, 40 * rounds).begin('enter', 2, 20 * rounds)
      await trial.startSenders({ rounds: 40 * rounds })
      await trial.during(24 * rounds, async (time) => {
        const cut = trial.proxy?.cutAfter(time % 3 === 0 ? isSqlCommit : isCommit)
        trial.clients.begin(time % 3 === 0 ? 'enter' : 'sendPlainly', 1, 1)
        await cut
      })
      await trial.expectAllWell()
      expect(trial.cluster.deaths, 'processes that ended').to.equal(0)
    }).timeout(60_000 * rounds)

    // Mutant: number-not-given-up.
    it('are resolved before they are made again, though the first may still be on its way', async () => {
      trial = await Trial.start({ server: await server(), nodes: 1, proxied: true })
      const { proxy, cluster } = trial
      const node = cluster.node(0)
      const first = proxy?.hold(isCommit)
      const sent = node.call('send', register.at('sendPlainly-0').note({ client: 'late', number: 1 }))
      const held = await first
      const again = proxy?.hold(isCommit)
      held?.cutClient()
      const heldAgain = await again
      expect(await held?.release(), 'what the database says to the first').to.include('can not commit group')
      await heldAgain?.release()
      await sent
      trial.clients.acknowledged.set('sendPlainly', ['late-1'])
      await trial.expectAllWell()
      expect(node.fenced, 'lives that ended').to.equal(0)
    })
  })
})

describe('a link on which a turn with SQL waits for its commit', () => {
  // Mutant: no-deadline-for-sql.
  it('and that goes silent holds its node up no longer than the deadline', async () => {
    const trial = await Trial.start({ nodes: 1, proxied: true, deadlineMs: 2_000 })
    const holding = trial.proxy?.hold(isSqlCommit)
    await trial.cluster.node(0).call('send', register.at('enter-0').enter({ client: 'enter', number: 1 }))
    const held = await holding
    held?.silence()
    trial.clients.acknowledged.set('enter', ['enter-1'])
    trial.clients.begin('tell', 1, 5)
    await trial.expectAllWell(['turns that failed'])
    await trial.end()
  }).timeout(30_000)
})

describe('a send that is tried again while the first try is under way', () => {
  // Mutant: dedupe-between-groups-only.
  it('counts once', async () => {
    const trial = await Trial.start({ nodes: 1 })
    const call = { client: 'hasty', number: 1 }
    const tries = [1, 2, 3].map(() =>
      trial.cluster.node(0).call('send', register.at('send-0').note(call), { dedupe: 'hasty-1' }),
    )
    await Promise.all(tries)
    trial.clients.acknowledged.set('send', ['hasty-1'])
    await trial.expectAllWell()
    await trial.end()
  })
})
