import { expect } from 'chai'
import { agent, agentHistory, job } from '#actors/index.ts'
import { Refused } from '#runtime/index.ts'
import { errorOf } from '#test/runtime/features/use-runtime.ts'
import { hello, idOf, registration, useFleet, user } from './fleet.ts'

const by = user

describe('an agent', () => {
  const fleet = useFleet()

  it('is registered once, however often it asks', async () => {
    const id = idOf('agt')
    const [first, second] = [await fleet.get.ask(registration(id)), await fleet.get.ask(registration(id))]
    expect(second).to.deep.equal(first)
    expect([first.liveness, first.standing, first.connection]).to.deep.equal(['offline', 'active', null])
  })

  it('that registers again with other facts is what it says now, and keeps its other tags', async () => {
    const id = idOf('agt')
    await fleet.get.ask(registration(id, { tags: ['room=dark', 'disk=ssd'] }))
    const again = await fleet.get.ask(registration(id, { tags: ['disk=nvme'], slots: 3 }))
    expect([again.tags, again.slots]).to.deep.equal([['disk=nvme', 'room=dark'], 3])
  })

  it('is healthy when it has said hello, and takes work', async () => {
    const who = await fleet.get.agent()
    const { liveness, connection, boot } = await fleet.get.agentOf(who)
    expect([liveness, connection?.id, boot]).to.deep.equal(['healthy', 'connection-1', 'boot-0001'])
    await fleet.get.job()
    expect((await fleet.get.agentOf(who)).running).to.have.length(1)
  })

  it('that was never registered is refused, and leaves nothing', async () => {
    const stranger = idOf('agt')
    const error = await errorOf(fleet.get.ask(hello(stranger)))
    expect(error).to.be.instanceOf(Refused).and.to.have.deep.property('detail', { code: 'not_found' })
    await fleet.get.send(agent.at(stranger).heard({ load: null }))
    await fleet.get.settle()
    expect((await errorOf(fleet.get.agentOf(stranger))).message).to.equal(`there is no agent ${stranger}`)
  })

  it('takes a hello that was overtaken by a later one for none', async () => {
    const who = await fleet.get.agent()
    await fleet.get.ask(hello(who, { connection: 'later', at: fleet.get.now + 20 }))
    expect(
      (await errorOf(fleet.get.ask(hello(who, { connection: 'earlier', at: fleet.get.now + 10 })))).message,
    ).to.equal('it has said hello anew since')
    expect((await fleet.get.agentOf(who)).connection?.id).to.equal('later')
  })

  it('takes a hello that does not say when it was said for the latest, wherever the clock has been put', async () => {
    const who = await fleet.get.agent()
    await fleet.get.ask(hello(who, { connection: 'first', at: fleet.get.now + 20 }))
    await fleet.get.ask(hello(who, { connection: 'second' }))
    expect((await fleet.get.agentOf(who)).connection?.id).to.equal('second')
  })

  it('hears nothing of the end of a connection that is not its own any more', async () => {
    const who = await fleet.get.agent()
    await fleet.get.hello(who, { connection: 'connection-2' })
    await fleet.get.hangUp(who, 'connection-1')
    expect((await fleet.get.agentOf(who)).liveness).to.equal('healthy')
  })

  it('goes down the ladder step by step, and up by being heard', async () => {
    const who = await fleet.get.agent()
    const levels: string[] = []
    for (const level of ['unhealthy', 'offline', 'unhealthy', 'stale', 'inactive'] as const) {
      await fleet.get.send(agent.at(who).silent({ level, ageMs: 1 }))
      levels.push((await fleet.get.agentOf(who)).liveness)
    }
    expect(levels).to.deep.equal(['unhealthy', 'offline', 'offline', 'stale', 'inactive'])
    await fleet.get.send(agent.at(who).heard({ load: null }))
    expect((await fleet.get.agentOf(who)).liveness).to.equal('inactive')
    await fleet.get.hello(who, { connection: 'connection-2' })
    expect((await fleet.get.agentOf(who)).liveness).to.equal('healthy')
  })

  it('that is unhealthy gets no work until it is heard of', async () => {
    const who = await fleet.get.agent()
    await fleet.get.send(agent.at(who).silent({ level: 'unhealthy', ageMs: 30_000 }))
    const id = await fleet.get.job()
    expect(await fleet.get.state(id)).to.equal('pending')
    await fleet.get.send(agent.at(who).heard({ load: null }))
    await fleet.get.settle()
    expect(await fleet.get.state(id)).to.equal('offered')
  })

  it('whose checks fail is degraded, whatever is heard of it, until one goes well', async () => {
    const who = await fleet.get.agent()
    const shown = async () => {
      const { liveness, failures } = await fleet.get.agentOf(who)
      return [liveness, failures]
    }
    const connection = 'connection-1'
    const why = '3 checks in a row have failed: it did not answer within 3000 ms'
    await fleet.get.send(agent.at(who).ails({ connection, failures: 3, why }))
    expect(await shown()).to.deep.equal(['degraded', 3])
    const { items } = await fleet.get.ask(agentHistory.at(who).list({ limit: 1, after: null }))
    expect(items[0]).to.include({
      by: 'server',
      what: 'liveness',
      from: 'healthy',
      to: 'degraded',
      reason: why,
    })
    await fleet.get.send(agent.at(who).heard({ load: null }))
    await fleet.get.hello(who, { connection })
    expect(await shown()).to.deep.equal(['degraded', 3])
    await fleet.get.send(agent.at(who).silent({ level: 'unhealthy', ageMs: 30_000 }))
    await fleet.get.send(agent.at(who).heard({ load: null }))
    expect(await shown()).to.deep.equal(['degraded', 3])
    await fleet.get.send(agent.at(who).well({ connection }))
    expect(await shown()).to.deep.equal(['healthy', 0])
  })

  it('begins with its next connection as if no check had failed, and hears no late word about the one before', async () => {
    const who = await fleet.get.agent()
    const about = (connection: string) =>
      agent.at(who).ails({ connection, failures: 3, why: 'it does not answer' })
    await fleet.get.send(about('connection-1'))
    await fleet.get.hello(who, { connection: 'connection-2' })
    expect(await fleet.get.agentOf(who)).to.include({ liveness: 'healthy', failures: 0 })
    await fleet.get.send(about('connection-1'))
    expect(await fleet.get.agentOf(who)).to.include({ liveness: 'healthy', failures: 0 })
    await fleet.get.send(about('connection-2'))
    await fleet.get.send(agent.at(who).well({ connection: 'connection-1' }))
    expect(await fleet.get.agentOf(who)).to.include({ liveness: 'degraded', failures: 3 })
  })

  it('has the slots that an admin gives it, over what it says itself', async () => {
    const who = await fleet.get.agent()
    const ids = [await fleet.get.job(), await fleet.get.job(), await fleet.get.job()]
    await fleet.get.ask(agent.at(who).change({ by, slots: 2 }))
    await fleet.get.settle()
    expect(await Promise.all(ids.map(fleet.get.state))).to.deep.equal(['offered', 'offered', 'pending'])
    await fleet.get.hello(who, { connection: 'connection-2', slots: 9 })
    expect((await fleet.get.agentOf(who)).slots).to.equal(2)
  })
})

