import { expect } from 'chai'
import { facts, useBorder } from '../link/border.ts'

const photostats = (path: string) => ({ tool: 'photostats', params: { path } })

describe('a job that looks into a folder', () => {
  const border = useBorder()
  const refused = (body: object) => border.get.api.refused('submitJob', { body })
  const waitingOf = async (body: object) => {
    const { id } = await border.get.api.ok('submitJob', { body })
    const { waiting } = await border.get.api.ok('getJob', { params: { job: id } })
    return { id, waiting }
  }

  it('is given to the agent that may look there', async () => {
    await border.get.agent({ facts: { roots: ['/other'], slots: 9 } })
    const able = await border.get.agent({ facts: { roots: ['/photos'] } })
    const { id } = await border.get.api.ok('submitJob', { body: photostats('/photos/2024') })
    const attempt = await able.run()
    expect(attempt.job).to.equal(id)
    await able.finish(attempt)
  })

  it('says so where nobody may look there, and runs as soon as somebody does', async () => {
    const { id, waiting } = await waitingOf(photostats('/nobody/looks/here'))
    expect(waiting).to.deep.include({ reason: 'no_capable_agent', position: 1 })
    expect(waiting?.detail).to.match(
      /^None of the \d agents that can run 'photostats' may look into '\/nobody\/looks\/here': start one with --root/,
    )
    const comes = await border.get.agent({ facts: { roots: ['/nobody'] } })
    expect((await comes.run()).job).to.equal(id)
  })

  it('is refused for an agent that may not look there, once it is known where it looks', async () => {
    const dial = await border.get.register({ name: 'nas', facts: { roots: [] } })
    const body = { ...photostats('/photos/2024'), agent: dial.agent }
    expect((await waitingOf(body)).waiting?.reason).to.equal('bound_agent_offline')
    await border.get.connect({ ...dial, facts: facts({ roots: ['/archive', '/raw'] }) })
    const problem = await refused(body)
    expect(problem).to.include({ code: 'bad_input', status: 422 })
    expect(problem.fields).to.deep.equal([
      {
        path: 'params.path',
        message: "is outside of the folders that 'nas' may look into (/archive, /raw)",
      },
    ])
    await border.get.api.ok('submitJob', { body: { ...photostats('/archive/..//raw/1'), agent: dial.agent } })
  })
})

describe('a job for an agent that can never run it', () => {
  const border = useBorder()
  const sleep = { tool: 'selftest.sleep' }

  it('is refused where that is revoked; the one that waits says what to do', async () => {
    const { agent } = await border.get.register({ name: 'studio' })
    const { id } = await border.get.api.ok('submitJob', { body: { ...sleep, agent } })
    const headers = { 'idempotency-key': 'before' }
    const known = await border.get.api.ok('submitJob', { body: { ...sleep, agent }, headers })
    await border.get.api.ok('revokeAgent', { params: { agent }, body: {} })
    const problem = await border.get.api.refused('submitJob', { body: { ...sleep, agent } })
    expect(problem).to.include({ code: 'wrong_state', status: 409 })
    expect(problem.detail).to.include("'studio' is revoked").and.to.include('enrol this one anew')
    expect(problem.fields?.[0]?.path).to.equal('agent')
    const { waiting } = await border.get.api.ok('getJob', { params: { job: id } })
    expect(waiting).to.include({
      reason: 'bound_agent_offline',
      detail: "The agent 'studio', which it is bound to, is revoked: cancel it, or enrol the agent anew.",
    })
    // What was submitted before is what it was.
    const again = await border.get.api.ok('submitJob', { body: { ...sleep, agent }, headers })
    expect(again.id).to.equal(known.id)
  })

  it('is refused where that is being removed', async () => {
    const agent = await border.get.agent({ tags: ['room=dark'] })
    await border.get.api.ok('submitJob', { body: { ...sleep, tags: ['room=dark'] } })
    const attempt = await agent.run()
    await border.get.api.ok('removeAgent', { params: { agent: agent.id } })
    const problem = await border.get.api.refused('submitJob', { body: { ...sleep, agent: agent.id } })
    expect(problem).to.include({ code: 'wrong_state' })
    await agent.finish(attempt)
    await agent.told.next('dismissed')
    const gone = await border.get.api.refused('submitJob', { body: { ...sleep, agent: agent.id } })
    expect(gone).to.include({ code: 'not_found' })
  })
})
