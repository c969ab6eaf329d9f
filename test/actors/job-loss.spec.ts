import { expect } from 'chai'
import { agent } from '#actors/index.ts'
import { useFleet } from './fleet.ts'

describe('a job whose agent', () => {
  const fleet = useFleet()
  const silent = async (who: string, level: 'unhealthy' | 'offline') => {
    await fleet.get.send(agent.at(who).silent({ level, ageMs: 90_000 }))
    await fleet.get.settle()
  }

  it('is started anew is offered again at once, and loses nothing', async () => {
    const who = await fleet.get.agent()
    const word = await fleet.get.running({ retry: { attemptsMax: 1 } })
    await fleet.get.hello(who, { boot: 'boot-0002', connection: 'connection-2' })
    const { state, attempt, failures, attempts } = await fleet.get.get(word.job)
    expect([state, attempt, failures, attempts[0]?.outcome]).to.deep.equal(['offered', 2, 0, 'lost'])
    expect((await fleet.get.finish(word)).accepted).to.equal(false)
  })

  it('is started anew and has kept the result can hand it in', async () => {
    const who = await fleet.get.agent()
    const word = await fleet.get.running()
    await fleet.get.hello(who, {
      boot: 'boot-0002',
      connection: 'connection-2',
      running: [{ job: word.job, attempt: 1 }],
    })
    expect((await fleet.get.finish(word)).accepted).to.equal(true)
    const { state, attempts } = await fleet.get.get(word.job)
    expect([state, attempts.length]).to.deep.equal(['completed', 1])
  })

  it('is started anew before it has accepted is offered to it again at once', async () => {
    const who = await fleet.get.agent()
    const id = await fleet.get.job()
    await fleet.get.hello(who, { boot: 'boot-0002', connection: 'connection-2' })
    expect(fleet.get.offered(id)).to.deep.equal({ job: id, agent: who, attempt: 2 })
  })

  it('is back within the grace goes on', async () => {
    const who = await fleet.get.agent()
    const word = await fleet.get.running()
    await fleet.get.hangUp(who)
    await fleet.get.advance(14_999)
    const { keep } = await fleet.get.hello(who, {
      connection: 'connection-2',
      running: [{ job: word.job, attempt: 1 }],
    })
    expect(keep).to.deep.equal([{ job: word.job, attempt: 1 }])
    await fleet.get.advance(60_000)
    expect((await fleet.get.get(word.job)).attempts).to.have.length(1)
  })

  it('is cut off for longer than the grace is offered to another', async () => {
    const who = await fleet.get.agent()
    const word = await fleet.get.running()
    const other = await fleet.get.agent()
    await fleet.get.hangUp(who)
    await fleet.get.advance(15_001)
    expect(fleet.get.offered(word.job)).to.deep.equal({ job: word.job, agent: other, attempt: 2 })
  })

  it('is cut off waits for it where it is bound to it', async () => {
    const who = await fleet.get.agent()
    await fleet.get.agent()
    const word = await fleet.get.running({ agent: who, timeouts: { stallMs: 0 } })
    await fleet.get.hangUp(who)
    await fleet.get.advance(15_001)
    await silent(who, 'offline')
    expect(await fleet.get.state(word.job)).to.equal('running')
    const running = [{ job: word.job, attempt: 1 }]
    expect((await fleet.get.hello(who, { connection: 'connection-2', running })).keep).to.deep.equal(running)
  })

  it('falls silent is offered again when that makes it offline, and not before', async () => {
    const who = await fleet.get.agent()
    const word = await fleet.get.running()
    await fleet.get.agent()
    await silent(who, 'unhealthy')
    expect(await fleet.get.state(word.job)).to.equal('running')
    await silent(who, 'offline')
    expect(fleet.get.offered(word.job).attempt).to.equal(2)
    expect(fleet.get.eventsOf('drop').map(({ connection }) => connection)).to.deep.equal(['connection-1'])
  })

  it('says hello without it is offered again', async () => {
    const who = await fleet.get.agent()
    const word = await fleet.get.running()
    await fleet.get.hello(who, { connection: 'connection-2' })
    expect((await fleet.get.get(word.job)).attempts[0]?.outcome).to.equal('lost')
  })

  it('is lost five times is dead', async () => {
    const who = await fleet.get.agent()
    const id = await fleet.get.job()
    for (let boot = 2; boot <= 6; boot += 1) {
      await fleet.get.accept(fleet.get.offered(id))
      await fleet.get.hello(who, { boot: `boot-000${boot}`, connection: `connection-${boot}` })
    }
    const { state, error, failures } = await fleet.get.get(id)
    expect([state, failures]).to.deep.equal(['dead', 0])
    expect(error?.message).to.include('it was lost with its agent 5 times')
  })
})

