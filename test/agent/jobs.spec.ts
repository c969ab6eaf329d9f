import { expect } from 'chai'
import { type AgentProcess, startAgent } from './support/agent-process.ts'
import { newId } from '#specs/ids.ts'
import { ContractServer } from './support/contract-server.ts'

describe('an agent with a job', () => {
  let server: ContractServer
  let agent: AgentProcess
  before(async () => {
    server = await ContractServer.start()
    agent = startAgent({ server: server.url, flags: ['--threads', '2', '--slots', '2', '--root', '/tmp'] })
    await server.heard.next('hello')
  })
  after(async () => {
    agent.signal('SIGTERM')
    await agent.exited
    await server.close()
    expect(server.violations).to.deep.equal([])
  })
  afterEach(() => {
    for (const word of Object.keys(server.answers)) delete server.answers[word as keyof typeof server.answers]
  })

  it('accepts, starts, tells and finishes, in this order', async () => {
    const offer = server.offer('selftest.progress', { steps: 5, everyMs: 20 })
    const finish = await server.finishOf(offer)
    expect(finish).to.include({ outcome: 'completed', attempt: 1 })
    expect(finish.output).to.deep.equal({ steps: 5 })
    const kinds = server.heard.all.flatMap((heard) =>
      'body' in heard && 'job' in heard.body && heard.body.job === offer.job ? [heard.kind] : [],
    )
    expect([...new Set(kinds)]).to.deep.equal(['accept', 'started', 'frames', 'finish'])
  })

  it('numbers frames without gaps, and tells progress ten times a second at most', async () => {
    const offer = server.offer('selftest.progress', { steps: 100, everyMs: 5 })
    const { frames: last } = await server.finishOf(offer)
    const frames = server.framesOf(offer)
    expect(frames.map(({ seq }) => seq)).to.deep.equal(Array.from({ length: last }, (_, index) => index + 1))
    expect(frames.filter(({ type }) => type === 'log')).to.have.length(100)
    const told = frames.flatMap((frame) => (frame.type === 'progress' ? [frame] : []))
    const seconds = ((told.at(-1)?.at ?? 0) - (told[0]?.at ?? 0)) / 1_000
    expect(told.length).to.be.at.most(seconds * 10 + 2)
    expect(told.at(-1)?.progress).to.include({ done: 100, total: 100 })
  })

  it('sends frames in batches, not one by one', async () => {
    const offer = server.offer('selftest.progress', { steps: 200, everyMs: 2 })
    await server.finishOf(offer)
    const batches = server.heard.all.filter(
      (heard) => heard.kind === 'frames' && heard.body.job === offer.job,
    )
    const times = batches.map((heard) => ('at' in heard ? heard.at : 0))
    expect(batches.length).to.be.at.most(((times.at(-1) ?? 0) - (times[0] ?? 0)) / 40 + 3)
  })

  it('keeps beating while all its threads compute', async () => {
    const offer = server.offer('selftest.cpu', { ms: 1_500, threads: 2 })
    await server.heard.next('started')
    const from = server.heard.all.length
    await server.finishOf(offer)
    const beats = server.heard.all.slice(from).flatMap((heard) => (heard.kind === 'beat' ? [heard] : []))
    expect(beats.length).to.be.at.least(8)
    expect(beats[1]?.body.running).to.deep.equal([{ job: offer.job, attempt: 1 }])
    expect(Math.max(...beats.map(({ body }) => body.load.busyThreads))).to.equal(2)
  })

  it('does not run what it may not have', async () => {
    server.answers.accept = () => ({ accepted: false, reason: 'too late' })
    const offer = server.offer('selftest.echo')
    await agent.says(new RegExp(`${offer.job} went elsewhere: too late`))
    expect(
      server.heard.all.some((heard) => heard.kind === 'started' && heard.body.job === offer.job),
    ).to.equal(false)
  })

  it('takes the same offer once', async () => {
    const offer = server.offer('selftest.progress', { steps: 2, everyMs: 50 })
    server.say('offer', offer)
    await server.finishOf(offer)
    const accepts = server.heard.all.filter(
      (heard) => heard.kind === 'accept' && heard.body.job === offer.job,
    )
    expect(accepts).to.have.length(1)
  })

  it('declines a tool that it has not', async () => {
    server.offer('develop.film')
    expect((await server.heard.next('decline')).body).to.include({
      reason: "the agent has no tool 'develop.film'",
    })
  })

  it('declines what it has no slot for, and takes it when there is one', async () => {
    const offers = [server.offer('selftest.hang'), server.offer('selftest.hang')]
    for (const _ of offers) await server.heard.next('started')
    server.offer('selftest.echo')
    expect((await server.heard.next('decline')).body).to.include({ reason: 'no free slot' })
    for (const { job, attempt } of offers)
      server.say('cancel', { job, attempt, graceMs: 0, reason: 'enough' })
    await server.heard.next('finish')
    await server.heard.next('finish')
    expect((await server.finishOf(server.offer('selftest.echo'))).outcome).to.equal('completed')
  })

  it('stops a job within 200 ms when it is cancelled, and says so', async () => {
    const { job, attempt } = server.offer('selftest.sleep', { ms: 60_000 })
    await server.heard.next('frames')
    const from = performance.now()
    server.say('cancel', { job, attempt, graceMs: 10_000, reason: 'not needed' })
    const { body, at } = await server.heard.next('finish')
    expect(at - from).to.be.lessThan(200)
    expect(body).to.deep.include({
      outcome: 'cancelled',
      error: { class: 'cancelled', message: 'not needed' },
    })
  })

  it('ends the thread of a cancelled job that does not listen, and no other job', async () => {
    const neighbour = server.offer('selftest.sleep', { ms: 500 })
    const deaf = server.offer('selftest.hang', { busy: true })
    await server.heard.next('started')
    await server.heard.next('started')
    server.say('cancel', { job: deaf.job, attempt: 1, graceMs: 100, reason: 'deaf' })
    expect((await server.finishOf(deaf)).outcome).to.equal('cancelled')
    expect((await server.finishOf(neighbour)).outcome).to.equal('completed')
  })

  it('says that it does not run what somebody cancels', async () => {
    const job = 'job_00000000000000000000000000'
    server.say('cancel', { job, attempt: 3, graceMs: 0, reason: 'old' })
    expect(await server.finishOf({ job })).to.include({ outcome: 'cancelled', attempt: 3, frames: 0 })
  })

  it('ends an attempt that takes too long', async () => {
    const finish = await server.finishOf(server.offer('selftest.sleep', { ms: 60_000 }, { attemptMs: 300 }))
    expect(finish.error).to.deep.equal({ class: 'timeout', message: 'the attempt took longer than 300 ms' })
  })

  it('ends an attempt that stands still, and not one that tells of progress', async () => {
    const lively = server.offer(
      'selftest.progress',
      { steps: 15, everyMs: 50, logs: false },
      { stallMs: 400 },
    )
    const still = server.offer('selftest.progress', { steps: 2, everyMs: 60_000 }, { stallMs: 400 })
    const finishes = [(await server.heard.next('finish')).body, (await server.heard.next('finish')).body]
    expect(finishes.find(({ job }) => job === lively.job)?.outcome).to.equal('completed')
    expect(finishes.find(({ job }) => job === still.job)?.error).to.deep.equal({
      class: 'timeout',
      message: 'no progress for 400 ms',
    })
  })

  it('tells a crash from a failure', async () => {
    const { error } = await server.finishOf(server.offer('selftest.crash'))
    expect(error?.class).to.equal('crashed')
    expect(error?.message).to.include('exited with code')
    const failed = await server.finishOf(
      server.offer('selftest.fail', { class: 'retriable', message: 'later' }),
    )
    expect(failed).to.deep.include({ outcome: 'failed', error: { class: 'retriable', message: 'later' } })
  })

  it('drops an attempt that the server has given to somebody else', async () => {
    const offer = server.offer('selftest.hang')
    await server.heard.next('started')
    server.answers.frames = () => ({ accepted: false, reason: 'attempt 2 runs' })
    const other = server.offer('selftest.progress', { steps: 1_000, everyMs: 100 })
    await agent.says(new RegExp(`${other.job}, attempt 1 is dropped: attempt 2 runs`))
    delete server.answers.frames
    server.say('offer', { ...offer, attempt: 2, tool: 'selftest.echo', params: {} })
    await agent.says(new RegExp(`${offer.job}, attempt 1 is dropped: a newer attempt`))
  })

  it('refuses a path outside of its roots, whatever the server says', async () => {
    const { outcome, error } = await server.finishOf(server.offer('photostats', { path: '/etc' }))
    expect(outcome).to.equal('failed')
    expect(error).to.include({ class: 'fatal' })
    expect(error?.message).to.match(/'\/etc' is outside of the folders .*\(\/tmp\).*--root/)
  })

  it('answers a probe at once, also while its threads compute', async () => {
    const offer = server.offer('selftest.cpu', { ms: 500, threads: 2 })
    await server.heard.next('frames')
    const probe = (await server.ask('probe', {})) as { threads: number; busyThreads: number }
    expect(probe).to.include({ threads: 2, busyThreads: 2 })
    await server.finishOf(offer)
  })

  it('tells again what a viewer has missed', async () => {
    const { job, attempt } = server.offer('selftest.progress', { steps: 1_000, everyMs: 30 })
    while ((server.framesOf({ job, attempt }).at(-1)?.seq ?? 0) < 10) await server.heard.next('frames')
    const { frames } = (await server.ask('replay', { job, attempt, after: 5 })) as {
      frames: { seq: number }[]
    }
    expect(frames.slice(0, 5).map(({ seq }) => seq)).to.deep.equal([6, 7, 8, 9, 10])
    server.say('cancel', { job, attempt, graceMs: 0, reason: '' })
    await server.finishOf({ job })
    expect(await server.ask('replay', { job: newId('job'), attempt: 1, after: 0 })).to.deep.equal({
      frames: [],
    })
  })
})
