import { expect } from 'chai'
import { load } from '../link/test-agent.ts'
import { useBorder } from '../link/border.ts'

describe('why a job waits for an agent that is not there', () => {
  const border = useBorder()
  const waitingOf = async (job: string) => (await border.get.api.ok('getJob', { params: { job } })).waiting
  const submitted = async (body: object) =>
    (await border.get.api.ok('submitJob', { body: { tool: 'selftest.sleep', ...body } })).id
  const shown = (agent: string) => border.get.api.ok('getAgent', { params: { agent } })
  const last = { load, running: [], draining: true, leaving: true }

  it('is that it is not there, as soon as its program has said that it ends', async () => {
    const agent = await border.get.agent({ name: 'laptop' })
    await agent.say('beat', { ...last, leaving: false })
    expect(await shown(agent.id)).to.include({ standing: 'draining', liveness: 'healthy' })
    const bound = await submitted({ agent: agent.id })
    expect(await waitingOf(bound)).to.include({
      reason: 'bound_agent_offline',
      detail:
        "The program of the agent 'laptop', which it is bound to, is ending. It runs when that is started again.",
    })
    expect(await agent.say('beat', last)).to.include({ draining: true })
    agent.close()
    expect(await shown(agent.id)).to.include({ standing: 'active', liveness: 'offline', connection: null })
    expect(await waitingOf(bound)).to.include({
      reason: 'bound_agent_offline',
      detail: "The agent 'laptop', which it is bound to, is offline. It runs when that is back.",
    })
    const any = await submitted({})
    expect((await waitingOf(any))?.reason).to.equal('no_agents')
    const back = await border.get.connect({ ...agent.dial, boot: 'boot-the-second' })
    expect((await back.run()).job).to.equal(bound)
  })

  it('is that it is not there, as soon as it was cut off, whatever people want of it', async () => {
    const agent = await border.get.agent({ name: 'nas' })
    const bound = await submitted({ agent: agent.id })
    await agent.offer()
    await border.get.api.ok('cordonAgent', { params: { agent: agent.id }, body: {} })
    agent.close()
    await border.get.until(async () => (await shown(agent.id)).connection === null)
    const late = await submitted({ agent: agent.id })
    expect(await waitingOf(late)).to.include({
      reason: 'bound_agent_offline',
      detail: "The agent 'nas', which it is bound to, was cut off a moment ago. It runs when that is back.",
    })
    await border.get.api.ok('cancelJob', { params: { job: bound }, body: {} })
  })

  it('over HTTP too is its last word heard at once', async () => {
    const { agent, key } = await border.get.register()
    const calls = border.get.anyone(key)
    const headers = { 'x-safelight-boot': 'boot-over-http' }
    const { dial } = await border.get.agent()
    await calls.ok('agentHello', { body: { facts: dial.facts, running: [] }, headers })
    expect((await shown(agent)).liveness).to.equal('healthy')
    await calls.ok('agentBeat', { body: last, headers })
    expect(await shown(agent)).to.include({ liveness: 'offline', standing: 'active' })
  })
})

describe('why a job waits in a team that limits how many run', () => {
  const border = useBorder()

  it('is the limit, as long as it is reached', async () => {
    const { team } = border.get.admin
    await border.get.api.ok('changeTeam', { params: { team }, body: { runningMax: 1 } })
    const agent = await border.get.agent({ facts: { slots: 4 } })
    const body = { tool: 'selftest.sleep' }
    const first = await border.get.api.ok('submitJob', { body })
    const attempt = await agent.run()
    expect(attempt.job).to.equal(first.id)
    const waits = [
      await border.get.api.ok('submitJob', { body }),
      await border.get.api.ok('submitJob', { body: { ...body, agent: agent.id } }),
    ]
    for (const [before, { id }] of waits.entries())
      expect((await border.get.api.ok('getJob', { params: { job: id } })).waiting).to.deep.equal({
        reason: 'team_limit',
        detail: `1 jobs of the team are running, which is the most that it allows at once; ${before} jobs are before it.`,
        position: before + 1,
      })
    await agent.finish(attempt)
    expect((await agent.run()).job).to.equal(waits[0]?.id)
  })
})
