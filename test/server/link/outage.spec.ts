import { expect } from 'chai'
import { startProxy, type Proxy } from '#test/support/proxy.ts'
import { freshDatabase } from '#test/support/database.ts'
import { Border, shortTimes } from './border.ts'
import { frames, type TestAgent } from './test-agent.ts'

describe('while the database is away for longer than every threshold', function () {
  this.timeout(40_000)
  const times = {
    ...shortTimes(50),
    heartbeatMs: 150,
    unhealthyMs: 500,
    leaseMs: 700,
    offlineMs: 900,
    staleMs: 1_300,
    inactiveMs: 1_700,
  }
  let proxy: Proxy
  let border: Border
  let agent: TestAgent
  const shown = () => border.api.ok('getAgent', { params: { agent: agent.id } })
  before(async () => {
    const database = await freshDatabase()
    proxy = await startProxy(database.url)
    border = new Border(database, { times, through: () => proxy.url })
    await border.addServer()
    await border.signInFirst()
    agent = await border.agent()
  })
  after(async () => {
    await border.end()
    await proxy.close()
  })

  it('agents stay connected, their signs of life are kept, and no job is run twice', async () => {
    await border.api.ok('submitJob', { body: { tool: 'selftest.sleep', agent: agent.id } })
    const attempt = await agent.run()
    await agent.frames(attempt, frames(1, 2))
    proxy.cut()
    proxy.blackhole()
    const away = performance.now()
    let seq = 2
    while (performance.now() - away < 2 * times.inactiveMs) {
      await agent.beat([attempt])
      await agent.frames(attempt, frames(seq + 1, seq + 2))
      seq += 2
      await agent.told.next('probe')
    }
    proxy.heal()
    await border.until(async () => (await shown().catch(() => null))?.liveness === 'healthy')
    const beaten = performance.now()
    while (performance.now() - beaten < 2 * times.offlineMs) {
      await agent.beat([attempt])
      await agent.told.next('probe')
    }
    expect(await agent.finish(attempt, { frames: seq })).to.deep.equal({ accepted: true, reason: null })
    const job = await border.api.ok('getJob', { params: { job: attempt.job } })
    expect(job).to.include({ state: 'completed', attempt: 1 })
    expect(job.attempts).to.have.length(1)
    const { items } = await border.api.ok('agentEvents', { params: { agent: agent.id } })
    expect(items.filter(({ what, to }) => what === 'liveness' && to !== 'healthy')).to.deep.equal([])
    expect(agent.socket.connected).to.equal(true)
    await border.until(async () => (await border.sql('select from job_log')).length === seq / 2)
  })
})
