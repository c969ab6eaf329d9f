import { expect } from 'chai'
import { agent, announced, coordinator, job } from '#actors/index.ts'
import { creation, useFleet, facts, idOf, team, user } from './fleet.ts'

describe('a coordinator', () => {
  const fleet = useFleet()
  const gpu = 'tool:gpu:1'

  /** The jobs that were offered, in the order in which that happened. */
  const offers = () => fleet.get.eventsOf('offer').map(({ offer }) => offer.job)
  /** Ends whatever is offered, one after the other, until nothing is. */
  async function runAll(): Promise<string[]> {
    for (let done = 0; done < offers().length; done += 1) {
      const word = fleet.get.offered(offers()[done] ?? '')
      await fleet.get.accept(word)
      await fleet.get.finish(word)
    }
    return offers()
  }
  const jobs = async (count: number, spec: Parameters<typeof fleet.get.job>[0] = {}) => {
    const ids: string[] = []
    for (let number = 0; number < count; number += 1) ids.push(await fleet.get.job(spec))
    return ids
  }

  it('gives jobs of equal priority away in the order of their submission', async () => {
    const ids = await jobs(20)
    await fleet.get.agent()
    expect(await runAll()).to.deep.equal(ids)
  })

  it('gives the higher priority away first', async () => {
    const [first] = await jobs(1, { priority: 25 })
    const [second] = await jobs(1, { priority: 'critical' })
    const [third] = await jobs(1, { priority: 75 })
    await fleet.get.agent()
    expect(await runAll()).to.deep.equal([second, third, first])
  })

  it('lets no job starve: a point of priority is worth 30 s of waiting', async () => {
    const [old] = await jobs(1, { priority: 49 })
    await fleet.get.advance(29_999)
    const [higher] = await jobs(1, { priority: 50 })
    await fleet.get.advance(30_000)
    const [late] = await jobs(1, { priority: 50 })
    await fleet.get.agent()
    expect(await runAll()).to.deep.equal([higher, old, late])
  })

  it('heeds a priority that was changed', async () => {
    const [first, second] = await jobs(2)
    await fleet.get.ask(job.at(second ?? '').change({ by: user, priority: 60 }))
    await fleet.get.agent()
    expect(await runAll()).to.deep.equal([second, first])
  })

  it('gives a job only to an agent that can run it, and that as soon as there is one', async () => {
    await fleet.get.agent()
    await fleet.get.agent({ capabilities: [] })
    const [id] = await jobs(1, { capabilities: [gpu], tags: ['room=dark'] })
    await fleet.get.advance(60_000)
    expect(offers()).to.deep.equal([])
    await fleet.get.agent({ capabilities: [...facts().capabilities, gpu] })
    expect(offers()).to.deep.equal([])
    const able = await fleet.get.agent({ capabilities: [...facts().capabilities, gpu], tags: ['room=dark'] })
    expect(fleet.get.offered(id ?? '').agent).to.equal(able)
  })

  it('takes a capability without its version for any version', async () => {
    await fleet.get.agent({ capabilities: [...facts().capabilities, 'tool:gpu:7'] })
    const [id] = await jobs(1, { capabilities: ['tool:gpu'] })
    expect(await fleet.get.state(id ?? '')).to.equal('offered')
  })

  it('lets no job wait for one that nobody can run', async () => {
    await jobs(200, { capabilities: [gpu] })
    await jobs(3, { agent: idOf('agt') })
    await fleet.get.agent()
    const ids = await jobs(3)
    expect(await runAll()).to.deep.equal(ids)
  })

  it('gives a bound job to its agent, and to nobody else', async () => {
    const [first, second] = [await fleet.get.agent(), await fleet.get.agent()]
    const ids = await jobs(3, { agent: second })
    expect((await fleet.get.agentOf(first)).running).to.deep.equal([])
    expect(await runAll()).to.deep.equal(ids)
    expect(new Set(fleet.get.eventsOf('offer').map((offer) => offer.agent))).to.deep.equal(new Set([second]))
  })

  it('gives a job that was bound to an agent that was away, when that is back', async () => {
    const who = await fleet.get.agent()
    await fleet.get.agent()
    await fleet.get.hangUp(who)
    const [id] = await jobs(1, { agent: who })
    await fleet.get.advance(60_000)
    expect(await fleet.get.state(id ?? '')).to.equal('pending')
    await fleet.get.hello(who, { connection: 'connection-2' })
    expect(fleet.get.offered(id ?? '').agent).to.equal(who)
  })

  it('spreads jobs evenly over equal agents', async () => {
    for (let number = 0; number < 5; number += 1) await fleet.get.agent({ slots: 2 })
    await jobs(50)
    await runAll()
    const counts = Map.groupBy(fleet.get.eventsOf('offer'), (offer) => offer.agent)
    expect([...counts.values()].map(({ length }) => length)).to.deep.equal([10, 10, 10, 10, 10])
  })

  it('fills every slot, and no more', async () => {
    const who = await fleet.get.agent({ slots: 3 })
    const ids = await jobs(5)
    expect((await fleet.get.agentOf(who)).running.map((held) => held.job)).to.deep.equal(ids.slice(0, 3))
  })

  it('gives what came in while all were busy, when one has room again', async () => {
    await fleet.get.agent()
    const word = await fleet.get.running()
    const ids = await jobs(300)
    await fleet.get.finish(word)
    expect(offers()).to.deep.equal([word.job, ids[0]])
    expect(await runAll()).to.deep.equal([word.job, ...ids])
  })

  it('takes back what an agent declines, because it is not there any more', async () => {
    const gone = await fleet.get.agent()
    await fleet.get.ask(agent.at(gone).remove({ by: user, mode: 'now' }))
    const there = await fleet.get.agent()
    await fleet.get.send(
      coordinator.at(team).room({
        able: {
          agent: gone,
          name: 'gone',
          slots: 9,
          holding: [],
          abilities: facts().capabilities,
          liveness: 'healthy',
          success: 1,
          load: null,
          grantedAt: 0,
        },
        freed: null,
      }),
    )
    const [id] = await jobs(1)
    expect(fleet.get.offered(id ?? '')).to.deep.equal({ job: id, agent: there, attempt: 1 })
  })

  it('may hear of a job before it is there, and of one that never comes', async () => {
    const who = await fleet.get.agent()
    await jobs(1).then(([id]) => fleet.get.ask(job.at(id ?? '').cancel({ by: user, reason: null })))
    await fleet.get.settle()
    const [coming, never] = [idOf('job'), idOf('job')]
    const announce = (id: string) => {
      const message = creation(id, {}, { at: fleet.get.now })
      const early = announced(id, message.input as Parameters<typeof announced>[1])
      if (!early) throw new Error('it is not announced')
      return { early, message }
    }
    await fleet.get.ask(announce(never).early)
    await fleet.get.settle()
    expect((await fleet.get.agentOf(who)).running).to.deep.equal([])
    const { early, message } = announce(coming)
    await Promise.all([fleet.get.ask(early), fleet.get.ask(message)])
    await fleet.get.settle()
    expect(fleet.get.offered(coming)).to.deep.equal({ job: coming, agent: who, attempt: 1 })
    expect((await fleet.get.agentOf(who)).running).to.have.length(1)
  })

  it('is not confused by what it is told twice', async () => {
    const who = await fleet.get.agent()
    const [id] = await jobs(1)
    const head = { job: id ?? '', class: 'tool:selftest.echo:1', needs: [], rank: 0, seq: 1, boundTo: null }
    for (const attempt of [0, 0, 1])
      await fleet.get.send(coordinator.at(team).look({ ...head, attempt, passedOver: [] }))
    await fleet.get.send(agent.at(who).grant({ team, job: id ?? '', attempt: 1, bound: false }))
    await fleet.get.settle()
    expect((await fleet.get.get(id ?? '')).attempts).to.have.length(1)
    expect((await fleet.get.agentOf(who)).running).to.deep.equal([{ job: id, attempt: 1 }])
  })
})

