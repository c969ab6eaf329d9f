import { expect } from 'chai'
import { job } from '#actors/index.ts'
import { Refused } from '#runtime/index.ts'
import { creation, idOf, useFleet, user } from './fleet.ts'
import { errorOf } from '#test/runtime/features/use-runtime.ts'

const nobody = idOf('job')

describe('a job', () => {
  const fleet = useFleet()

  it('goes from its submission to its result, and tells each step with who took it', async () => {
    const who = await fleet.get.agent()
    const word = await fleet.get.running()
    expect(await fleet.get.finish(word)).to.deep.equal({ accepted: true, reason: null })
    const { events, attempts, hasResult, agent, startedAt, endedAt } = await fleet.get.get(word.job)
    expect(events.map(({ seq, state, by }) => [seq, state, by])).to.deep.equal([
      [1, 'pending', user],
      [2, 'offered', 'server'],
      [3, 'assigned', who],
      [4, 'running', who],
      [5, 'completed', who],
    ])
    expect([hasResult, agent, startedAt, endedAt]).to.deep.equal([true, who, fleet.get.now, fleet.get.now])
    expect(attempts.map(({ number, outcome }) => [number, outcome])).to.deep.equal([[1, 'completed']])
  })

  it('publishes each change with a higher version', async () => {
    await fleet.get.agent()
    const word = await fleet.get.running()
    await fleet.get.finish(word)
    const told = fleet.get.eventsOf('job').map((event) => [event.job.version, event.job.state])
    expect(told).to.deep.equal([
      [1, 'pending'],
      [2, 'offered'],
      [3, 'assigned'],
      [4, 'running'],
      [5, 'completed'],
    ])
  })

  it('is offered with all that its tool needs', async () => {
    const who = await fleet.get.agent()
    const id = await fleet.get.job({ params: { say: 'hi' }, timeouts: { attemptMs: 5_000 } })
    expect(fleet.get.eventsOf('offer').map(({ agent, offer }) => ({ agent, ...offer }))).to.deep.equal([
      {
        agent: who,
        job: id,
        attempt: 1,
        tool: 'selftest.echo',
        params: { say: 'hi' },
        attemptMs: 5_000,
        stallMs: 120_000,
        acceptMs: 2_000,
      },
    ])
  })

  it('is made once, however often it is submitted', async () => {
    const message = creation(idOf('job'))
    const [first, second] = [await fleet.get.ask(message), await fleet.get.ask(message)]
    expect(second).to.deep.equal(first)
  })

  it('waits for its time', async () => {
    await fleet.get.agent()
    const id = await fleet.get.job({ notBefore: fleet.get.now + 5_000 })
    expect((await fleet.get.get(id)).waiting?.reason).to.equal('scheduled')
    await fleet.get.advance(4_999)
    expect(await fleet.get.state(id)).to.equal('scheduled')
    await fleet.get.advance(1)
    expect(await fleet.get.state(id)).to.equal('offered')
  })

  it('shows its progress', async () => {
    await fleet.get.agent()
    const word = await fleet.get.running()
    await fleet.get.alive(word, 3)
    expect((await fleet.get.get(word.job)).progress?.done).to.equal(3)
    expect(fleet.get.eventsOf('job').at(-1)?.job.progress?.done).to.equal(3)
  })

  it('that shows progress runs, whether its start was told or not', async () => {
    await fleet.get.agent()
    const word = fleet.get.offered(await fleet.get.job())
    await fleet.get.accept(word)
    await fleet.get.alive(word, 1)
    expect(await fleet.get.state(word.job)).to.equal('running')
  })

  it('may have another priority while it waits, and not once somebody has it', async () => {
    const id = await fleet.get.job()
    expect((await fleet.get.ask(job.at(id).change({ by: user, priority: 75 }))).priority).to.equal(75)
    await fleet.get.agent()
    const error = await errorOf(fleet.get.ask(job.at(id).change({ by: user, priority: 25 })))
    expect(error).to.be.instanceOf(Refused).and.to.have.deep.property('detail', { code: 'wrong_state' })
    expect(error.message).to.equal("only a waiting job's priority can be changed, and this one is offered")
  })

  it('that nobody knows is refused to people, and is nothing that agents could work on', async () => {
    const error = await errorOf(fleet.get.get(nobody))
    expect(error).to.be.instanceOf(Refused).and.to.have.deep.property('detail', { code: 'not_found' })
    const word = { job: nobody, agent: idOf('agt'), attempt: 1 }
    const refused = { accepted: false, reason: `there is no job ${nobody}` }
    for (const say of [
      fleet.get.accept,
      fleet.get.start,
      fleet.get.decline,
      fleet.get.alive,
      fleet.get.finish,
    ])
      expect(await say(word)).to.deep.equal(refused)
  })
})

