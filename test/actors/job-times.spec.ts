import { expect } from 'chai'
import { agent, kinds } from '#actors/index.ts'
import { job } from '#actors/job/messages.ts'
import type { JobMemory } from '#actors/job/state.ts'
import type { Kind } from '#runtime/index.ts'
import { rehearse } from '#runtime/testing/rehearse.ts'
import { creation, idOf, useFleet } from './fleet.ts'

describe('the time of a job', () => {
  const fleet = useFleet()

  it('to wait for an agent is limited: then it is expired', async () => {
    const id = await fleet.get.job({ timeouts: { queueMs: 3_000 } })
    await fleet.get.advance(3_000)
    const { state, error } = await fleet.get.get(id)
    expect([state, error?.message]).to.deep.equal([
      'expired',
      'it has waited for an agent for longer than 3000 ms',
    ])
  })

  it('to wait ends with an agent that takes it', async () => {
    await fleet.get.agent()
    const word = await fleet.get.running({ timeouts: { queueMs: 3_000 } })
    await fleet.get.advance(10_000)
    expect(await fleet.get.state(word.job)).to.equal('running')
  })

  it('to wait goes on while offers are let pass', async () => {
    await fleet.get.agent()
    const id = await fleet.get.job({ timeouts: { queueMs: 1_000 } })
    await fleet.get.advance(1_500)
    expect(await fleet.get.state(id)).to.equal('offered')
    await fleet.get.advance(501)
    expect(await fleet.get.state(id)).to.equal('expired')
  })

  it('altogether is limited, whoever has it: its agent is told to stop', async () => {
    await fleet.get.agent()
    const word = await fleet.get.running({ timeouts: { deadlineMs: 5_000 } })
    await fleet.get.advance(5_000)
    expect(await fleet.get.state(word.job)).to.equal('expired')
    const told = fleet.get
      .eventsOf('cancel')
      .map(({ agent: who, cancel }) => [who, cancel.job, cancel.reason])
    expect(told).to.deep.equal([[word.agent, word.job, 'it has not ended within 5000 ms']])
  })
})

describe('an offer that is not accepted in time', () => {
  const fleet = useFleet()

  it('goes to another agent, and a late word about it does not count', async () => {
    await fleet.get.agent()
    await fleet.get.agent()
    const id = await fleet.get.job()
    const first = fleet.get.offered(id)
    await fleet.get.advance(2_001)
    const second = fleet.get.offered(id)
    expect(second.agent).not.to.equal(first.agent)
    expect((await fleet.get.accept(first)).accepted).to.equal(false)
    expect((await fleet.get.accept(second)).accepted).to.equal(true)
    const { attempts } = await fleet.get.get(id)
    expect(attempts.map(({ outcome }) => outcome)).to.deep.equal(['not_accepted', null])
  })

  it('comes to the same agent again after a while, where there is no other', async () => {
    const who = await fleet.get.agent()
    const id = await fleet.get.job()
    await fleet.get.advance(2_001)
    expect(await fleet.get.state(id)).to.equal('pending')
    await fleet.get.advance(4_000)
    expect(fleet.get.offered(id)).to.deep.equal({ job: id, agent: who, attempt: 2 })
  })

  it('counts against the agent, not against the job', async () => {
    const who = await fleet.get.agent()
    const id = await fleet.get.job({ retry: { attemptsMax: 1 } })
    await fleet.get.advance(2_001)
    expect((await fleet.get.get(id)).failures).to.equal(0)
    const { lastError, running } = await fleet.get.agentOf(who)
    expect([lastError, running]).to.deep.equal(['it was not accepted in time', []])
  })

  it('is passed on at once where it is declined', async () => {
    const who = await fleet.get.agent()
    const id = await fleet.get.job()
    expect((await fleet.get.decline(fleet.get.offered(id))).accepted).to.equal(true)
    expect(await fleet.get.state(id)).to.equal('pending')
    expect((await fleet.get.agentOf(who)).failures).to.equal(0)
  })
})