describe('a team whose agents claim their work', () => {
  const fleet = useFleet()
  beforeEach(() => {
    fleet.get.team.placement = 'strict-pull'
  })

  it('is given nothing that it did not ask for', async () => {
    const [asking, other] = [await fleet.get.agent({ slots: 2 }), await fleet.get.agent()]
    const ids = [await fleet.get.job(), await fleet.get.job(), await fleet.get.job()]
    expect(fleet.get.eventsOf('offer')).to.deep.equal([])
    await fleet.get.send(coordinator.at(team).claim({ agent: asking, free: 2 }))
    await fleet.get.settle()
    expect((await fleet.get.agentOf(asking)).running.map((held) => held.job)).to.deep.equal(ids.slice(0, 2))
    expect((await fleet.get.agentOf(other)).running).to.deep.equal([])
  })

  it('gets no more than it asks for, once', async () => {
    const asking = await fleet.get.agent({ slots: 4 })
    const ids = [await fleet.get.job(), await fleet.get.job()]
    await fleet.get.send(coordinator.at(team).claim({ agent: asking, free: 1 }))
    await fleet.get.settle()
    await fleet.get.advance(30_000)
    expect(fleet.get.eventsOf('offer').map(({ offer }) => offer.job)).to.deep.equal(ids.slice(0, 1))
  })
})

