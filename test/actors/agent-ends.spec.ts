import { expect } from 'chai'
import { agent, agentHistory } from '#actors/index.ts'
import { errorOf } from '#test/runtime/features/use-runtime.ts'
import { hello, idOf, registration, useFleet, user as by } from './fleet.ts'

describe('an agent whose program ends', () => {
  const fleet = useFleet()
  const connection = 'connection-1'
  const shown = async (who: string) => {
    const { liveness, standing, connection: open } = await fleet.get.agentOf(who)
    return [liveness, standing, open?.id ?? null]
  }
  const told = async (message: Parameters<typeof fleet.get.send>[0]) => {
    await fleet.get.send(message)
    await fleet.get.settle()
  }
  const leave = (who: string, running: { job: string; attempt: number }[] = []) =>
    told(agent.at(who).left({ connection, running }))

  it('drains as long as it has something to finish, and is offline with its last word', async () => {
    const who = await fleet.get.agent()
    const word = await fleet.get.running()
    await told(agent.at(who).ends({ connection }))
    expect(await shown(who)).to.deep.equal(['healthy', 'draining', connection])
    expect(await fleet.get.state(await fleet.get.job())).to.equal('pending')
    expect((await fleet.get.finish(word)).accepted).to.equal(true)
    await leave(who)
    expect(await shown(who)).to.deep.equal(['offline', 'active', null])
  })

  it('is what people want of it again, whatever that was, and for how long', async () => {
    const who = await fleet.get.agent()
    await fleet.get.ask(agent.at(who).pause({ by, note: 'new disk', forMs: 60_000 }))
    await told(agent.at(who).ends({ connection }))
    expect((await shown(who))[1]).to.equal('draining')
    await leave(who)
    expect(await fleet.get.agentOf(who)).to.include({
      standing: 'paused',
      note: 'new disk',
      resumesAt: fleet.get.now + 60_000,
    })
    await fleet.get.advance(60_000)
    expect((await shown(who))[1]).to.equal('active')
  })

  it('may say its last word alone', async () => {
    const who = await fleet.get.agent()
    await leave(who)
    expect(await shown(who)).to.deep.equal(['offline', 'active', null])
    await fleet.get.hello(who, { connection: 'connection-2', boot: 'boot-0002' })
    expect(await shown(who)).to.deep.equal(['healthy', 'active', 'connection-2'])
  })

  it('gives what it still has to others at once, and may come back with a result that it has kept', async () => {
    const who = await fleet.get.agent({ slots: 2 })
    const [kept, dropped] = [await fleet.get.running(), await fleet.get.running()]
    const other = await fleet.get.agent({ slots: 2 })
    await leave(who, [{ job: kept.job, attempt: 1 }])
    const offered = [kept, dropped].map(({ job }) => fleet.get.offered(job).agent)
    expect(offered).to.deep.equal([other, other])
    const running = [{ job: kept.job, attempt: 1 }]
    await fleet.get.hello(who, { connection: 'connection-2', boot: 'boot-0002', running })
    expect((await fleet.get.finish(kept)).accepted).to.equal(true)
    expect((await fleet.get.finish(dropped)).accepted).to.equal(false)
  })

  it('keeps what is bound to it for its next start', async () => {
    const who = await fleet.get.agent()
    await fleet.get.agent()
    const word = await fleet.get.running({ agent: who })
    const running = [{ job: word.job, attempt: 1 }]
    await leave(who, running)
    expect(await fleet.get.state(word.job)).to.equal('running')
    await fleet.get.hello(who, { connection: 'connection-2', boot: 'boot-0002', running })
    expect((await fleet.get.finish(word)).accepted).to.equal(true)
  })

  it('hears nothing of an earlier connection that ends or has ended', async () => {
    const who = await fleet.get.agent()
    await fleet.get.hello(who, { connection: 'connection-2', boot: 'boot-0002' })
    await told(agent.at(who).ends({ connection }))
    await leave(who)
    expect(await shown(who)).to.deep.equal(['healthy', 'active', 'connection-2'])
  })

  it('or is killed while it drains is what people want again when its grace is over', async () => {
    const who = await fleet.get.agent()
    await told(agent.at(who).ends({ connection }))
    await fleet.get.hangUp(who)
    expect(await shown(who)).to.deep.equal(['degraded', 'draining', null])
    await fleet.get.advance(15_001)
    expect(await shown(who)).to.deep.equal(['offline', 'active', null])
  })

  it('and is started anew is what people want again, too', async () => {
    const who = await fleet.get.agent()
    await told(agent.at(who).ends({ connection }))
    await fleet.get.hello(who, { connection: 'connection-2', boot: 'boot-0002' })
    expect(await shown(who)).to.deep.equal(['healthy', 'active', 'connection-2'])
  })

  it('because people drain it stays drained', async () => {
    const who = await fleet.get.agent()
    await fleet.get.ask(agent.at(who).drain({ by }))
    await told(agent.at(who).ends({ connection }))
    await leave(who)
    expect(await shown(who)).to.deep.equal(['offline', 'draining', null])
  })
})

