import { expect } from 'chai'
import fc from 'fast-check'
import { agent, coordinator, job, kinds } from '#actors/index.ts'
import { enoughAt, leftOf, type Share, takenOf } from '#actors/agent/share.ts'
import { rehearse } from '#runtime/testing/rehearse.ts'
import { facts, hello, idOf, registration, team, useFleet, user, type Word } from './fleet.ts'

const minuteMs = 60_000
const now = 1_700_000_000_000
const limits = fc.integer({ min: 1, max: 5_000 })

/** Takes as many attempts as there are at a time. */
function takeAll(share: Share, at: number, perMinute: number): { count: number; share: Share } {
  let [count, after] = [0, share]
  for (; leftOf(after, at, perMinute) > 0; count += 1)
    after = { taken: takenOf(after, at, perMinute) + 1, at }
  return { count, share: after }
}
const whole: Share = { taken: 0, at: 0 }

describe("an agent's share", () => {
  it('of one who has rested is that of a minute, to the attempt', () => {
    fc.assert(
      fc.property(limits, (perMinute) => {
        expect(takeAll(whole, now, perMinute).count).to.equal(perMinute)
      }),
    )
  })

  it('that is spent has room for another attempt when its time has come, and not before', () => {
    fc.assert(
      fc.property(limits, (perMinute) => {
        const { share } = takeAll(whole, now, perMinute)
        const due = enoughAt(share, now, perMinute)
        expect(due - now).to.equal(Math.ceil(minuteMs / perMinute))
        expect([due - 1, due].map((at) => leftOf(share, at, perMinute))).to.deep.equal([0, 1])
      }),
    )
  })

  it('is never more than that of a minute, and what has come in since', () => {
    const steps = fc.array(fc.integer({ min: 0, max: 20_000 }), { minLength: 1, maxLength: 20 })
    fc.assert(
      fc.property(limits, steps, (perMinute, waits) => {
        let [at, share, sum] = [now, whole, 0]
        for (const wait of waits) {
          at += wait
          const all = takeAll(share, at, perMinute)
          share = all.share
          sum += all.count
          expect(sum).to.be.at.most(perMinute + (perMinute * (at - now)) / minuteMs + 0.001)
          expect(leftOf(share, at + minuteMs, perMinute)).to.equal(perMinute)
        }
      }),
    )
  })

  it('is empty at most where the limit was lowered, and has more at once where it was raised', () => {
    const { share } = takeAll(whole, now, 1_000)
    expect([leftOf(share, now, 6), enoughAt(share, now, 6) - now]).to.deep.equal([0, 10_000])
    expect(leftOf(share, now, 3_000)).to.equal(2_000)
  })
})