describe('a team that allows two jobs at once', () => {
  const fleet = useFleet()
  beforeEach(() => {
    fleet.get.team.running_max = 2
  })
  const running = async (ids: readonly string[]) => {
    const states = await Promise.all(ids.map((id) => fleet.get.state(id)))
    return ids.filter((_id, at) => states[at] !== 'pending')
  }

  it('runs two, over all its agents, and the next whenever one has ended', async () => {
    for (let number = 0; number < 3; number += 1) await fleet.get.agent({ slots: 2 })
    const ids: string[] = []
    for (let number = 0; number < 5; number += 1) ids.push(await fleet.get.job())
    expect(await running(ids)).to.deep.equal(ids.slice(0, 2))
    const first = fleet.get.offered(ids[0] ?? '')
    await fleet.get.accept(first)
    await fleet.get.finish(first)
    expect(await running(ids)).to.deep.equal(ids.slice(0, 3))
  })

  it('gives the room of one agent to a job that another one can run', async () => {
    const gpu = 'tool:gpu:1'
    const plain = await fleet.get.agent({ slots: 2 })
    const able = await fleet.get.agent({ capabilities: [...facts().capabilities, gpu] })
    const words = [await fleet.get.running({ agent: plain }), await fleet.get.running({ agent: plain })]
    const id = await fleet.get.job({ capabilities: [gpu] })
    expect(await fleet.get.state(id)).to.equal('pending')
    await fleet.get.finish(words[0] as (typeof words)[0])
    expect((await fleet.get.get(id)).agent).to.equal(able)
  })

  it('runs more when it allows more, within a sweep', async () => {
    await fleet.get.agent({ slots: 5 })
    for (const word of [await fleet.get.running(), await fleet.get.running()]) await fleet.get.alive(word, 1)
    const ids = [await fleet.get.job(), await fleet.get.job()]
    expect(await running(ids)).to.deep.equal([])
    fleet.get.team.running_max = null
    await fleet.get.advance(10_001)
    expect(await running(ids)).to.deep.equal(ids)
  })
})

describe('agents that are nearly equal', () => {
  const fleet = useFleet()

  it('share what there is to do, one job after the other, though one is a little less busy', async () => {
    const busy = (cpuPercent: number) => ({
      cpuPercent,
      memoryPercent: 10,
      loopLagMs: 0,
      threads: 4,
      busyThreads: 0,
      queued: 0,
    })
    for (const cpuPercent of [10, 20]) {
      const who = await fleet.get.agent({ slots: 4 })
      await fleet.get.send(agent.at(who).heard({ load: busy(cpuPercent) }))
      await fleet.get.settle()
    }
    const counts = new Map<string, number>()
    for (let number = 0; number < 10; number += 1) {
      const word = await fleet.get.running()
      counts.set(word.agent, (counts.get(word.agent) ?? 0) + 1)
      await fleet.get.finish(word)
      await fleet.get.advance(30_000)
    }
    expect([...counts.values()]).to.deep.equal([5, 5])
  })

  it('count as equal again when what one has had is long ago', async () => {
    const first = await fleet.get.agent()
    for (let number = 0; number < 5; number += 1) await fleet.get.finish(await fleet.get.running())
    await fleet.get.agent()
    await fleet.get.advance(24 * 3_600_000)
    const words = [await fleet.get.running(), await fleet.get.running()]
    expect(words.map(({ agent: who }) => who)).to.include(first)
  })
})
