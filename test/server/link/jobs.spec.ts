import { expect } from 'chai'
import { useBorder } from './border.ts'
import { frames, load } from './test-agent.ts'

const sleep = { tool: 'selftest.sleep' }

describe('a job at its agent', () => {
  const border = useBorder()
  const jobOf = (job: string) => border.get.api.ok('getJob', { params: { job } })
  async function running() {
    const agent = await border.get.agent()
    await border.get.api.ok('submitJob', { body: { ...sleep, agent: agent.id } })
    return { agent, attempt: await agent.run() }
  }

  it('is offered, accepted, started and finished, each seen in its history', async () => {
    const { agent, attempt } = await running()
    expect(attempt.offer).to.deep.include({ tool: 'selftest.sleep', params: { ms: 1_000 }, acceptMs: 2_000 })
    expect(await agent.finish(attempt, { outcome: 'no_change', output: null })).to.deep.equal({
      accepted: true,
      reason: null,
    })
    const { events, hasResult } = await jobOf(attempt.job)
    expect(events.map(({ state }) => state)).to.deep.equal([
      'pending',
      'offered',
      'assigned',
      'running',
      'no_change',
    ])
    expect(hasResult).to.equal(true)
  })

  it('that it declines goes elsewhere', async () => {
    const [one, other] = [
      await border.get.agent({ tags: ['room=1'] }),
      await border.get.agent({ tags: ['room=1'] }),
    ]
    const { id } = await border.get.api.ok('submitJob', { body: { ...sleep, tags: ['room=1'] } })
    const offered = () => [one, other].find(({ told }) => told.all.some(({ kind }) => kind === 'offer'))
    await border.get.until(() => offered() !== undefined)
    const first = offered() as typeof one
    expect(await first.say('decline', { job: id, attempt: 1, reason: 'no room' })).to.include({
      accepted: true,
    })
    const second = first === one ? other : one
    const attempt = await second.run()
    expect(attempt).to.include({ job: id, attempt: 2 })
    await second.finish(attempt)
  })

  it('shows its progress, the first at once', async () => {
    const { agent, attempt } = await running()
    await agent.frames(attempt, frames(1, 1))
    await border.get.until(async () => (await jobOf(attempt.job)).progress !== null)
    expect((await jobOf(attempt.job)).progress).to.deep.include({ stage: 'walk', done: 1, total: 100 })
    await agent.finish(attempt)
  })

  it('hears its cancel at once, and takes its last words while it stops', async () => {
    const { agent, attempt } = await running()
    await agent.frames(attempt, frames(1, 2))
    const from = performance.now()
    await border.get.api.ok('cancelJob', { params: { job: attempt.job }, body: {} })
    await agent.cancel()
    expect(performance.now() - from).to.be.below(1_000)
    expect(await agent.frames(attempt, frames(3, 4))).to.include({ accepted: true })
    expect(await agent.finish(attempt, { outcome: 'cancelled' })).to.include({ accepted: true })
    expect((await jobOf(attempt.job)).state).to.equal('cancelled')
    expect((await agent.frames(attempt, frames(5, 5))).accepted).to.equal(false)
  })

  it('takes a result once, and the same again for the same', async () => {
    const { agent, attempt } = await running()
    const answers = await Promise.all([1, 2, 3].map(() => agent.finish(attempt, { output: 'once' })))
    expect(answers).to.deep.equal(answers.map(() => ({ accepted: true, reason: null })))
    const late = await agent.finish({ ...attempt, attempt: 2 })
    expect(late.accepted).to.equal(false)
    expect(
      await border.get.sql('select output from job_result where job = $1', [attempt.job]),
    ).to.have.length(1)
  })

  it('that it has lost without a word is run again', async () => {
    const { agent, attempt } = await running()
    await agent.beat([attempt])
    await agent.beat([])
    await agent.beat([])
    const again = await agent.run()
    expect(again).to.include({ job: attempt.job, attempt: 2 })
    await agent.finish(again)
  })

  it('that is not its any more it is told to stop', async () => {
    const { agent, attempt } = await running()
    await agent.finish(attempt)
    await agent.beat([attempt])
    expect(await agent.cancel()).to.include({ job: attempt.job, attempt: 1 })
  })

  it('waits for a claim where the team’s placement is strict-pull', async () => {
    const other = await border.get.otherTeam()
    await border.get.sql(`update team set placement = 'strict-pull' where id = $1`, [other.team])
    const agent = border.get.dial(await border.get.register({ api: other.api }))
    expect(await agent.hello()).to.include({ pull: true })
    const { id } = await other.api.ok('submitJob', { body: sleep })
    const { waiting } = await other.api.ok('getJob', { params: { job: id } })
    expect(waiting?.detail).to.include('asks for work')
    await agent.say('claim', { free: 1 })
    const attempt = await agent.run()
    expect(attempt.job).to.equal(id)
    await agent.finish(attempt)
  })

  it('ends, and so does an agent that drains itself; started anew it takes work again', async () => {
    const { agent, attempt } = await running()
    const standing = async () =>
      (await border.get.api.ok('getAgent', { params: { agent: agent.id } })).standing
    await agent.say('beat', { load, running: [attempt], draining: true })
    await border.get.until(async () => (await standing()) === 'draining')
    await agent.finish(attempt)
    agent.close()
    const next = border.get.dial({ ...agent.dial, boot: 'started-anew' })
    expect(await next.hello()).to.include({ draining: false })
    expect(await standing()).to.equal('active')
  })
})
