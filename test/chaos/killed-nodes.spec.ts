import { expect } from 'chai'
import { runSettings } from '../support/run.ts'
import { isCommit } from './requests.ts'
import { register } from './kinds.ts'
import type { NodeProcess } from './process.ts'
import { onEachServer } from './servers.ts'
import { Trial } from './trial.ts'

const { rounds } = runSettings()

describe('nodes that are killed under load', () => {
  onEachServer((server) => {
    let trial: Trial
    afterEach(() => trial.end())

    // Mutant: handled-mail-kept.
    it('lose nothing, do nothing twice, and keep the order', async () => {
      trial = await Trial.start({ server: await server() })
      trial.clients.begin('send', 3, 60 * rounds).begin('tell', 2, 40 * rounds)
      trial.clients.begin('keep', 2, 40 * rounds).begin('enter', 1, 20 * rounds)
      await trial.startSenders({ rounds: 40 * rounds })
      await trial.during(4 * rounds, () => trial.cluster.any()?.kill())
      await trial.expectAllWell()
    }).timeout(60_000 * rounds)
  })

  // Mutant: timers-not-read-at-take-over.
  it('and stay dead leave their timers to the others', async () => {
    const trial = await Trial.start({ nodes: 2 })
    await trial.startSenders()
    await trial.during(1, async () => {
      trial.cluster.holdRestarts()
      await trial.cluster.any()?.kill()
    })
    await trial.expectAllWell()
    await trial.end()
  })
})

describe('a node that is killed before its commit is made', () => {
  // Mutant: acknowledged-before-the-commit.
  it('has told nobody that it is', async () => {
    const trial = await Trial.start({ nodes: 2, proxied: true })
    const node = trial.cluster.node(0)
    await trial.balanced()
    const onItsWay = trial.proxy?.hold(isCommit)
    const call = { client: 'early', number: 1 }
    const told = node.call('send', register.at('send-0').note(call)).catch((error: unknown) => String(error))
    await onItsWay
    // Its answers come in order: what it had to say of the call would be here before this one.
    await node.call('metrics')
    await node.kill()
    expect(await told).to.include('ProcessEnded')
    await trial.expectAllWell()
    await trial.end()
  })
})

describe('a node that is killed between a commit and its answer', () => {
  let trial: Trial
  let node: NodeProcess
  let key: string
  beforeEach(async () => {
    trial = await Trial.start({ nodes: 2, proxied: true })
    node = trial.cluster.node(0)
    key = await trial.registerOf(node, 'tell')
  })
  afterEach(() => trial.end())

  const call = { client: 'torn', number: 1 }
  const ways = {
    send: (to: NodeProcess) => to.call('send', register.at('send-0').note(call), { dedupe: 'torn-1' }),
    // Its owner is the node that is asked: the turn itself is what is committed.
    tell: (to: NodeProcess) => to.call('ask', register.at(key).tell(call), { requestId: 'torn-1' }),
  }
  for (const [way, make] of Object.entries(ways)) {
    // Mutants: request-ids-forgotten, dedupe-keys-forgotten.
    it(`has done what it was told by '${way}', and it is not done again when it is tried again`, async () => {
      const committed = trial.proxy?.cutAfter(isCommit)
      const told = make(node).catch((error: unknown) => String(error))
      await committed
      await node.kill()
      expect(await told).to.include('ProcessEnded')
      await make(trial.cluster.node(1))
      trial.clients.acknowledged.set(way as keyof typeof ways, ['torn-1'])
      await trial.expectAllWell()
    })
  }
})