describe('a word about an attempt', () => {
  const fleet = useFleet()

  it('counts once, and is answered alike each time', async () => {
    await fleet.get.agent()
    const word = fleet.get.offered(await fleet.get.job())
    for (const say of [fleet.get.accept, fleet.get.start, fleet.get.alive, fleet.get.finish])
      expect([await say(word), await say(word)], say.name).to.deep.equal([
        { accepted: true, reason: null },
        { accepted: true, reason: null },
      ])
    expect((await fleet.get.get(word.job)).version).to.equal(5)
  })

  it('of another agent, or with another number, does not count', async () => {
    await fleet.get.agent()
    const word = await fleet.get.running()
    const stranger = { ...word, agent: idOf('agt') }
    expect(await fleet.get.finish(stranger)).to.deep.equal({
      accepted: false,
      reason: `there is no job ${word.job}`,
    })
    expect((await fleet.get.alive({ ...word, attempt: 2 })).accepted).to.equal(false)
    expect(await fleet.get.state(word.job)).to.equal('running')
  })

  it('that has ended does not count: the first end stays', async () => {
    await fleet.get.agent()
    const word = await fleet.get.running()
    await fleet.get.finish(word, 'partial')
    expect(await fleet.get.finish(word, 'completed')).to.deep.equal({
      accepted: false,
      reason: 'the job has ended: it is partial',
    })
    expect((await fleet.get.fail(word, 'fatal')).accepted).to.equal(false)
    expect(await fleet.get.state(word.job)).to.equal('partial')
  })

  it('that was offered to nobody does not count', async () => {
    const who = await fleet.get.agent({ capabilities: [] })
    const id = await fleet.get.job()
    expect((await fleet.get.accept({ job: id, agent: who, attempt: 1 })).accepted).to.equal(false)
    expect(await fleet.get.state(id)).to.equal('pending')
  })
})

describe('a job whose attempt fails', () => {
  const fleet = useFleet()
  beforeEach(() => fleet.get.agent())

  it('for good is failed, with what its tool said', async () => {
    const word = await fleet.get.running()
    await fleet.get.fail(word, 'fatal')
    const { state, error, failures } = await fleet.get.get(word.job)
    expect([state, error, failures]).to.deep.equal(['failed', { class: 'fatal', message: 'no good' }, 1])
  })

  it('for now is tried again after a while, as another attempt', async () => {
    const word = await fleet.get.running({ retry: { firstMs: 1_000 } })
    await fleet.get.fail(word, 'retriable')
    expect((await fleet.get.get(word.job)).waiting?.reason).to.equal('retry')
    await fleet.get.advance(749)
    expect(await fleet.get.state(word.job)).to.equal('retry_wait')
    await fleet.get.advance(501)
    expect(fleet.get.offered(word.job).attempt).to.equal(2)
  })

  it('too often is dead, and says why', async () => {
    const word = await fleet.get.running({ retry: { attemptsMax: 2, firstMs: 0 } })
    await fleet.get.fail(word, 'retriable')
    await fleet.get.advance(1)
    const second = fleet.get.offered(word.job)
    await fleet.get.accept(second)
    await fleet.get.fail(second, 'retriable')
    const { state, error, attempts } = await fleet.get.get(word.job)
    expect([state, error?.message]).to.deep.equal([
      'dead',
      'given up: it has failed 2 times; the last time: no good',
    ])
    expect(attempts.map(({ outcome }) => outcome)).to.deep.equal(['failed', 'failed'])
  })

  it('by crashing its worker is dead after the third time', async () => {
    const id = await fleet.get.job({ retry: { attemptsMax: 20, firstMs: 0 } })
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      const word = fleet.get.offered(id)
      await fleet.get.accept(word)
      await fleet.get.fail(word, 'crashed')
      await fleet.get.advance(1)
    }
    expect(await fleet.get.state(id)).to.equal('dead')
  })

  it('because its agent has stopped it by itself is offered again, and loses nothing', async () => {
    const word = await fleet.get.running({ retry: { attemptsMax: 1 } })
    expect((await fleet.get.finish(word, 'cancelled')).accepted).to.equal(true)
    const { state, failures, attempt } = await fleet.get.get(word.job)
    expect([state, failures, attempt]).to.deep.equal(['offered', 0, 2])
  })

  it('gives its agent a free slot at once', async () => {
    const word = await fleet.get.running()
    const next = await fleet.get.job()
    expect(await fleet.get.state(next)).to.equal('pending')
    await fleet.get.fail(word, 'retriable')
    expect(fleet.get.offered(next).agent).to.equal(word.agent)
  })
})
