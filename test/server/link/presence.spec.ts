import { expect } from 'chai'
import { useBorder, shortTimes } from './border.ts'

describe('an agent that falls silent', () => {
  const times = {
    ...shortTimes(50),
    heartbeatMs: 150,
    unhealthyMs: 500,
    leaseMs: 700,
    offlineMs: 900,
    staleMs: 1_300,
    inactiveMs: 1_700,
  }
  const border = useBorder({ times })
  const shown = (agent: string) => border.get.api.ok('getAgent', { params: { agent } })
  const events = async (agent: string) =>
    (await border.get.api.ok('agentEvents', { params: { agent }, query: { limit: '200' } })).items

  it('goes down the ladder a step at a time, and up again when it is back', async () => {
    const agent = await border.get.agent()
    agent.close()
    await border.get.until(async () => (await shown(agent.id)).liveness === 'inactive')
    const steps = (await events(agent.id)).filter(({ what }) => what === 'liveness').map(({ to }) => to)
    expect(steps.toReversed()).to.deep.equal([
      'healthy',
      'degraded',
      'unhealthy',
      'offline',
      'stale',
      'inactive',
    ])
    await border.get.connect({ ...agent.dial })
    expect((await shown(agent.id)).liveness).to.equal('healthy')
  })

  it('though its socket is open is told to say hello again', async () => {
    const agent = await border.get.agent()
    await border.get.until(async () => (await shown(agent.id)).liveness === 'offline')
    expect((await agent.told.next('closed')).reason).to.equal('transport close')
    expect((await shown(agent.id)).connection).to.equal(null)
  })

  it('but was heard in time stays healthy', async () => {
    const agent = await border.get.agent()
    const from = performance.now()
    while (performance.now() - from < 2 * times.unhealthyMs) {
      await agent.beat()
      await agent.told.next('probe')
    }
    const { liveness, lastSeenAt } = await shown(agent.id)
    expect(liveness).to.equal('healthy')
    expect(lastSeenAt).to.be.above(0)
    expect((await events(agent.id)).filter(({ to }) => to === 'unhealthy')).to.deep.equal([])
  })

  it('after it was registered, without ever being heard, goes down as well', async () => {
    const { agent } = await border.get.register()
    await border.get.until(async () => (await shown(agent)).liveness === 'inactive')
  })
})

describe('the checks of an agent', () => {
  const times = shortTimes(20)
  // The ladder is out of the way: only the checks are looked at.
  const border = useBorder({
    times: {
      ...times,
      unhealthyMs: 30_000,
      leaseMs: 60_000,
      offlineMs: 90_000,
      staleMs: 300_000,
      inactiveMs: 900_000,
    },
  })
  const liveness = async (agent: string) =>
    (await border.get.api.ok('getAgent', { params: { agent } })).liveness

  it('count it as degraded after three that fail, and as healthy after one that does not', async () => {
    const agent = await border.get.agent()
    agent.answers = false
    await border.get.until(async () => (await liveness(agent.id)) === 'degraded')
    expect(agent.told.all.filter(({ kind }) => kind === 'probe').length).to.be.within(3, 5)
    agent.answers = true
    await border.get.until(async () => (await liveness(agent.id)) === 'healthy')
  })

  it('note one that failed, and that is all', async () => {
    const agent = await border.get.agent()
    agent.answers = false
    await agent.told.next('probe')
    await agent.told.next('probe')
    agent.answers = true
    await border.get.until(async () => {
      const [row] = await border.get.sql<{ failures: number }>(
        'select failures from presence where agent = $1',
        [agent.id],
      )
      return row?.failures === 0
    })
    expect(await liveness(agent.id)).to.equal('healthy')
  })
})
