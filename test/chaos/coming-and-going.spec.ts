import { expect } from 'chai'
import { emptyDatabase } from '../support/database.ts'
import { Cluster } from './cluster.ts'
import { register } from './kinds.ts'
import { Tables } from './tables.ts'
import { Trial } from './trial.ts'
import { until } from './until.ts'

describe('nodes that come and go', () => {
  it('at once on an empty database make its tables once and share the shards', async () => {
    const database = await emptyDatabase()
    const tables = new Tables(database.url)
    const cluster = await Cluster.start({ url: database.url, nodes: 4, seed: 1, migrates: true })
    await until('each owns a quarter of the shards', async () => {
      const rows = await tables.query(
        'select owner from shard where owner is not null group by 1 having count(*) = 64',
      )
      return rows.length === 4
    })
    expect(cluster.deaths).to.equal(0)
    await cluster.stop()
    expect(await tables.query('select from lease where retired_at is null')).to.deep.equal([])
    await tables.close()
    await database.drop()
  })
})

describe('nodes that come and go beside others', () => {
  let trial: Trial
  afterEach(() => trial.end())
  const waiting = () => trial.tables.query('select from mail where shard >= 0')

  // Mutant: shards-not-given-back.
  it('give one that joins its share', async () => {
    trial = await Trial.start({ nodes: 2 })
    const letJoin = trial.cluster.holdRestarts()
    await trial.cluster.node(0).kill()
    await trial.balanced()
    letJoin()
    await until('both are there', () => trial.cluster.nodes.length === 2)
    await trial.balanced()
  })

  // Mutant: stopped-without-a-word.
  it('leave nobody who still asks without a word', async () => {
    trial = await Trial.start({ nodes: 2 })
    const [asker, owner] = [trial.cluster.node(0), trial.cluster.node(1)]
    const key = await trial.registerOf(owner, 'keep')
    owner.pause()
    const call = { client: 'nobody', number: 1 }
    const asked = asker.call('ask', register.at(key).keep(call), { requestId: 'nobody-1' })
    const told = asked.catch((error: unknown) => String(error))
    await until('the question waits', async () => (await waiting()).length > 0)
    await trial.cluster.drain(0)
    expect(await told).to.include("OutcomeUnknown: the node 'n0' has stopped")
  })

  // Mutant: handled-mail-kept.
  it('under load lose nothing, and callers hear only what they may try again after', async () => {
    trial = await Trial.start({ nodes: 3 })
    trial.clients.begin('send', 3, 100).begin('tell', 3, 80).begin('keep', 2, 60).begin('enter', 1, 20)
    await trial.startSenders({ rounds: 60 })
    await trial.during(2, (time) => trial.cluster.drain(time - 1))
    await trial.expectAllWell()
    expect(trial.cluster.deaths, 'processes that ended').to.equal(0)
    expect([...trial.clients.heard.keys()]).not.to.include('ProcessEnded')
  })

  // Mutant: letters-kept.
  it('leave no answer behind that nobody will read', async () => {
    trial = await Trial.start({ nodes: 3, settings: { tidyMs: 200 } })
    const [asker, owner] = [trial.cluster.node(0), trial.cluster.node(1)]
    const key = await trial.registerOf(owner, 'keep')
    trial.cluster.holdRestarts()
    owner.pause()
    const call = { client: 'nobody', number: 1 }
    asker.call('ask', register.at(key).keep(call), { requestId: 'nobody-1' }).catch(() => {})
    await until(
      'the question waits',
      async () => (await trial.tables.query('select from mail where shard >= 0')).length > 0,
    )
    await asker.kill()
    // Whoever is left answers when there is nobody any more whom it could tell.
    await until('it is answered', async () => (await trial.tables.query('select from answered')).length > 0)
    await until(
      'nothing is left of the answer',
      async () => (await trial.tables.query('select from mail')).length === 0,
    )
  }).timeout(60_000)

  // Mutants: lease-by-the-own-clock, timers-by-the-own-clock.
  it('with clocks an hour apart agree on leases and timers', async () => {
    const hourMs = 3_600_000
    trial = await Trial.start({ nodes: 3, skewsMs: [-hourMs, 0, hourMs] })
    trial.clients.begin('send', 2, 40).begin('keep', 2, 20)
    await trial.startSenders({ rounds: 60 })
    const incarnations = [0, 1, 2].map((slot) => trial.cluster.node(slot).incarnation)
    await trial.reached(0.4)
    expect([0, 1, 2].map((slot) => trial.cluster.node(slot).incarnation)).to.deep.equal(incarnations)
    await trial.cluster.node(2).kill()
    await trial.expectAllWell()
  })
})
