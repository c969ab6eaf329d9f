import { expect } from 'chai'
import { useBorder } from './border.ts'
import { load } from './test-agent.ts'

// The caller holds each answer against what its route declares: a refusal that is not declared fails.
describe('an agent that calls without a socket', () => {
  const border = useBorder()
  const beat = { load, running: [], draining: false }

  it('is told to say hello first', async () => {
    const { key, facts } = await border.get.register()
    const agent = border.get.anyone(key)
    expect(await agent.refused('agentBeat', { body: beat })).to.include({ code: 'wrong_state' })
    await agent.ok('agentHello', { body: { facts, running: [] } })
    await agent.ok('agentBeat', { body: beat })
  })

  it('of another version is told which of the two to upgrade', async () => {
    const { key } = await border.get.register()
    const headers = { 'x-safelight-protocol': '0' }
    const problem = await border.get.anyone(key).refused('agentBeat', { body: beat, headers })
    expect(problem).to.include({ code: 'unsupported_version', status: 426 })
    expect(problem.detail).to.include('Upgrade the agent')
  })

  it('does not leave while jobs wait for it alone', async () => {
    const { key, agent } = await border.get.register()
    const { id: job } = await border.get.api.ok('submitJob', { body: { tool: 'selftest.echo', agent } })
    expect(await border.get.anyone(key).refused('deregister', { body: {} })).to.include({ code: 'in_use' })
    await border.get.api.ok('removeJob', { params: { job } })
    await border.get.anyone(key).ok('deregister', { body: {} })
    expect(await border.get.anyone(key).refused('deregister', { body: {} })).to.include({
      code: 'not_signed_in',
    })
  })
})
