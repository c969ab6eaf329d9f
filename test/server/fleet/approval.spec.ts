import { expect } from 'chai'
import { newEmail, password } from '#test/support/rest.ts'
import { everyTool, useBorder } from '../link/border.ts'

describe('an agent with a tool that is not known here', () => {
  const border = useBorder({ allowedTools: [] })

  it('is listed as waiting for approval, gets no jobs, and is approved by an admin alone', async () => {
    const agent = await border.get.agent({
      name: 'wizard',
      facts: { capabilities: [...everyTool, 'tool:magic:1'] },
    })
    const params = { agent: agent.id }
    const { items } = await border.get.api.ok('listAgents', { query: { standing: 'pending_approval' } })
    expect(items.map(({ id, note }) => [id, note])).to.deep.equal([
      [agent.id, 'It has tools that are not known here: magic.'],
    ])
    const job = await border.get.api.ok('submitJob', { body: { tool: 'selftest.echo', agent: agent.id } })
    const { waiting } = await border.get.api.ok('getJob', { params: { job: job.id } })
    expect(waiting).to.include({
      reason: 'agents_paused',
      detail: "The agent 'wizard', which it is bound to, waits for approval: an admin resumes it.",
    })
    const email = newEmail()
    await border.get.api.ok('makeUser', { body: { email, name: 'Olga', role: 'operator', password } })
    const olga = await border.get.signIn(email)
    expect(await olga.api.refused('resumeAgent', { params, body: {} })).to.include({ status: 403 })
    expect(await border.get.api.refused('cordonAgent', { params, body: {} })).to.include({ status: 409 })
    const approved = await border.get.api.ok('resumeAgent', { params, body: {} })
    expect(approved).to.include({ standing: 'active' })
    expect((await agent.run()).job).to.equal(job.id)
  })
})
