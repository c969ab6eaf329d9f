import { expect } from 'chai'
import { useBorder } from '../link/border.ts'
import { load } from '../link/test-agent.ts'

const sleep = { tool: 'selftest.sleep' }

describe('an agent that was enrolled and never started', () => {
  const border = useBorder()

  it('was never heard of, and is missed by nobody', async () => {
    const { agent } = await border.get.register({ name: 'asleep' })
    const params = { agent }
    expect(await border.get.api.ok('getAgent', { params })).to.include({ lastSeenAt: null })
    const { items } = await border.get.api.ok('listAgents')
    expect(items.map(({ lastSeenAt }) => lastSeenAt)).to.deep.equal([null])
    await border.get.agent({ name: 'awake' })
    expect(await border.get.api.ok('pool')).to.deep.equal({
      state: 'idle',
      agents: 2,
      online: 1,
      idle: 1,
      degraded: 0,
      missing: 0,
      running: 0,
      pending: 0,
    })
    expect(await border.get.api.ok('agentHealth')).to.include({ status: 'ok' })
  })

  it('is missed once it was there and is gone', async () => {
    const other = await border.get.otherTeam()
    const [gone, stays] = [
      await border.get.agent({ api: other.api, name: 'gone' }),
      await border.get.agent({ api: other.api, name: 'stays' }),
    ]
    gone.close()
    await border.get.until(async () => (await other.api.ok('pool')).degraded === 1)
    expect(await other.api.ok('pool')).to.include({ state: 'degraded', online: 2, missing: 0 })
    const { lastSeenAt } = await other.api.ok('getAgent', { params: { agent: stays.id } })
    expect(lastSeenAt).to.be.above(0)
  })

  it('takes its room for jobs along, and the health says how much is left', async () => {
    const other = await border.get.otherTeam()
    const enrol = (slots: number) => border.get.agent({ api: other.api, facts: { slots } })
    const [gone] = [await enrol(4), await enrol(2)]
    await border.get.register({ api: other.api, facts: { slots: 8 } })
    expect((await other.api.ok('agentHealth')).capacity).to.deep.equal({ slots: 6, usual: 6 })
    await gone.say('beat', { load, running: [], draining: true, leaving: true })
    await border.get.until(async () => (await other.api.ok('agentHealth')).counts.offline === 2)
    const { status, capacity } = await other.api.ok('agentHealth')
    expect({ status, capacity }).to.deep.equal({ status: 'degraded', capacity: { slots: 2, usual: 6 } })
  })
})

describe('who enrolled an agent', () => {
  const border = useBorder()

  it('stands with the token and with the agent, also when the token is void', async () => {
    const { agent } = await border.get.register()
    const maker = { by: border.get.admin.id, name: 'Ada' }
    const { items } = await border.get.api.ok('listAgentTokens')
    expect(items.map(({ createdBy, usedBy }) => ({ createdBy, usedBy }))).to.deep.equal([
      { createdBy: maker, usedBy: agent },
    ])
    await border.get.api.ok('removeAgentToken', { params: { token: items[0]?.id ?? '' } })
    expect((await border.get.api.ok('getAgent', { params: { agent } })).enrolledBy).to.deep.equal(maker)
  })

  it('is told to whoever makes a token', async () => {
    const { token } = await border.get.api.ok('makeAgentToken', { body: { expiresInHours: 168 } })
    expect(token.createdBy).to.deep.equal({ by: border.get.admin.id, name: 'Ada' })
    expect(token.expiresAt - token.createdAt).to.be.closeTo(168 * 3_600_000, 1)
  })
})

describe('a job whose agent was removed', () => {
  const border = useBorder()

  it('keeps its name, in the list and with each attempt', async () => {
    const agent = await border.get.agent({ name: 'attic' })
    const { id } = await border.get.api.ok('submitJob', { body: sleep })
    await agent.finish(await agent.run())
    await border.get.api.ok('changeAgent', { params: { agent: agent.id }, body: { name: 'cellar' } })
    await border.get.api.ok('removeAgent', { params: { agent: agent.id }, query: { mode: 'now' } })
    const job = await border.get.api.ok('getJob', { params: { job: id } })
    expect(job).to.include({ agent: agent.id, agentName: 'attic' })
    expect(job.attempts.map(({ agentName }) => agentName)).to.deep.equal(['attic'])
    const { items } = await border.get.api.ok('listJobs', { query: {} })
    expect(items.map(({ agentName }) => agentName)).to.deep.equal(['attic'])
  })

  it('keeps the name of the one that it was bound to, though that never had it', async () => {
    const { agent } = await border.get.register({ name: 'far away' })
    const { id } = await border.get.api.ok('submitJob', { body: { ...sleep, agent } })
    await border.get.api.ok('cancelJob', { params: { job: id }, body: {} })
    await border.get.api.ok('removeAgent', { params: { agent } })
    const job = await border.get.api.ok('getJob', { params: { job: id } })
    expect(job).to.include({ agent: null, boundTo: agent, agentName: 'far away' })
  })
})

describe('a job that is run again', () => {
  const border = useBorder()

  it('and the one that it is made from know each other', async () => {
    const { id } = await border.get.api.ok('submitJob', { body: { ...sleep, tags: ['room=dark'] } })
    const params = { job: id }
    await border.get.api.ok('cancelJob', { params, body: {} })
    const again = await border.get.api.ok('retryJob', { params, body: {} })
    expect(again).to.include({ retryOf: id, retriedAs: null })
    expect(again.needs).to.deep.equal(['room=dark', 'tool:selftest.sleep:1'])
    await border.get.until(async () => (await border.get.api.ok('getJob', { params })).retriedAs !== null)
    const first = await border.get.api.ok('getJob', { params })
    expect(first).to.include({ state: 'cancelled', retryOf: null, retriedAs: again.id })
  })
})
