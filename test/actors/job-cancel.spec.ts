import { expect } from 'chai'
import { job } from '#actors/index.ts'
import { errorOf } from '#test/runtime/features/use-runtime.ts'
import { useFleet, user } from './fleet.ts'

describe('a job that is cancelled', () => {
  const fleet = useFleet()
  const cancel = (id: string, reason: string | null = null) =>
    fleet.get.ask(job.at(id).cancel({ by: user, reason }))

  it('while it waits ends at once', async () => {
    const ids = [await fleet.get.job(), await fleet.get.job({ notBefore: fleet.get.now + 60_000 })]
    for (const id of ids) expect((await cancel(id, 'not needed')).state).to.equal('cancelled')
    const last = (await fleet.get.get(ids[0] ?? '')).events.at(-1)
    expect([last?.by, last?.reason]).to.deep.equal([user, 'not needed'])
  })

  it('while it waits for another attempt ends at once', async () => {
    await fleet.get.agent()
    const word = await fleet.get.running()
    await fleet.get.fail(word, 'retriable')
    expect((await cancel(word.job)).state).to.equal('cancelled')
    await fleet.get.advance(60_000)
    expect(await fleet.get.state(word.job)).to.equal('cancelled')
  })

  it('while it is offered ends at once: the offer is void', async () => {
    const who = await fleet.get.agent()
    const id = await fleet.get.job()
    expect((await cancel(id)).state).to.equal('cancelled')
    await fleet.get.settle()
    expect(fleet.get.eventsOf('cancel')).to.have.length(1)
    expect((await fleet.get.accept({ job: id, agent: who, attempt: 1 })).accepted).to.equal(false)
    expect((await fleet.get.agentOf(who)).running).to.deep.equal([])
  })

  it('while it runs waits until its agent has stopped it', async () => {
    const who = await fleet.get.agent()
    const word = await fleet.get.running()
    expect((await cancel(word.job, 'wrong folder')).state).to.equal('cancelling')
    expect(fleet.get.eventsOf('cancel').map(({ agent, cancel: told }) => [agent, told])).to.deep.equal([
      [who, { job: word.job, attempt: 1, graceMs: 10_000, reason: 'wrong folder' }],
    ])
    expect((await fleet.get.agentOf(who)).running).to.have.length(1)
    expect((await fleet.get.finish(word, 'cancelled')).accepted).to.equal(true)
    expect(await fleet.get.state(word.job)).to.equal('cancelled')
    expect((await fleet.get.agentOf(who)).running).to.deep.equal([])
  })

  it('stays cancelled when a result comes all the same', async () => {
    await fleet.get.agent()
    const word = await fleet.get.running()
    await cancel(word.job)
    expect((await fleet.get.finish(word)).accepted).to.equal(false)
    expect([await fleet.get.state(word.job), (await fleet.get.get(word.job)).hasResult]).to.deep.equal([
      'cancelled',
      false,
    ])
    expect((await fleet.get.finish(word)).accepted).to.equal(false)
  })

  it('ends by itself when nothing is heard of its agent', async () => {
    const who = await fleet.get.agent()
    const word = await fleet.get.running()
    await cancel(word.job)
    await fleet.get.advance(11_999)
    expect(await fleet.get.state(word.job)).to.equal('cancelling')
    await fleet.get.advance(1)
    expect(await fleet.get.state(word.job)).to.equal('cancelled')
    expect((await fleet.get.agentOf(who)).running).to.deep.equal([])
  })

  it('ends when its agent is started anew', async () => {
    const who = await fleet.get.agent()
    const word = await fleet.get.running()
    await cancel(word.job)
    await fleet.get.hello(who, { boot: 'boot-0002', connection: 'connection-2' })
    expect(await fleet.get.state(word.job)).to.equal('cancelled')
  })

  it('is not kept by an agent that has missed it and says hello again', async () => {
    const who = await fleet.get.agent()
    const word = await fleet.get.running()
    await cancel(word.job)
    const running = [{ job: word.job, attempt: 1 }]
    const { keep } = await fleet.get.hello(who, { connection: 'connection-2', running })
    expect(keep).to.deep.equal([])
    expect((await fleet.get.finish(word, 'cancelled')).accepted).to.equal(true)
    expect(await fleet.get.state(word.job)).to.equal('cancelled')
  })

  it('does not fail, time out or get lost meanwhile', async () => {
    await fleet.get.agent()
    const word = await fleet.get.running({ timeouts: { deadlineMs: 5_000 } })
    await cancel(word.job)
    await fleet.get.advance(6_000)
    expect(await fleet.get.state(word.job)).to.equal('cancelling')
    await fleet.get.fail(word, 'crashed')
    expect(await fleet.get.state(word.job)).to.equal('cancelled')
  })

  it('twice is cancelled once, and its agent is told again', async () => {
    await fleet.get.agent()
    const word = await fleet.get.running()
    await cancel(word.job)
    expect((await cancel(word.job)).state).to.equal('cancelling')
    expect(fleet.get.eventsOf('cancel')).to.have.length(2)
    await fleet.get.finish(word, 'cancelled')
    expect((await cancel(word.job)).state).to.equal('cancelled')
  })

  it('after its end is refused', async () => {
    await fleet.get.agent()
    const word = await fleet.get.running()
    await fleet.get.finish(word)
    const error = await errorOf(cancel(word.job))
    expect(error.message).to.equal('the job has ended already: it is completed')
    expect(error).to.have.deep.property('detail', { code: 'wrong_state' })
  })
})
