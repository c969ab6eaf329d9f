import { expect } from 'chai'
import { newId } from '#specs/ids.ts'
import { password } from '#test/support/rest.ts'
import { useBorder } from '../link/border.ts'
import { frames } from '../link/test-agent.ts'
import { places, TestPage } from './test-page.ts'

describe("the dashboard's socket", () => {
  const border = useBorder({ socketsMax: 5 })
  const pages: TestPage[] = []
  afterEach(async () => {
    for (const page of pages.splice(0)) page.close()
  })
  function page(
    proof: ConstructorParameters<typeof TestPage>[1] = border.get.api.proof,
    headers = {},
  ): TestPage {
    const opened = new TestPage(border.get.server.url, proof, headers)
    pages.push(opened)
    return opened
  }
  const submit = (agent?: string, api = border.get.api) =>
    api.ok('submitJob', { body: { tool: 'selftest.sleep', ...(agent && { agent }) } })

  it('lets nobody in without proof, with an agent’s key, or from another page', async () => {
    const { key } = await border.get.register()
    const nobody = page({})
    const agent = page({ token: key })
    const elsewhere = page(border.get.api.proof, { origin: 'https://elsewhere.example' })
    expect((await nobody.heard.next('refused')).problem).to.include({ code: 'not_signed_in' })
    expect((await agent.heard.next('refused')).problem).to.include({ code: 'not_allowed' })
    expect((await elsewhere.heard.next('refused')).problem).to.include({ code: 'not_allowed' })
  })

  it('lets a program in with an API token', async () => {
    const program = page({ token: await border.get.userToken() })
    expect(await program.watch<'pool'>({ topic: 'pool' })).to.deep.include({ topic: 'pool' })
  })

  it('closes what is too much of one person, and says why', async () => {
    const many = Array.from({ length: 9 }, () => page())
    const outcomes = await Promise.all(
      many.map(({ heard }) => Promise.race([heard.next('connected'), heard.next('refused')])),
    )
    const refused = outcomes.flatMap((outcome) => (outcome.kind === 'refused' ? [outcome.problem] : []))
    expect(refused).to.have.length(4)
    expect(refused[0]).to.include({ code: 'too_many_requests', status: 429 })
    expect(refused[0]?.detail).to.include('5 pages')
  })

  it('answers what is not right by its field, and goes on', async () => {
    const open = page()
    const wrong: [payload: unknown, field: string][] = [
      [undefined, ''],
      [{ topic: 'weather' }, 'topic'],
      [{ topic: 'jobs', query: { limit: 1_000 } }, 'query.limit'],
      [{ topic: 'job', job: 'job_1' }, 'job'],
      [{ topic: 'agents', since: { epoch: 1 } }, 'since.epoch'],
      [{ topic: 'job', job: newId('job'), frame: { attempt: 0, seq: 2 ** 31 } }, 'frame.seq'],
    ]
    for (const [payload, field] of wrong) {
      const answer = await open.try('watch', payload)
      if (answer.ok) throw new Error('it was not refused')
      expect(answer.problem).to.include({ code: 'bad_input' })
      expect(answer.problem.fields?.[0]?.path).to.equal(field)
    }
    const unknown = await open.try('watch', { topic: 'job', job: newId('job') })
    expect(unknown.ok ? '' : unknown.problem.code).to.equal('not_found')
    const word = await open.try('open sesame', {})
    expect(word.ok ? '' : word.problem.code).to.equal('bad_request')
    await open.watch<'pool'>({ topic: 'pool' })
  })

  it('shows nothing of another team', async () => {
    const other = await border.get.otherTeam()
    const agent = await border.get.agent()
    const { id } = await submit(agent.id)
    const foreign = page(other.api.proof)
    expect((await foreign.watch<'agents'>({ topic: 'agents' })).agents).to.deep.equal([])
    expect((await foreign.watch<'jobs'>({ topic: 'jobs' })).jobs).to.deep.equal([])
    const answer = await foreign.try('watch', { topic: 'job', job: id })
    expect(answer.ok ? '' : answer.problem.code).to.equal('not_found')
    await agent.finish(await agent.run())
    const own = await border.get.agent({ api: other.api })
    await foreign.delta('agents', ({ changed }) => changed.some(({ id: shown }) => shown === own.id))
    const seen = foreign.deltas('agents').flatMap(({ changed }) => changed.map(({ id: shown }) => shown))
    expect(new Set(seen)).to.deep.equal(new Set([own.id]))
    expect(foreign.deltas('jobs')).to.deep.equal([])
  })

  it('counts the deltas of a topic without a gap, and tells what was missed after a cut', async () => {
    const open = page()
    const { at, agents } = await open.watch<'agents'>({ topic: 'agents' })
    const agent = await border.get.agent()
    expect(agents.map(({ id }) => id)).not.to.include(agent.id)
    const last = await open.delta('agents', ({ changed }) =>
      changed.some(({ id, liveness }) => id === agent.id && liveness === 'healthy'),
    )
    const versions = open.deltas('agents').map((delta) => delta.at.version)
    expect(versions).to.deep.equal(versions.map((_, index) => at.version + 1 + index))

    open.close()
    const { id } = await border.get.agent()
    await border.get.api.ok('pauseAgent', { params: { agent: agent.id }, body: {} })
    const later = page()
    await border.get.until(async () => {
      const missed = await later.resume<'agents'>({ topic: 'agents', since: last.at })
      return missed.some(({ changed }) => changed.some(({ standing }) => standing === 'paused'))
    })
    const missed = await later.resume<'agents'>({ topic: 'agents', since: last.at })
    expect(missed.map((delta) => delta.at.version)).to.deep.equal(
      missed.map((_, index) => last.at.version + 1 + index),
    )
    const changed = missed.flatMap((delta) => delta.changed)
    expect(new Set(changed.map((one) => one.id))).to.deep.equal(new Set([agent.id, id]))
    expect(changed.find((one) => one.id === agent.id)).to.include({ standing: 'paused' })
    const unknown = { epoch: 'of another server', version: 3 }
    expect((await later.watch<'agents'>({ topic: 'agents', since: unknown })).agents.length).to.be.above(1)
  })

  it('tells that an agent is gone', async () => {
    const agent = await border.get.agent()
    const open = page()
    await open.watch<'agents'>({ topic: 'agents' })
    await border.get.api.ok('removeAgent', { params: { agent: agent.id }, query: { mode: 'now' } })
    await open.delta('agents', ({ removed }) => removed.includes(agent.id))
  })

  it('shows each list of jobs its own, and takes off what does not belong there any more', async () => {
    const agent = await border.get.agent()
    const [active, ended] = [page(), page()]
    await active.watch<'jobs'>({ topic: 'jobs', query: { group: 'active' } })
    await ended.watch<'jobs'>({ topic: 'jobs', query: { state: 'completed', agent: agent.id } })
    const { id } = await submit(agent.id)
    const attempt = await agent.run()
    await active.delta('jobs', ({ changed }) =>
      changed.some((job) => job.id === id && job.state === 'running'),
    )
    await agent.finish(attempt)
    await active.delta('jobs', ({ removed }) => removed.includes(id))
    await ended.delta('jobs', ({ changed }) =>
      changed.some((job) => job.id === id && job.state === 'completed'),
    )
    expect(ended.deltas('jobs').flatMap(({ changed }) => changed.map(({ state }) => state))).to.deep.equal([
      'completed',
    ])
  })

  it('shows the pool as it is', async () => {
    const other = await border.get.otherTeam()
    const open = page(other.api.proof)
    expect((await open.watch<'pool'>({ topic: 'pool' })).pool).to.include({ state: 'offline', agents: 0 })
    const agent = await border.get.agent({ api: other.api })
    await open.delta('pool', ({ pool }) => pool.state === 'idle' && pool.idle === 1)
    await submit(agent.id, other.api)
    await agent.run()
    await open.delta('pool', ({ pool }) => pool.state === 'busy' && pool.running === 1 && pool.idle === 0)
    expect(await other.api.ok('pool')).to.include({ state: 'busy', online: 1 })
  })

  it('signs a page out when its session ends', async () => {
    const { email } = border.get.admin
    const again = await border.get.signIn(email)
    const [open, other] = [page(again.api.proof), page()]
    await Promise.all([open.watch<'pool'>({ topic: 'pool' }), other.watch<'pool'>({ topic: 'pool' })])
    await again.api.ok('signOut', { body: {} })
    expect((await open.heard.next('signedOut')).reason).to.include('Sign in again')
    await open.heard.next('closed')
    expect(other.socket.connected).to.equal(true)
    expect(password.length).to.be.above(11)
  })
})