describe('an agent that may have three attempts a minute', () => {
  const fleet = useFleet({ claimsPerMinute: 3 })
  const nextMs = minuteMs / 3

  const jobs = async (count: number, spec: Parameters<typeof fleet.get.job>[0] = {}) => {
    const ids: string[] = []
    for (let number = 0; number < count; number += 1) ids.push(await fleet.get.job(spec))
    return ids
  }
  const offers = () => fleet.get.eventsOf('offer').map(({ offer }) => offer.job)
  const states = (ids: readonly string[]) => Promise.all(ids.map(fleet.get.state))
  const complete = async (word: Word) => {
    await fleet.get.accept(word)
    await fleet.get.finish(word)
  }
  /** Ends whatever is offered, one after the other, until nothing is. */
  async function runAll(): Promise<string[]> {
    const before = offers().length
    for (let done = before; done < offers().length; done += 1)
      await complete(fleet.get.offered(offers()[done] ?? ''))
    return offers().slice(before)
  }
  /** An agent that has had its share, with nothing left to do. */
  async function spentAgent(given: Parameters<typeof fleet.get.agent>[0] = {}): Promise<string> {
    const who = await fleet.get.agent(given)
    for (let number = 0; number < 3; number += 1) await complete(fleet.get.offered(await fleet.get.job()))
    return who
  }
  /** How often somebody has told an actor of this kind something. */
  const told = (kind: string, message: string) =>
    fleet.get.system.probe
      .matching({ type: 'turn', message })
      .filter(({ actor }) => actor.startsWith(`${kind}/`)).length

  for (const slots of [1, 8])
    it(`and has ${slots} slots gets three, then one each time that there is one, first in, first out`, async () => {
      const ids = await jobs(6)
      await fleet.get.agent({ slots })
      for (const id of ids.slice(0, 3)) await complete(fleet.get.offered(id))
      expect(offers()).to.deep.equal(ids.slice(0, 3))
      for (const at of [3, 4, 5]) {
        await fleet.get.advance(nextMs - 1)
        expect(await states(ids.slice(at))).to.deep.equal(ids.slice(at).map(() => 'pending'))
        await fleet.get.advance(1)
        expect(offers()).to.deep.equal(ids.slice(0, at + 1))
        await complete(fleet.get.offered(ids[at] ?? ''))
      }
      expect(await states(ids)).to.deep.equal(ids.map(() => 'completed'))
      expect(told('coordinator', 'declined')).to.equal(0)
    })

  it('gives none of its jobs an attempt that fails, or a second one', async () => {
    await spentAgent()
    const id = await fleet.get.job()
    await fleet.get.advance(nextMs)
    await runAll()
    await complete(fleet.get.offered(id))
    const { state, attempts, failures } = await fleet.get.get(id)
    expect([state, attempts.length, failures]).to.deep.equal(['completed', 1, 0])
  })

  it('lets the others have its work', async () => {
    const who = await spentAgent()
    const other = await fleet.get.agent()
    const ids = await jobs(3)
    await complete(fleet.get.offered(ids[0] ?? ''))
    await complete(fleet.get.offered(ids[1] ?? ''))
    await complete(fleet.get.offered(ids[2] ?? ''))
    expect(ids.map((id) => fleet.get.offered(id).agent)).to.deep.equal([other, other, other])
    const late = await fleet.get.job()
    await fleet.get.advance(nextMs)
    expect([who, other]).to.include(fleet.get.offered(late).agent)
  })

  it('gets what is bound to it as soon as it may, whoever else has room', async () => {
    const who = await spentAgent()
    await fleet.get.agent()
    const id = await fleet.get.job({ agent: who })
    await fleet.get.advance(nextMs - 1)
    expect(await fleet.get.state(id)).to.equal('pending')
    await fleet.get.advance(1)
    expect(fleet.get.offered(id).agent).to.equal(who)
  })

  it('has no larger share after it was started anew, has registered again, or was away', async () => {
    const who = await spentAgent()
    await fleet.get.ask(registration(who))
    await fleet.get.hangUp(who)
    await fleet.get.hello(who, { connection: 'connection-2', boot: 'boot-0002' })
    const id = await fleet.get.job()
    await fleet.get.advance(nextMs - 1)
    expect(await fleet.get.state(id)).to.equal('pending')
    await fleet.get.advance(1)
    expect(fleet.get.offered(id).agent).to.equal(who)
  })

  it('that is away when there is something left of its share gets it when it is back', async () => {
    const who = await spentAgent()
    const id = await fleet.get.job()
    await fleet.get.hangUp(who)
    await fleet.get.advance(2 * nextMs)
    expect(await fleet.get.state(id)).to.equal('pending')
    await fleet.get.hello(who, { connection: 'connection-2' })
    expect(fleet.get.offered(id).agent).to.equal(who)
  })

  it('that is drained gets nothing when its time has come, and no more than its share when it is resumed', async () => {
    const who = await spentAgent({ slots: 8 })
    await fleet.get.ask(agent.at(who).drain({ by: user }))
    const ids = await jobs(5)
    await fleet.get.advance(nextMs)
    expect(await states(ids)).to.deep.equal(ids.map(() => 'pending'))
    await fleet.get.ask(agent.at(who).resume({ by: user }))
    await fleet.get.settle()
    expect(await states(ids)).to.deep.equal(['offered', 'pending', 'pending', 'pending', 'pending'])
  })

  it('that is resumed before its time has come waits for it', async () => {
    const who = await spentAgent()
    await fleet.get.ask(agent.at(who).pause({ by: user }))
    const id = await fleet.get.job()
    await fleet.get.ask(agent.at(who).resume({ by: user }))
    await fleet.get.settle()
    expect(await fleet.get.state(id)).to.equal('pending')
    await fleet.get.advance(nextMs)
    expect(await fleet.get.state(id)).to.equal('offered')
  })

  it('keeps an attempt with which it comes back, without another share', async () => {
    const who = await fleet.get.agent({ slots: 8 })
    const word = await fleet.get.running()
    await fleet.get.hangUp(who)
    await fleet.get.advance(16_000)
    expect(await fleet.get.state(word.job)).to.equal('pending')
    await fleet.get.hello(who, { connection: 'connection-2', running: [word], slots: 8 })
    expect(await fleet.get.finish(word)).to.include({ accepted: true })
    expect(await states(await jobs(3))).to.deep.equal(['offered', 'offered', 'pending'])
  })

  it('is left alone while it waits for its share, however much there is to do', async () => {
    await spentAgent({ slots: 8 })
    await jobs(20)
    const before = fleet.get.system.probe.matching({ type: 'turn', message: 'shareGrows' }).length
    await fleet.get.advance(nextMs - 1)
    expect(told('agent', 'grant')).to.equal(3)
    expect(told('agent', 'shareGrows') - before).to.equal(0)
    expect(told('coordinator', 'declined')).to.equal(0)
    await fleet.get.advance(1)
    expect([told('agent', 'grant'), told('agent', 'shareGrows')]).to.deep.equal([4, 1])
  })

  describe('and has to claim them', () => {
    beforeEach(() => {
      fleet.get.team.placement = 'strict-pull'
    })
    const claim = async (who: string, free: number) => {
      await fleet.get.send(coordinator.at(team).claim({ agent: who, free }))
      await fleet.get.settle()
    }

    it('gets no more for a claim than its share, and nothing when that is spent', async () => {
      const who = await fleet.get.agent({ slots: 8 })
      const ids = await jobs(6)
      await claim(who, 8)
      expect(offers()).to.deep.equal(ids.slice(0, 3))
      for (const id of ids.slice(0, 3)) await complete(fleet.get.offered(id))
      await claim(who, 8)
      expect(offers()).to.deep.equal(ids.slice(0, 3))
      expect(told('coordinator', 'declined')).to.equal(0)
      await fleet.get.advance(2 * nextMs)
      await claim(who, 8)
      expect(offers()).to.deep.equal(ids.slice(0, 5))
    })

    it('leaves the work to another that claims', async () => {
      const who = await fleet.get.agent()
      for (const id of await jobs(3)) {
        await claim(who, 1)
        await complete(fleet.get.offered(id))
      }
      const other = await fleet.get.agent()
      const id = await fleet.get.job()
      await claim(who, 1)
      await claim(other, 1)
      expect(fleet.get.offered(id).agent).to.equal(other)
    })
  })
})

