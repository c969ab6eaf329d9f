import { expect } from 'chai'
import { useBorder } from '../link/border.ts'

describe('a job whose agents have had their share of attempts', () => {
  const border = useBorder({ claimsPerMinute: 2 })
  const body = { tool: 'selftest.sleep', tags: ['room=dark'] }
  const submit = async (given: object = {}) =>
    (await border.get.api.ok('submitJob', { body: { ...body, ...given } })).id
  const waitingOf = async (job: string) =>
    (await border.get.api.ok('getJob', { params: { job } })).waiting ?? null
  const newAgent = () => border.get.agent({ tags: ['room=dark'] })
  /** Completes so many jobs of its own. */
  const spend = async (agent: Awaited<ReturnType<typeof newAgent>>, count: number) => {
    for (let number = 0; number < count; number += 1) {
      await submit({ agent: agent.id })
      await agent.finish(await agent.run())
    }
  }

  it('says so while it waits, and fails not', async () => {
    const one = await newAgent()
    await spend(one, 2)
    const id = await submit()
    expect(await waitingOf(id)).to.deep.equal({
      reason: 'agents_busy',
      detail:
        'The only agent that can run it has had its share of attempts for this minute; 0 jobs are before it.',
      position: 1,
    })
    expect(await waitingOf(await submit({ agent: one.id }))).to.deep.equal({
      reason: 'bound_agent_busy',
      detail:
        'The agent that it is bound to has had its share of attempts for this minute; 1 jobs are before it.',
      position: 2,
    })

    const other = await newAgent()
    const attempt = await other.run()
    expect(attempt.job).to.equal(id)
    const next = await submit()
    expect((await waitingOf(next))?.detail).to.equal(
      'All 2 agents that can run it are busy, or have had their share of attempts for this minute: 1 of them; 1 jobs are before it.',
    )
    await other.finish(attempt)
    await other.finish(await other.run())
    const last = await submit()
    expect((await waitingOf(last))?.detail).to.equal(
      'All 2 agents that can run it have had their share of attempts for this minute; 1 jobs are before it.',
    )
    await border.get.api.ok('pauseAgent', { params: { agent: one.id }, body: {} })
    await border.get.api.ok('pauseAgent', { params: { agent: other.id }, body: {} })
    expect((await waitingOf(last))?.reason).to.equal('agents_paused')
    const { state, failures, attempts } = await border.get.api.ok('getJob', { params: { job: last } })
    expect([state, failures, attempts]).to.deep.equal(['pending', 0, []])
  })
})