describe('an agent that is cut off', () => {
  const fleet = useFleet()

  it('is offline when its grace is over, with the jobs that it loses', async () => {
    const who = await fleet.get.agent()
    const word = await fleet.get.running()
    await fleet.get.hangUp(who)
    await fleet.get.advance(14_999)
    expect((await fleet.get.agentOf(who)).liveness).to.equal('degraded')
    await fleet.get.advance(2)
    expect((await fleet.get.agentOf(who)).liveness).to.equal('offline')
    expect(await fleet.get.state(word.job)).to.equal('pending')
  })
})

describe('an agent that loses its jobs as soon as it is unhealthy', () => {
  const fleet = useFleet({ releaseAt: 'unhealthy' })

  it('has to say hello again', async () => {
    const who = await fleet.get.agent()
    const word = await fleet.get.running()
    const other = await fleet.get.agent()
    await fleet.get.send(agent.at(who).silent({ level: 'unhealthy', ageMs: 30_000 }))
    await fleet.get.settle()
    expect(fleet.get.offered(word.job).agent).to.equal(other)
    expect(fleet.get.eventsOf('drop').map(({ agent: dropped }) => dropped)).to.deep.equal([who])
  })
})

describe('when an agent is in service', () => {
  const fleet = useFleet()
  const service = async (who: string) => {
    const { activatedAt, deactivatedAt } = await fleet.get.agentOf(who)
    return [activatedAt, deactivatedAt]
  }

  it('is not before it is there', async () => {
    const who = idOf('agt')
    await fleet.get.ask(registration(who))
    expect(await service(who)).to.deep.equal([null, null])
  })

  it('is from its connection on, across a short cut, until it is gone', async () => {
    const who = await fleet.get.agent()
    const from = fleet.get.now
    expect(await service(who)).to.deep.equal([from, null])
    await fleet.get.advance(1_000)
    await fleet.get.hangUp(who)
    await fleet.get.hello(who, { connection: 'connection-2' })
    expect(await service(who)).to.deep.equal([from, null])
    await fleet.get.advance(1_000)
    await fleet.get.send(agent.at(who).left({ connection: 'connection-2', running: [] }))
    expect(await service(who)).to.deep.equal([from, from + 2_000])
    await fleet.get.advance(1_000)
    await fleet.get.hello(who, { connection: 'connection-3' })
    expect(await service(who)).to.deep.equal([from + 3_000, null])
  })

  it('ends and begins with what people want', async () => {
    const who = await fleet.get.agent()
    const from = fleet.get.now
    await fleet.get.advance(1_000)
    await fleet.get.ask(agent.at(who).cordon({ by }))
    expect(await service(who)).to.deep.equal([from, from + 1_000])
    await fleet.get.advance(1_000)
    await fleet.get.ask(agent.at(who).resume({ by }))
    expect(await service(who)).to.deep.equal([from + 2_000, null])
    await fleet.get.advance(1_000)
    await fleet.get.ask(agent.at(who).revoke({ by }))
    expect(await service(who)).to.deep.equal([from + 2_000, from + 3_000])
  })
})