describe('an attempt that was taken for lost', () => {
  const fleet = useFleet()

  /** Its first agent is cut off, and it is offered to a second one. */
  async function cutOff() {
    const first = await fleet.get.agent()
    const old = await fleet.get.running()
    const second = await fleet.get.agent()
    await fleet.get.hangUp(first)
    await fleet.get.advance(15_001)
    return { old, first, second, next: fleet.get.offered(old.job) }
  }
  const back = (who: string, job: string) =>
    fleet.get.hello(who, { connection: 'connection-2', running: [{ job, attempt: 1 }] })

  it('keeps the job when it is back before the next one was accepted', async () => {
    const { old, first, second, next } = await cutOff()
    expect((await back(first, old.job)).keep).to.have.length(1)
    expect((await fleet.get.accept(next)).accepted).to.equal(false)
    const { state, agent: holder, attempt } = await fleet.get.get(old.job)
    expect([state, holder, attempt]).to.deep.equal(['running', first, 1])
    expect((await fleet.get.finish(old)).accepted).to.equal(true)
    expect((await fleet.get.get(old.job)).attempts.map(({ outcome }) => outcome)).to.deep.equal([
      'completed',
      'cancelled',
    ])
    expect((await fleet.get.agentOf(first)).running).to.deep.equal([])
    expect((await fleet.get.agentOf(second)).running).to.have.length(1)
  })

  it('keeps the job when the next one runs without progress: that one is stopped', async () => {
    const { old, first, second, next } = await cutOff()
    await fleet.get.accept(next)
    await fleet.get.start(next)
    await back(first, old.job)
    expect((await fleet.get.get(old.job)).agent).to.equal(first)
    const told = fleet.get.eventsOf('cancel').map(({ agent: who, cancel }) => [who, cancel.attempt])
    expect(told).to.deep.equal([[second, 2]])
    await fleet.get.finish(next, 'cancelled')
    expect((await fleet.get.agentOf(second)).running).to.deep.equal([])
  })

  it('has lost the job when the next one has told progress: it is told to stop', async () => {
    const { old, first, second, next } = await cutOff()
    await fleet.get.accept(next)
    await fleet.get.alive(next, 1)
    await back(first, old.job)
    expect((await fleet.get.get(old.job)).agent).to.equal(second)
    expect((await fleet.get.alive(old, 5)).accepted).to.equal(false)
    expect(fleet.get.eventsOf('cancel').map(({ agent: who }) => who)).to.deep.equal([first])
    await fleet.get.finish(old, 'cancelled')
    expect((await fleet.get.agentOf(first)).running).to.deep.equal([])
    expect((await fleet.get.finish(next)).accepted).to.equal(true)
  })

  it('may hand in its result without any other word', async () => {
    const { old, next } = await cutOff()
    expect((await fleet.get.finish(old)).accepted).to.equal(true)
    expect(await fleet.get.state(old.job)).to.equal('completed')
    expect((await fleet.get.accept(next)).accepted).to.equal(false)
  })

  it('is lost for good when its agent comes back without it', async () => {
    const { old, first } = await cutOff()
    await fleet.get.hello(first, { connection: 'connection-2' })
    expect((await fleet.get.finish(old)).accepted).to.equal(false)
    expect((await fleet.get.alive(old, 3)).accepted).to.equal(false)
  })

  it('raises no number: the one after it goes on counting', async () => {
    const { old, first } = await cutOff()
    await back(first, old.job)
    await fleet.get.hello(first, { boot: 'boot-0002', connection: 'connection-3' })
    expect(fleet.get.offered(old.job).attempt).to.equal(3)
  })
})
