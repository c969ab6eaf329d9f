import { expect } from 'chai'
import type { Frame } from '#specs/agent-link.ts'
import { startProxy, type Proxy } from '#test/support/proxy.ts'
import { type Border, type BorderServer, startBorder } from '../link/border.ts'
import { frames } from '../link/test-agent.ts'
import { places, TestPage } from './test-page.ts'

describe('a page, or an agent, at another server than the job', function () {
  this.timeout(40_000)
  let border: Border
  let proxy: Proxy
  let here: BorderServer
  let there: BorderServer
  const pages: TestPage[] = []
  before(async () => {
    border = await startBorder()
    proxy = await startProxy(border.database.url)
    here = border.server
    there = await border.addServer({ through: () => proxy.url })
    await border.until(() => !here.bus.alone && !there.bus.alone)
  })
  after(async () => {
    for (const page of pages) page.close()
    await border.end()
    await proxy.close()
  })
  function page(): TestPage {
    const opened = new TestPage(there.url, border.api.proof)
    pages.push(opened)
    return opened
  }
  async function running() {
    const agent = await border.agent({ server: here })
    await border.api.ok('submitJob', { body: { tool: 'selftest.progress', agent: agent.id } })
    return { agent, attempt: await agent.run() }
  }

  it('gets what the attempt has told so far, and goes on from there', async () => {
    const { agent, attempt } = await running()
    await agent.frames(attempt, frames(1, 400))
    const open = page()
    const snapshot = await open.watch<'job'>({ topic: 'job', job: attempt.job })
    expect(places(1, snapshot.frames)).to.deep.equal(places(1, frames(1, 400)))
    for (let at = 401; at <= 500; at += 20) await agent.frames(attempt, frames(at, at + 19))
    await open.reaches('1.500')
    expect(open.frames).to.deep.equal(places(1, frames(401, 500)))
    await agent.finish(attempt)
    await open.delta('job', ({ job }) => job.state === 'completed')
  })

  it('is told what is too large for a notification', async () => {
    const { agent, attempt } = await running()
    const open = page()
    await open.watch<'job'>({ topic: 'job', job: attempt.job })
    const long: Frame[] = [{ type: 'log', seq: 1, at: 0, level: 'info', text: 'ä'.repeat(4_000) }]
    await agent.frames(attempt, [...long, ...frames(2, 200)])
    await open.reaches('1.200')
    expect(open.frames).to.deep.equal(places(1, frames(1, 200)))
    await agent.finish(attempt)
  })

  it('sees jobs and agents change, and every job at its end', async () => {
    const open = page()
    await open.watch<'agents'>({ topic: 'agents' })
    await open.watch<'jobs'>({ topic: 'jobs', query: { state: 'completed' } })
    const agent = (await border.agent({ server: here, facts: { slots: 10 } })).keepRunning()
    await open.delta('agents', ({ changed }) =>
      changed.some(({ id, liveness }) => id === agent.id && liveness === 'healthy'),
    )
    const submitted = await Promise.all(
      Array.from({ length: 30 }, () =>
        border.api.ok('submitJob', { body: { tool: 'selftest.echo', agent: agent.id } }),
      ),
    )
    const missing = new Set(submitted.map(({ id }) => id))
    while (missing.size > 0) for (const job of (await open.delta('jobs')).changed) missing.delete(job.id)
  })

  it('hears of a cancel as soon as its server hears again, if that was deaf when it was told', async () => {
    const agent = await border.agent({ server: there })
    await border.api.ok('submitJob', { body: { tool: 'selftest.sleep', agent: agent.id } })
    const { job, attempt } = await agent.run()
    proxy.dropFromServer(({ type }) => type === 'A')
    await border.api.ok('cancelJob', { params: { job }, body: {} })
    const listening = proxy.connected((application) => application.endsWith('bus listen'))
    proxy.heal()
    proxy.cut()
    await listening
    expect(await agent.cancel()).to.include({ job, attempt })
    expect(await agent.finish({ job, attempt }, { outcome: 'cancelled' })).to.include({ accepted: true })
  })

  it('starts afresh when its server was deaf for a while, and has missed nothing then', async () => {
    const { agent, attempt } = await running()
    const open = page()
    await open.watch<'job'>({ topic: 'job', job: attempt.job })
    await agent.frames(attempt, frames(1, 5))
    await open.reaches('1.5')
    proxy.dropFromServer(({ type }) => type === 'A')
    await agent.frames(attempt, frames(6, 9))
    const deaf = proxy.connected((application) => application.endsWith('bus listen'))
    proxy.heal()
    proxy.cut()
    await deaf
    expect((await open.heard.next('closed')).reason).to.equal('transport close')
    const again = page()
    const snapshot = await again.watch<'job'>({
      topic: 'job',
      job: attempt.job,
      frame: { attempt: 1, seq: 5 },
    })
    expect(places(1, snapshot.frames)).to.deep.equal(places(1, frames(6, 9)))
    await agent.finish(attempt)
    await again.delta('job', ({ job }) => job.state === 'completed')
  })
})