describe('an agent with tools that nobody here knows', () => {
  const fleet = useFleet({ allowedTools: ['develop'] })
  const strange = { capabilities: ['tool:selftest.echo:1', 'tool:magic:1', 'tool:develop:2', 'gpu:any'] }

  it('waits for approval, and gets no jobs until then', async () => {
    const who = await fleet.get.agent(strange)
    expect(await fleet.get.agentOf(who)).to.include({
      standing: 'pending_approval',
      note: 'It has tools that are not known here: magic.',
    })
    const id = await fleet.get.job()
    expect(await fleet.get.state(id)).to.equal('pending')
    expect((await errorOf(fleet.get.ask(agent.at(who).pause({ by })))).message).to.equal(
      "an agent that is pending_approval can't be made paused: resume it first, which approves it",
    )
    await fleet.get.ask(agent.at(who).resume({ by }))
    await fleet.get.settle()
    expect(await fleet.get.state(id)).to.equal('offered')
  })

  it('stays approved when it registers or says hello again', async () => {
    const who = await fleet.get.agent(strange)
    await fleet.get.ask(agent.at(who).resume({ by }))
    await fleet.get.ask(registration(who, strange))
    await fleet.get.hello(who, { connection: 'connection-2' })
    expect((await fleet.get.agentOf(who)).standing).to.equal('active')
  })

  it('waits for it again after it was revoked', async () => {
    const who = await fleet.get.agent(strange)
    await fleet.get.ask(agent.at(who).revoke({ by }))
    await fleet.get.ask(registration(who, strange))
    expect((await fleet.get.agentOf(who)).standing).to.equal('pending_approval')
  })

  it('is another one only by their names: what is allowed, and what is no tool, is no matter', async () => {
    const who = await fleet.get.agent({ capabilities: ['tool:selftest.echo:7', 'tool:develop:2', 'gpu:any'] })
    expect((await fleet.get.agentOf(who)).standing).to.equal('active')
  })
})

describe('an agent that was revoked', () => {
  const fleet = useFleet()
  const again = (who: string, redeemedAt: number) => {
    const { input } = registration(who)
    return fleet.get.ask(agent.at(who).register({ ...(input as Registered), redeemedAt }))
  }
  type Registered = Parameters<ReturnType<typeof agent.at>['register']>[0]

  it('does not come back with a token that was used before', async () => {
    const who = await fleet.get.agent()
    await fleet.get.advance(1_000)
    await fleet.get.ask(agent.at(who).revoke({ by }))
    const refusal = await errorOf(again(who, fleet.get.now - 1))
    expect(refusal).to.have.deep.property('detail', { code: 'in_use' })
    expect((await fleet.get.agentOf(who)).standing).to.equal('revoked')
    expect((await errorOf(fleet.get.ask(hello(who)))).message).to.include('its key is void')
    expect(await again(who, fleet.get.now + 1)).to.include({ standing: 'active', liveness: 'offline' })
  })

  it('is offline, and says so in its history', async () => {
    const who = await fleet.get.agent()
    await fleet.get.ask(agent.at(who).revoke({ by, reason: 'stolen' }))
    expect((await fleet.get.agentOf(who)).liveness).to.equal('offline')
    await fleet.get.settle()
    const { items } = await fleet.get.ask(agentHistory.at(who).list({ limit: 2, after: null }))
    expect(items.map(({ what, to }) => [what, to])).to.deep.equal([
      ['liveness', 'offline'],
      ['standing', 'revoked'],
    ])
  })
})
