import { expect } from 'chai'
import { newId } from '#specs/ids.ts'
import { facts, useBorder } from '../link/border.ts'

describe('the list of agents', () => {
  const border = useBorder()

  it('gives each once, page by page', async () => {
    const ids: string[] = []
    for (let at = 0; at < 12; at++) ids.push((await border.get.register()).agent)
    const found: string[] = []
    let after: string | null = null
    do {
      const page: { items: { id: string }[]; next: string | null } = await border.get.api.ok('listAgents', {
        query: { limit: '5', ...(after !== null && { after }) },
      })
      found.push(...page.items.map(({ id }) => id))
      after = page.next
    } while (after !== null)
    expect(found.toSorted()).to.deep.equal(ids.toSorted())
  })

  it('filters by liveness, standing, tag and capability', async () => {
    const agent = await border.get.agent({ tags: ['room=dark'], facts: { capabilities: ['tool:develop:3'] } })
    await border.get.api.ok('cordonAgent', { params: { agent: agent.id }, body: {} })
    const filters = [
      { liveness: 'healthy' },
      { standing: 'cordoned' },
      { tag: 'room=dark' },
      { capability: 'tool:develop:3' },
      { capability: 'tool:develop' },
    ]
    for (const query of filters) {
      const { items } = await border.get.api.ok('listAgents', { query })
      expect(
        items.map(({ id }) => id),
        JSON.stringify(query),
      ).to.deep.equal([agent.id])
    }
    expect((await border.get.api.ok('listAgents', { query: { tag: 'room=light' } })).items).to.deep.equal([])
  })

  it('counts how they are, with none too, and an agent called health hides nothing', async () => {
    const other = await border.get.otherTeam()
    const none = await other.api.ok('agentHealth')
    expect(none).to.deep.equal({
      status: 'none',
      counts: { healthy: 0, degraded: 0, unhealthy: 0, offline: 0, stale: 0, inactive: 0 },
      capacity: { slots: 0, usual: 0 },
    })
    await border.get.agent({ api: other.api, name: 'health', facts: { slots: 3 } })
    const capacity = { slots: 3, usual: 3 }
    expect(await other.api.ok('agentHealth')).to.deep.include({ status: 'ok', capacity })
    const gone = await border.get.agent({ api: other.api })
    gone.close()
    await border.get.until(async () => (await other.api.ok('agentHealth')).counts.degraded === 1)
    expect(await other.api.ok('agentHealth')).to.deep.include({ status: 'degraded' })
  })

  it('shows who may get a job now, the best first, with what speaks for each', async () => {
    const other = await border.get.otherTeam()
    const idle = await border.get.agent({ api: other.api, facts: { slots: 4 } })
    const half = await border.get.agent({ api: other.api, facts: { slots: 2 } })
    await border.get.agent({ api: other.api, facts: { capabilities: [] } })
    const cordoned = await border.get.agent({ api: other.api })
    await other.api.ok('cordonAgent', { params: { agent: cordoned.id }, body: {} })
    await other.api.ok('submitJob', { body: { tool: 'selftest.sleep', agent: half.id } })
    await half.run()
    const { items } = await other.api.ok('availableAgents', { query: { tool: 'selftest.sleep' } })
    expect(items.map(({ agent, freeSlots }) => [agent, freeSlots])).to.deep.equal([
      [idle.id, 4],
      [half.id, 1],
    ])
    for (const { score, components } of items) {
      expect(score).to.be.within(0, 1)
      expect(Object.keys(components)).to.have.members(['free', 'recent', 'liveness', 'success', 'load'])
    }
    const problem = await other.api.refused('availableAgents', { query: { tool: 'magic' } })
    expect(problem.fields?.[0]?.path).to.equal('query.tool')
  })
})

