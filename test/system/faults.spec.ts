import { expect } from 'chai'
import type { JobDetail } from '#specs/jobs.ts'
import { type AgentProcess, Fleet, times } from './fleet.ts'

describe('a fleet of two agents', function () {
  this.timeout(60_000)
  let fleet: Fleet
  let studio: AgentProcess
  let attic: AgentProcess
  beforeEach(async () => {
    fleet = await Fleet.start()
    studio = await fleet.agent('studio')
  })
  afterEach(() => fleet.stop())

  it('runs the job of a killed agent on the other one, once to its end', async () => {
    const job = await fleet.submit({ tool: 'selftest.sleep', params: { ms: 3_000 } })
    await job.runs()
    attic = await fleet.agent('attic')
    await studio.kill()
    const ended = await job.ends()
    expect(ended.state).to.equal('completed')
    expect(outcomes(ended)).to.deep.equal(['lost', 'completed'])
    expect(ended.agent).to.equal((await attic.seen()).id)
    expect(ended.failures).to.equal(0)
  })

  it('gives a job back at once when its agent comes with a new start', async () => {
    const job = await fleet.submit({ tool: 'selftest.sleep', params: { ms: 2_000 } })
    await job.runs()
    await studio.kill()
    await studio.startAgain()
    expect(outcomes(await job.ends())).to.deep.equal(['lost', 'completed'])
  })

  it('lets an agent that stood still for less than its lease go on', async () => {
    const job = await fleet.submit({ tool: 'selftest.sleep', params: { ms: 3_000 } })
    await job.runs()
    studio.freeze()
    await studio.is('degraded')
    studio.thaw()
    await studio.is('healthy')
    expect(outcomes(await job.ends())).to.deep.equal(['completed'])
  })

  it('does not take the result of an agent that stood still for too long', async () => {
    const job = await fleet.submit({ tool: 'selftest.sleep', params: { ms: 4_000 } })
    await job.runs()
    studio.freeze()
    await studio.is('offline')
    attic = await fleet.agent('attic')
    await job.runs(2)
    studio.thaw()
    await studio.is('healthy')
    const ended = await job.ends()
    expect(outcomes(ended)).to.deep.equal(['lost', 'completed'])
    expect(ended.agent).to.equal((await attic.seen()).id)
  })

  it('finishes its jobs before it ends, when it is told to', async () => {
    const job = await fleet.submit({ tool: 'selftest.sleep', params: { ms: 1_500 } })
    await job.runs()
    expect(await studio.stop()).to.equal(0)
    expect((await job.now()).state).to.equal('completed')
  })
})

describe('a server that dies', function () {
  this.timeout(60_000)
  let fleet: Fleet
  beforeEach(async () => {
    // A restart takes longer than the patience of the other specs.
    fleet = await Fleet.start({
      SAFELIGHT_UNHEALTHY_MS: '10000',
      SAFELIGHT_LEASE_MS: '15000',
      SAFELIGHT_OFFLINE_MS: '18000',
    })
    await fleet.agent('studio')
  })
  afterEach(() => fleet.stop())

  it('finds its running job again, in its first attempt', async () => {
    const job = await fleet.submit({ tool: 'selftest.sleep', params: { ms: 4_000 } })
    await job.runs()
    await fleet.server.kill()
    await fleet.restartServer()
    const ended = await fleet.job(job.id).ends()
    expect(ended.state).to.equal('completed')
    expect(outcomes(ended)).to.deep.equal(['completed'])
  })

  it('ends with 0 where it is told to, though an agent is connected, and finds its running job again', async () => {
    const job = await fleet.submit({ tool: 'selftest.sleep', params: { ms: 4_000 } })
    await job.runs()
    expect(await fleet.server.stop('SIGTERM')).to.equal(0)
    await fleet.restartServer()
    expect(outcomes(await fleet.job(job.id).ends())).to.deep.equal(['completed'])
  })

  it('loses nothing that was submitted', async () => {
    const jobs = await Promise.all(
      Array.from({ length: 20 }, (_, number) =>
        fleet.submit({ tool: 'selftest.echo', params: { say: number } }),
      ),
    )
    await fleet.server.kill()
    await fleet.restartServer()
    const ended = await Promise.all(jobs.map(({ id }) => fleet.job(id).ends()))
    expect(ended.map(({ state }) => state)).to.deep.equal(jobs.map(() => 'completed'))
  })
})

describe('a database that stands still for longer than every patience', function () {
  this.timeout(60_000)
  let fleet: Fleet
  beforeEach(async () => {
    fleet = await Fleet.start({ SAFELIGHT_STALE_MS: '3000', SAFELIGHT_INACTIVE_MS: '4000' })
    await fleet.agent('studio')
  })
  afterEach(() => fleet.stop())

  it('costs no job a second attempt', async () => {
    const job = await fleet.submit({ tool: 'selftest.sleep', params: { ms: 9_000 } })
    await job.runs()
    await fleet.databaseStandsStill(2 * Number(times.SAFELIGHT_OFFLINE_MS))
    const ended = await job.ends()
    expect(ended.state).to.equal('completed')
    expect(outcomes(ended)).to.deep.equal(['completed'])
  })
})

function outcomes({ attempts }: JobDetail) {
  return attempts.map(({ outcome }) => outcome)
}
