import { expect } from 'chai'
import { Vitals } from '#server/link/vitals.ts'
import { useBorder, shortTimes } from './border.ts'
import { frames } from './test-agent.ts'

describe('an agent that falls silent', () => {
  const times = {
    ...shortTimes(50),
    heartbeatMs: 150,
    unhealthyMs: 500,
    leaseMs: 700,
    offlineMs: 900,
    staleMs: 1_300,
    inactiveMs: 1_700,
    // The end of the grace is a step of its own.
    graceMs: 10_000,
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
  const shown = (agent: string) => border.get.api.ok('getAgent', { params: { agent } })
  const becomes = (agent: string, level: string) =>
    border.get.until(async () => (await shown(agent)).liveness === level)
  /** Why it is what it is now. */
  const reasonOf = async (agent: string) => {
    const { items } = await border.get.api.ok('agentEvents', { params: { agent } })
    return items.find(({ what }) => what === 'liveness')?.reason
  }

  it('count it as degraded after three that fail, and as healthy after one that does not', async () => {
    const agent = await border.get.agent()
    agent.answers = false
    await becomes(agent.id, 'degraded')
    expect(agent.told.all.filter(({ kind }) => kind === 'probe').length).to.be.within(3, 5)
    await border.get.until(
      async () =>
        (await reasonOf(agent.id)) === '3 checks in a row have failed: it did not answer within 150 ms',
    )
    agent.answers = true
    await becomes(agent.id, 'healthy')
    await border.get.until(async () => (await reasonOf(agent.id)) === 'a check went well again')
  })

  it('are shown as far as they have failed in a row, and a heartbeat does not hide them', async () => {
    const agent = await border.get.agent()
    agent.answers = false
    await border.get.until(async () => (await shown(agent.id)).failures === 1)
    expect((await shown(agent.id)).liveness).to.equal('healthy')
    while ((await shown(agent.id)).failures < 4) {
      await agent.beat()
      await agent.told.next('probe')
    }
    const { items } = await border.get.api.ok('listAgents', { query: { limit: '200' } })
    expect(items.find(({ id }) => id === agent.id)?.failures).to.be.at.least(4)
    agent.answers = true
    await border.get.until(async () => (await shown(agent.id)).failures === 0)
  })

  it('note one that failed, and that is all', async () => {
    const agent = await border.get.agent()
    agent.answers = false
    await agent.told.next('probe')
    await agent.told.next('probe')
    agent.answers = true
    await border.get.until(async () => (await shown(agent.id)).failures === 0)
    expect((await shown(agent.id)).liveness).to.equal('healthy')
  })

  it('find threads that hang, though heartbeats come and say that all is well', async () => {
    const agent = await border.get.agent()
    await border.get.api.ok('submitJob', { body: { tool: 'selftest.hang', agent: agent.id } })
    const attempt = await agent.run()
    agent.vitals = { loopLagMs: 1, busyThreads: 2, threads: 2 }
    while ((await shown(agent.id)).liveness === 'healthy') {
      await agent.beat([attempt], { cpuPercent: Math.random() * 100, busyThreads: 2, threads: 2 })
      await agent.told.next('probe')
    }
    expect((await shown(agent.id)).liveness).to.equal('degraded')
    await border.get.until(async () =>
      /^3 checks in a row have failed: all its threads are busy \(2\), and none has told anything for \d+ ms$/.test(
        (await reasonOf(agent.id)) ?? '',
      ),
    )
    await agent.frames(attempt, frames(1, 1))
    await becomes(agent.id, 'healthy')
    await agent.finish(attempt)
  })

  it('find a main thread that is late again and again', async () => {
    const agent = await border.get.agent()
    agent.vitals = { loopLagMs: 2_500, busyThreads: 0, threads: 4 }
    await becomes(agent.id, 'degraded')
    await border.get.until(
      async () =>
        (await reasonOf(agent.id)) === '3 checks in a row have failed: its main thread was 2500 ms late',
    )
    agent.vitals = { loopLagMs: 5, busyThreads: 3, threads: 4 }
    await becomes(agent.id, 'healthy')
  })
})

describe('threads that are all busy', () => {
  it('hang only once nothing was heard of any for too long', () => {
    let now = 0
    const vitals = new Vitals(10_000, () => now)
    const busy = { loopLagMs: 0, busyThreads: 2, threads: 2 }
    const ailments: (string | null)[] = []
    for (const at of [10_000, 10_001]) {
      now = at
      ailments.push(vitals.ailment(busy))
    }
    vitals.worked()
    now = 20_001
    ailments.push(vitals.ailment(busy))
    now = 60_000
    ailments.push(
      vitals.ailment({ ...busy, busyThreads: 1 }),
      vitals.ailment({ ...busy, busyThreads: 0, threads: 0 }),
    )
    expect(ailments).to.deep.equal([
      null,
      'all its threads are busy (2), and none has told anything for 10001 ms',
      null,
      null,
      null,
    ])
  })
})