describe('what people want of an agent', () => {
  const border = useBorder()

  it('is done, said to it, and noted with who and why', async () => {
    const agent = await border.get.agent({ name: 'studio' })
    const params = { agent: agent.id }
    const call = { params, body: { reason: 'new disk' } }
    expect(await border.get.api.ok('pauseAgent', { params, body: { note: 'lunch' } })).to.include({
      standing: 'paused',
      note: 'lunch',
    })
    expect(await border.get.api.ok('resumeAgent', call)).to.include({ standing: 'active' })
    expect(await border.get.api.ok('cordonAgent', call)).to.include({ standing: 'cordoned' })
    expect(await border.get.api.ok('resumeAgent', call)).to.include({ standing: 'active' })
    expect(await border.get.api.ok('drainAgent', call)).to.include({ standing: 'draining' })
    expect((await agent.told.next('drain')).told).to.deep.equal({ reason: 'new disk' })
    expect(await agent.beat()).to.include({ draining: true })
    await border.get.until(async () => {
      const { items } = await border.get.api.ok('agentEvents', { params })
      return items.filter(({ what }) => what === 'standing').length === 5
    })
    const { items } = await border.get.api.ok('agentEvents', { params })
    expect(items[0]).to.deep.include({
      what: 'standing',
      from: 'active',
      to: 'draining',
      by: border.get.admin.id,
      reason: 'new disk',
    })
  })

  it('makes no sense twice: 409', async () => {
    const { agent } = await border.get.register()
    const call = { params: { agent }, body: {} }
    await border.get.api.ok('revokeAgent', call)
    expect(await border.get.api.refused('revokeAgent', call)).to.include({ code: 'wrong_state', status: 409 })
    expect(await border.get.api.refused('resumeAgent', call)).to.include({ code: 'wrong_state', status: 409 })
  })

  it('is told page by page; what is no cursor is refused', async () => {
    const { agent } = await border.get.register()
    const params = { agent }
    await border.get.api.ok('pauseAgent', { params, body: {} })
    const page = (query: Record<string, string>) => border.get.api.ok('agentEvents', { params, query })
    await border.get.until(async () => (await page({})).items.length === 2)
    const { next } = await page({ limit: '1' })
    expect((await page({ after: next ?? '' })).items.map(({ what }) => what)).to.deep.equal(['registered'])
    const problem = await border.get.api.refused('agentEvents', { params, query: { after: 'x' } })
    expect(problem.fields?.[0]?.path).to.equal('query.after')
  })

  it('renames and tags it; a name that is taken is refused', async () => {
    const [one, other] = [
      await border.get.register({ name: 'nas' }),
      await border.get.register({ name: 'laptop' }),
    ]
    const params = { agent: one.agent }
    const changed = await border.get.api.ok('changeAgent', {
      params,
      body: { name: 'archive', tags: ['room=1'], slots: 3 },
    })
    expect(changed).to.deep.include({ name: 'archive', tags: ['room=1'], slots: 3 })
    const taken = await border.get.api.refused('changeAgent', {
      params: { agent: other.agent },
      body: { name: 'archive' },
    })
    expect(taken).to.include({ code: 'already_exists', status: 409 })
    expect(await border.get.api.refused('changeAgent', { params, body: {} })).to.include({
      code: 'bad_input',
    })
  })

  it('removes it, unless jobs are bound to it', async () => {
    const { agent } = await border.get.register()
    const { id } = await border.get.api.ok('submitJob', { body: { tool: 'selftest.echo', agent } })
    const params = { agent }
    expect(await border.get.api.refused('removeAgent', { params })).to.include({
      code: 'in_use',
      status: 409,
    })
    await border.get.api.ok('cancelJob', { params: { job: id }, body: {} })
    await border.get.api.ok('removeAgent', { params })
    expect((await border.get.api.try('getAgent', { params })).status).to.equal(404)
  })

  it('of another team is not there', async () => {
    const other = await border.get.otherTeam()
    const { agent } = await border.get.register()
    const names = [
      'pauseAgent',
      'resumeAgent',
      'cordonAgent',
      'drainAgent',
      'revokeAgent',
      'getAgent',
      'agentEvents',
      'removeAgent',
    ] as const
    for (const name of names)
      for (const id of [agent, newId('agent')]) {
        const body =
          name === 'getAgent' || name === 'agentEvents' || name === 'removeAgent' ? {} : { body: {} }
        expect((await other.api.try(name, { params: { agent: id }, ...body })).status, name).to.equal(404)
      }
    expect(await border.get.api.ok('getAgent', { params: { agent } })).to.include({ standing: 'active' })
  })
})

