import { expect } from 'chai'
import { useBorder } from './border.ts'
import { frames } from './test-agent.ts'

describe('two servers', () => {
  const border = useBorder({ servers: 2 })
  const first = () => border.get.servers[0] as (typeof border.get.servers)[0]
  const second = () => border.get.servers[1] as (typeof border.get.servers)[0]
  before(() => border.get.until(() => !first().bus.alone && !second().bus.alone))

  it('bring a job from one to an agent at the other, and its end back', async () => {
    const agent = (await border.get.agent({ server: first() })).keepRunning({ said: 'hello' })
    const job = await border.get.apiAt(second()).ok('submitJob', {
      body: { tool: 'selftest.echo', agent: agent.id },
      query: { wait: '10s' },
    })
    expect(job).to.include({ state: 'completed', agent: agent.id, attempt: 1 })
    const result = await border.get.apiAt(second()).ok('jobResult', { params: { job: job.id } })
    expect(result).to.deep.include({ outcome: 'completed', output: { said: 'hello' } })
  })

  it('carry a cancel to where the agent is', async () => {
    const agent = await border.get.agent({ server: first() })
    const { id } = await border.get.apiAt(second()).ok('submitJob', {
      body: { tool: 'selftest.sleep', agent: agent.id },
    })
    const attempt = await agent.run()
    await border.get.apiAt(second()).ok('cancelJob', { params: { job: id }, body: { reason: 'enough' } })
    expect(await agent.cancel()).to.deep.equal({ job: id, attempt: 1, graceMs: 10_000, reason: 'enough' })
    await agent.finish(attempt, { outcome: 'cancelled' })
    expect(await border.get.api.ok('getJob', { params: { job: id } })).to.include({ state: 'cancelled' })
  })

  it('let an agent move from one to the other with what it runs', async () => {
    const old = await border.get.agent({ server: first() })
    await border.get.api.ok('submitJob', { body: { tool: 'selftest.progress', agent: old.id } })
    const attempt = await old.run()
    await old.frames(attempt, frames(1, 3))
    const next = border.get.dial(old.dial, second())
    expect((await next.hello([attempt])).keep).to.deep.equal([{ job: attempt.job, attempt: 1 }])
    expect((await old.told.next('closed')).reason).to.equal('transport close')
    expect(await next.frames(attempt, frames(4, 5))).to.deep.equal({ accepted: true, reason: null })
    await next.finish(attempt)
    const shown = () => border.get.api.ok('getAgent', { params: { agent: old.id } })
    expect((await shown()).connection).to.include({ server: 'server-2', id: next.socket.id })
    await border.get.until(async () => (await shown()).running.length === 0)
    const { job } = attempt
    await border.get.until(
      async () => (await border.get.sql('select from job_log where job = $1', [job])).length === 2,
    )
    for (const server of [first(), second()]) {
      const { items } = await border.get.apiAt(server).ok('jobLog', { params: { job } })
      expect(items.map(({ seq, text }) => [seq, text])).to.deep.equal([
        [2, 'line 2'],
        [4, 'line 4'],
      ])
    }
  })

  it('keep what an agent has logged, though the server that took it is gone', async () => {
    const old = await border.get.agent({ server: first() })
    await border.get.api.ok('submitJob', { body: { tool: 'selftest.progress', agent: old.id } })
    const attempt = await old.run()
    const { job } = attempt
    const written = async () =>
      (
        await border.get.sql<{ seq: number }>('select seq from job_log where job = $1 order by seq', [job])
      ).map(({ seq }) => seq)
    await old.frames(attempt, frames(1, 2))
    await border.get.until(async () => (await written()).length === 1)
    const next = border.get.dial(old.dial, second())
    // What it has told a server that had no time to write it.
    next.kept = frames(1, 7)
    await next.hello([attempt])
    await border.get.until(async () => (await written()).length === 3)
    expect(await written()).to.deep.equal([2, 4, 6])
    await next.frames(attempt, frames(8, 8))
    await next.finish(attempt, { frames: 8 })
    expect(await written(), 'when its end is confirmed').to.deep.equal([2, 4, 6, 8])
  })

  it('refuse frames and results of an attempt that is not the agent’s', async () => {
    const [one, other] = [
      await border.get.agent({ server: first() }),
      await border.get.agent({ server: second() }),
    ]
    await border.get.api.ok('submitJob', { body: { tool: 'selftest.sleep', agent: one.id } })
    const { job, attempt } = await one.run()
    const told = await other.frames({ job, attempt }, frames(1, 1))
    expect(told.accepted).to.equal(false)
    expect((await other.finish({ job, attempt })).accepted).to.equal(false)
    expect((await one.frames({ job, attempt: 2 }, frames(1, 1))).accepted).to.equal(false)
    expect((await one.finish({ job, attempt })).accepted).to.equal(true)
    expect((await one.finish({ job, attempt })).accepted).to.equal(true)
  })
})