describe('what people want of an agent', () => {
  const fleet = useFleet()
  let who = ''
  beforeEach(async () => {
    who = await fleet.get.agent()
  })
  const refusalOf = async (promise: Promise<unknown>) => {
    const error = (await errorOf(promise)) as Refused
    return [error.message, error.detail]
  }

  it('to pause gives it no new work, and lets it finish what it has', async () => {
    const word = await fleet.get.running()
    const paused = await fleet.get.ask(agent.at(who).pause({ by, note: 'new disk' }))
    expect([paused.standing, paused.note]).to.deep.equal(['paused', 'new disk'])
    const next = await fleet.get.job()
    await fleet.get.finish(word)
    expect([await fleet.get.state(word.job), await fleet.get.state(next)]).to.deep.equal([
      'completed',
      'pending',
    ])
    await fleet.get.ask(agent.at(who).resume({ by }))
    await fleet.get.settle()
    expect(await fleet.get.state(next)).to.equal('offered')
  })

  it('to pause for a while ends by itself', async () => {
    const { resumesAt } = await fleet.get.ask(agent.at(who).pause({ by, forMs: 60_000 }))
    expect(resumesAt).to.equal(fleet.get.now + 60_000)
    const id = await fleet.get.job()
    await fleet.get.advance(60_000)
    expect([(await fleet.get.agentOf(who)).standing, await fleet.get.state(id)]).to.deep.equal([
      'active',
      'offered',
    ])
  })

  it('to pause anew replaces the end of the pause', async () => {
    await fleet.get.ask(agent.at(who).pause({ by, forMs: 60_000 }))
    await fleet.get.ask(agent.at(who).pause({ by, note: 'for good' }))
    await fleet.get.advance(120_000)
    expect((await fleet.get.agentOf(who)).standing).to.equal('paused')
  })

  it('to cordon gives it no new work either', async () => {
    await fleet.get.ask(agent.at(who).cordon({ by, reason: 'a look inside' }))
    expect(await fleet.get.state(await fleet.get.job())).to.equal('pending')
  })

  it('to drain tells it to end when it is idle', async () => {
    await fleet.get.ask(agent.at(who).drain({ by, reason: 'moving house' }))
    await fleet.get.settle()
    expect(fleet.get.eventsOf('drain')).to.deep.equal([{ type: 'drain', agent: who, reason: 'moving house' }])
    expect((await fleet.get.hello(who, { connection: 'connection-2' })).draining).to.equal(true)
    expect((await fleet.get.agentOf(who)).standing).to.equal('draining')
  })

  it('to revoke takes its jobs away and dismisses it', async () => {
    const word = await fleet.get.running()
    await fleet.get.ask(agent.at(who).revoke({ by, reason: 'stolen' }))
    await fleet.get.settle()
    expect(fleet.get.eventsOf('dismissed')).to.deep.equal([
      { type: 'dismissed', agent: who, reason: 'stolen' },
    ])
    expect(await fleet.get.state(word.job)).to.equal('pending')
    expect((await fleet.get.finish(word)).accepted).to.equal(false)
    expect(await refusalOf(fleet.get.ask(hello(who)))).to.deep.equal([
      'its key is void: register it anew with a new token',
      { code: 'not_allowed' },
    ])
  })

  it('after it was revoked is to register it anew', async () => {
    await fleet.get.ask(agent.at(who).revoke({ by }))
    expect(await refusalOf(fleet.get.ask(agent.at(who).resume({ by })))).to.deep.equal([
      "an agent that is revoked can't be made active: register it anew first",
      { code: 'wrong_state' },
    ])
    expect((await fleet.get.ask(registration(who))).standing).to.equal('active')
  })

  it('makes sense only where it changes something', async () => {
    expect(await refusalOf(fleet.get.ask(agent.at(who).resume({ by })))).to.deep.equal([
      "an agent that is active can't be made active: it is active already",
      { code: 'wrong_state' },
    ])
    await fleet.get.ask(agent.at(who).drain({ by }))
    expect((await refusalOf(fleet.get.ask(agent.at(who).cordon({ by }))))[0]).to.equal(
      "an agent that is draining can't be made cordoned: resume it first",
    )
  })
})