describe('an attempt', () => {
  const fleet = useFleet()
  beforeEach(() => fleet.get.agent())

  it('that takes too long, and whose agent does not end it, ends as a timeout', async () => {
    const word = await fleet.get.running({ timeouts: { attemptMs: 30_000, stallMs: 0 } })
    await fleet.get.advance(39_999)
    expect(await fleet.get.state(word.job)).to.equal('running')
    await fleet.get.advance(2)
    const { state, attempts } = await fleet.get.get(word.job)
    expect([state, attempts[0]?.outcome]).to.deep.equal(['retry_wait', 'timeout'])
    expect(attempts[0]?.error?.message).to.equal('the attempt took longer than 30000 ms')
  })

  it('that stands still ends as a timeout', async () => {
    const word = await fleet.get.running({ timeouts: { stallMs: 60_000 } })
    await fleet.get.advance(76_000)
    expect((await fleet.get.get(word.job)).attempts[0]?.error?.message).to.equal(
      'there was no progress for 60000 ms',
    )
  })

  it('that is heard of now and then goes on for ever', async () => {
    const word = await fleet.get.running({ timeouts: { stallMs: 60_000 } })
    for (let minute = 1; minute <= 10; minute += 1) {
      await fleet.get.advance(60_000)
      await fleet.get.alive(word)
    }
    expect(await fleet.get.state(word.job)).to.equal('running')
  })

  it('that was given up keeps its slot until the agent has stopped it', async () => {
    const word = await fleet.get.running({
      timeouts: { attemptMs: 1_000, stallMs: 0 },
      retry: { attemptsMax: 1 },
    })
    const next = await fleet.get.job()
    await fleet.get.advance(11_001)
    expect([await fleet.get.state(word.job), await fleet.get.state(next)]).to.deep.equal(['dead', 'pending'])
    await fleet.get.finish(word, 'cancelled')
    expect(await fleet.get.state(next)).to.equal('offered')
  })

  it('that was given up keeps its slot no longer than the grace', async () => {
    await fleet.get.running({ timeouts: { attemptMs: 1_000, stallMs: 0 }, retry: { attemptsMax: 1 } })
    const next = await fleet.get.job()
    await fleet.get.advance(11_001)
    await fleet.get.advance(12_000)
    expect(await fleet.get.state(next)).to.equal('offered')
  })
})

describe('a time that ran out while the database was away', () => {
  const [kind] = kinds() as readonly [Kind, ...Kind[]]
  const id = idOf('job')
  const [who] = [idOf('agt')]
  const at = 1_000_000

  /** A job that runs, as it was left before. */
  async function running(): Promise<JobMemory> {
    const created = await rehearse(kind, creation(id, { timeouts: { stallMs: 60_000 } }), undefined, {
      now: at,
    })
    const granted = await rehearse(kind, job.at(id).granted({ agent: who, attempt: 1 }), created.state, {
      now: at,
    })
    const accepted = await rehearse(kind, job.at(id).accept({ agent: who, attempt: 1 }), granted.state, {
      now: at,
    })
    return accepted.state as JobMemory
  }
  const stalled = (due: number, again: boolean) =>
    job.at(id).judged({ what: 'stall', attempt: 1, due, again })

  it('gives the attempt another window, once', async () => {
    const due = at + 75_000
    const late = await rehearse(kind, stalled(due, false), await running(), { now: due + 20_000 })
    expect((late.state as JobMemory).job?.state).to.equal('assigned')
    expect(late.timers.map(({ name, due: next }) => [name, next])).to.deep.equal([['stall', due + 50_000]])
    const still = await rehearse(kind, stalled(due + 50_000, true), late.state, { now: due + 90_000 })
    expect((still.state as JobMemory).job?.state).to.equal('retry_wait')
    expect(still.sent).to.deep.include(
      agent.at(who).stop({ job: id, attempt: 1, reason: 'there was no progress for 60000 ms' }),
    )
  })

  it('is judged only when the database has taken that it ran out', async () => {
    const due = at + 75_000
    const struck = await rehearse(
      kind,
      job.at(id).struck({ what: 'stall', attempt: 1, due, again: false }),
      await running(),
      { now: due },
    )
    expect(struck.sent).to.deep.equal([stalled(due, false)])
    expect((struck.state as JobMemory).job?.state).to.equal('assigned')
  })

  it('means nothing for an attempt that is not the one that counts', async () => {
    const other = job.at(id).judged({ what: 'stall', attempt: 7, due: at, again: false })
    const { state, sent } = await rehearse(kind, other, await running(), { now: at })
    expect([(state as JobMemory).job?.state, sent]).to.deep.equal(['assigned', []])
  })
})