describe('the page of a job', () => {
  const border = useBorder()
  const pages: TestPage[] = []
  after(() => pages.forEach((page) => page.close()))
  function page(): TestPage {
    const opened = new TestPage(border.get.server.url, border.get.api.proof)
    pages.push(opened)
    return opened
  }
  async function running() {
    const agent = await border.get.agent()
    await border.get.api.ok('submitJob', { body: { tool: 'selftest.progress', agent: agent.id } })
    return { agent, attempt: await agent.run() }
  }

  it('follows the job to its end', async () => {
    const agent = await border.get.agent()
    const { id } = await border.get.api.ok('submitJob', { body: { tool: 'selftest.sleep', agent: agent.id } })
    const open = page()
    const { job, at } = await open.watch<'job'>({ topic: 'job', job: id })
    expect(job.id).to.equal(id)
    await agent.finish(await agent.run())
    const last = await open.delta('job', (delta) => delta.job.state === 'completed')
    expect(last.job.attempts).to.have.length(1)
    const versions = open.deltas('job').map((delta) => delta.at.version)
    expect(versions).to.deep.equal(versions.map((_, index) => at.version + 1 + index))
    expect(await open.resume<'job'>({ topic: 'job', job: id, since: last.at })).to.deep.equal([])
  })

  it('is told every frame once, whatever comes twice', async () => {
    const { agent, attempt } = await running()
    await agent.frames(attempt, frames(1, 3))
    const open = page()
    const snapshot = await open.watch<'job'>({ topic: 'job', job: attempt.job })
    expect(places(snapshot.attempt, snapshot.frames)).to.deep.equal(['1.1', '1.2', '1.3'])
    await agent.frames(attempt, frames(2, 5))
    await agent.frames(attempt, frames(6, 8))
    await open.reaches('1.8')
    expect(open.frames).to.deep.equal(['1.4', '1.5', '1.6', '1.7', '1.8'])
    await agent.finish(attempt)
  })

  it('gets what it missed during a cut, and no frame twice', async () => {
    const { agent, attempt } = await running()
    await agent.frames(attempt, frames(1, 4))
    const first = page()
    const { at } = await first.watch<'job'>({ topic: 'job', job: attempt.job })
    first.close()
    await agent.frames(attempt, frames(5, 9))
    const later = page()
    const topic = { topic: 'job', job: attempt.job } as const
    const snapshot = await later.watch<'job'>({ ...topic, frame: { attempt: 1, seq: 4 } })
    expect(places(1, snapshot.frames)).to.deep.equal(['1.5', '1.6', '1.7', '1.8', '1.9'])
    expect(snapshot.at.epoch).to.equal(at.epoch)
    await later.resume<'job'>({ ...topic, since: snapshot.at, frame: { attempt: 1, seq: 7 } })
    await later.reaches('1.9')
    expect(later.frames).to.deep.equal(['1.8', '1.9'])
    await agent.finish(attempt)
  })

  it('gets what this server does not have any more from the agent', async () => {
    const { agent, attempt } = await running()
    agent.kept = frames(1, 1_500)
    await agent.frames(attempt, frames(1_101, 1_500))
    const open = page()
    const snapshot = await open.watch<'job'>({
      topic: 'job',
      job: attempt.job,
      frame: { attempt: 1, seq: 1_000 },
    })
    expect(places(1, snapshot.frames)).to.deep.equal(places(1, frames(1_001, 1_500)))
    await agent.finish(attempt)
  })

  it('shows the log of a job that ended long ago', async () => {
    const { agent, attempt } = await running()
    await border.get.sql(
      `insert into job_log select $1, $2, 1, n, now(), 'info', 'line ' || n from generate_series(1, 3) as n`,
      [border.get.admin.team, attempt.job],
    )
    await agent.finish(attempt)
    const snapshot = await page().watch<'job'>({ topic: 'job', job: attempt.job })
    expect(snapshot.frames.map((frame) => frame.type === 'log' && frame.text)).to.deep.equal([
      'line 1',
      'line 2',
      'line 3',
    ])
  })

  it('goes on with the next attempt', async () => {
    const { agent, attempt } = await running()
    const open = page()
    await open.watch<'job'>({ topic: 'job', job: attempt.job })
    await agent.frames(attempt, frames(1, 2))
    const next = await border.get.connect({ ...agent.dial, boot: 'another-boot' })
    const second = await next.run()
    await next.frames(second, frames(1, 2))
    await open.reaches('2.2')
    expect(open.frames).to.deep.equal(['1.1', '1.2', '2.1', '2.2'])
    await next.finish(second)
  })
})