describe('an agent that is to be removed', () => {
  const fleet = useFleet()

  it('is gone at once where it is idle, and dismissed', async () => {
    const who = await fleet.get.agent()
    expect(await fleet.get.ask(agent.at(who).remove({ by, mode: 'drain' }))).to.deep.equal({ done: true })
    await fleet.get.settle()
    expect(fleet.get.eventsOf('agent').at(-1)).to.deep.include({ id: who, agent: null })
    expect(fleet.get.eventsOf('dismissed').map((event) => event.agent)).to.deep.equal([who])
    expect((await errorOf(fleet.get.agentOf(who))).message).to.equal(`there is no agent ${who}`)
  })

  it('may finish what it has first', async () => {
    const who = await fleet.get.agent()
    const word = await fleet.get.running()
    await fleet.get.ask(agent.at(who).remove({ by, mode: 'drain' }))
    expect((await fleet.get.agentOf(who)).standing).to.equal('draining')
    expect((await errorOf(fleet.get.ask(agent.at(who).resume({ by })))).message).to.equal(
      'it is being removed as soon as it is idle',
    )
    expect((await fleet.get.finish(word)).accepted).to.equal(true)
    await fleet.get.settle()
    expect((await errorOf(fleet.get.agentOf(who))).message).to.equal(`there is no agent ${who}`)
  })

  it('now loses its jobs to others', async () => {
    const who = await fleet.get.agent()
    const word = await fleet.get.running()
    const other = await fleet.get.agent()
    await fleet.get.ask(agent.at(who).remove({ by, mode: 'now' }))
    await fleet.get.settle()
    expect(fleet.get.offered(word.job).agent).to.equal(other)
  })

  it('stays as long as unfinished jobs are bound to it', async () => {
    const who = await fleet.get.agent()
    const id = await fleet.get.job({ agent: who, notBefore: fleet.get.now + 60_000 })
    const error = await errorOf(fleet.get.ask(agent.at(who).remove({ by, mode: 'now' })))
    expect(error.message).to.equal('1 unfinished jobs are bound to it: cancel them first')
    expect(error).to.have.deep.property('detail', { code: 'in_use' })
    await fleet.get.ask(job.at(id).cancel({ by, reason: null }))
    expect(await fleet.get.ask(agent.at(who).remove({ by, mode: 'now' }))).to.deep.equal({ done: true })
  })
})

describe("an agent's history", () => {
  const fleet = useFleet()

  it('tells who did what and why, the latest first, a page at a time', async () => {
    const who = await fleet.get.agent()
    await fleet.get.ask(agent.at(who).pause({ by, note: 'new disk' }))
    await fleet.get.hangUp(who)
    const list = (after: string | null) => fleet.get.ask(agentHistory.at(who).list({ limit: 3, after }))
    const first = await list(null)
    expect(
      first.items.map(({ by: whom, what, from, to, reason }) => [whom, what, from, to, reason]),
    ).to.deep.equal([
      ['server', 'liveness', 'healthy', 'degraded', 'its socket is closed: gone'],
      ['agent', 'disconnected', 'connection-1', null, 'gone'],
      [by, 'standing', 'active', 'paused', 'new disk'],
    ])
    const second = await list(first.next)
    expect([second.items.map(({ what }) => what), second.next]).to.deep.equal([
      ['liveness', 'connected', 'registered'],
      null,
    ])
  })

  it('is empty for one that nobody knows, and leaves nothing', async () => {
    const list = await fleet.get.ask(agentHistory.at(idOf('agt')).list({ limit: 10, after: null }))
    expect(list).to.deep.equal({ items: [], next: null })
  })
})