describe('an agent that may have a thousand attempts a minute', () => {
  const fleet = useFleet()

  it('has the thousand-and-first of one minute later, and fails none', async () => {
    const ids: string[] = []
    for (let number = 0; number < 1_001; number += 1) ids.push(await fleet.get.job())
    await fleet.get.agent({ slots: 64 })
    const states = () => Promise.all(ids.map(fleet.get.state))
    expect(await runAll()).to.deep.equal(ids.slice(0, 1_000))
    expect(await states()).to.deep.equal([...ids.slice(1).map(() => 'completed'), 'pending'])
    await fleet.get.advance(59)
    expect(fleet.get.eventsOf('offer')).to.deep.equal([])
    await fleet.get.advance(1)
    expect(await runAll()).to.deep.equal(ids.slice(1_000))
    expect(await states()).to.deep.equal(ids.map(() => 'completed'))
  }).timeout(30_000)

  /** Ends whatever is offered until nothing is; returns what it was, in its order. */
  async function runAll(): Promise<string[]> {
    const done: string[] = []
    for (;;) {
      const offers = fleet.get.eventsOf('offer')
      fleet.get.system.probe.clear()
      if (offers.length === 0) return done
      for (const { agent: who, offer } of offers) {
        const word = { agent: who, attempt: offer.attempt }
        const end = { outcome: 'completed', output: null, error: null, frames: 0 } as const
        await fleet.get.ask(job.at(offer.job).accept(word))
        await fleet.get.ask(job.at(offer.job).finish({ ...word, ...end }))
        done.push(offer.job)
      }
      await fleet.get.settle()
    }
  }
})

describe('an attempt within the share of its agent', () => {
  const [, kind] = kinds({ claimsPerMinute: 2 })
  const who = idOf('agt')
  const last = idOf('job')
  const grant = (id = idOf('job')) => agent.at(who).grant({ team, job: id, attempt: 1, bound: false })
  const step = async (state: unknown, message: Parameters<typeof rehearse>[1]) => {
    if (!kind) throw new Error('there is no agent')
    return await rehearse(kind, message, state, { now })
  }

  it('costs nothing beside what is written anyway; the last one sets a timer', async () => {
    const { state: registered } = await step(undefined, registration(who))
    const { state: connected } = await step(registered, hello(who, { facts: facts({ slots: 8 }) }))
    const first = await step(connected, grant())
    expect([first.sent.length, first.timers]).to.deep.equal([1, []])
    const second = await step(first.state, grant())
    expect(second.sent).to.have.length(1)
    expect(second.timers.map(({ name, due }) => [name, due - now])).to.deep.equal([['share', minuteMs / 2]])
    const { sent, timers } = await step(second.state, grant(last))
    const reason = 'it has had its share of attempts for this minute'
    const declined = { job: last, attempt: 1, agent: who, reason }
    expect([sent, timers]).to.deep.equal([[coordinator.at(team).declined(declined)], []])
  })
})