describe('an agent without a socket', () => {
  const border = useBorder()
  const load = { cpuPercent: 1, memoryPercent: 1, loopLagMs: 0, threads: 1, busyThreads: 0, queued: 0 }

  it('runs a job by calls alone', async () => {
    const { agent, key } = await border.get.register()
    const calls = border.get.anyone(key)
    const headers = { 'x-safelight-boot': 'boot-over-http', 'x-safelight-protocol': '1' }
    const welcomed = await calls.ok('agentHello', { body: { facts: facts(), running: [] }, headers })
    expect(welcomed).to.include({ agent, draining: false })
    const beat = (running: { job: string; attempt: number }[] = []) =>
      calls.ok('agentBeat', { body: { load, running, draining: false }, headers })
    const waiting = beat()
    const { id } = await border.get.api.ok('submitJob', { body: { tool: 'selftest.sleep', agent } })
    const { offers } = await waiting
    const [{ attempt } = { attempt: 0 }] = offers
    expect(offers.map(({ job }) => job)).to.deep.equal([id])
    const body = { job: id, attempt }
    expect(await calls.ok('agentAccept', { body, headers })).to.include({ accepted: true })
    expect(await calls.ok('agentStarted', { body, headers })).to.include({ accepted: true })
    const frame = { type: 'log', seq: 1, at: 1, level: 'info', text: 'over HTTP' }
    expect(await calls.ok('agentFrames', { body: { ...body, frames: [frame] }, headers })).to.include({
      accepted: true,
    })
    await border.get.api.ok('cancelJob', { params: { job: id }, body: {} })
    expect((await beat([body])).cancels.map(({ job }) => job)).to.deep.equal([id])
    const finish = { ...body, outcome: 'cancelled', frames: 1 }
    expect(await calls.ok('agentFinish', { body: finish, headers })).to.include({ accepted: true })
    expect(await border.get.api.ok('getJob', { params: { job: id } })).to.include({ state: 'cancelled' })
    expect((await beat()).cancels).to.deep.equal([])
  })

  it('declines an offer, which goes elsewhere at once', async () => {
    const tags = ['room=http']
    const [one, other] = [await border.get.register({ tags }), await border.get.register({ tags })]
    const callsOf = ({ key, boot }: typeof one) => {
      const headers = { 'x-safelight-boot': boot }
      const calls = border.get.anyone(key)
      return {
        hello: () => calls.ok('agentHello', { body: { facts: facts(), running: [] }, headers }),
        beat: () => calls.ok('agentBeat', { body: { load, running: [], draining: false }, headers }),
        decline: (body: object) => calls.ok('agentDecline', { body, headers }),
      }
    }
    const [first, second] = [callsOf(one), callsOf(other)]
    await first.hello()
    const waiting = first.beat()
    const { id } = await border.get.api.ok('submitJob', { body: { tool: 'selftest.sleep', tags } })
    const [{ attempt } = { attempt: 0 }] = (await waiting).offers
    await second.hello()
    const declined = { job: id, attempt, reason: 'no room' }
    const [answer, { offers }] = await Promise.all([first.decline(declined), second.beat()])
    expect(answer).to.deep.equal({ accepted: true, reason: null })
    expect(offers.map((offer) => [offer.job, offer.attempt])).to.deep.equal([[id, attempt + 1]])
    const { events, attempts } = await border.get.api.ok('getJob', { params: { job: id } })
    expect(events.map(({ reason }) => reason)).to.include('declined: no room')
    expect(attempts.map((tried) => tried.agent)).to.deep.equal([one.agent, other.agent])
    expect(await first.decline(declined)).to.include({ accepted: false })
  })

  it('has to say hello first, and speak this version', async () => {
    const { key } = await border.get.register()
    const calls = border.get.anyone(key)
    const body = { load, running: [], draining: false }
    expect((await calls.send('agentBeat', { body })).status).to.equal(409)
    const old = await calls.send('agentBeat', { body, headers: { 'x-safelight-protocol': '0' } })
    expect(old.status).to.equal(426)
  })
})
