import { expect } from 'chai'
import type { Job, LogLine } from '#specs/jobs.ts'
import { useBorder } from '../link/border.ts'
import { frames, type TestAgent } from '../link/test-agent.ts'
import { type Home, signedIn } from './command.ts'

describe('safelight jobs', () => {
  const border = useBorder()
  let home: Home
  let agent: TestAgent
  before(async () => {
    home = await signedIn(border.get)
  })
  beforeEach(async () => {
    agent = await border.get.agent()
  })
  const jobOf = (job: string) => border.get.api.ok('getJob', { params: { job } })
  const submit = async (...words: string[]) =>
    (await home.json(['jobs', 'submit', '--agent', agent.id, ...words])) as Job
  const submitted = (params = {}) =>
    border.get.api.ok('submitJob', { body: { tool: 'selftest.echo', params, agent: agent.id } })

  it('submits with names and values, where what is JSON is taken as such', async () => {
    const { id, priority, boundTo } = await submit(
      'selftest.progress',
      'steps=3',
      'logs=false',
      '--params',
      '{"everyMs":20,"steps":9}',
      '--priority',
      'high',
    )
    expect({ priority, boundTo }).to.deep.equal({ priority: 75, boundTo: agent.id })
    expect((await jobOf(id)).params).to.deep.equal({ steps: 3, logs: false, everyMs: 20 })
  })

  it('takes what is no JSON as text, whatever it holds', async () => {
    const { id } = await submit('photostats', 'path=/photos/a=b "c"')
    expect((await jobOf(id)).params).to.include({ path: '/photos/a=b "c"' })
  })

  it('submits once what is submitted again with the same key', async () => {
    const one = await submit('selftest.echo', '--key', 'again')
    expect(await submit('selftest.echo', '--key', 'again')).to.include({ id: one.id })
  })

  it('names what the server finds wrong with a job', async () => {
    const [tool, params, several] = await Promise.all([
      home.run(['jobs', 'submit', 'selftest.nothing']),
      home.run(['jobs', 'submit', 'selftest.sleep', 'ms=soon']),
      home.run(['jobs', 'submit', 'photostats', '--params', '{"folder":"/photos"}']),
    ])
    expect(tool.complaint).to.include('tool').and.include('photostats')
    expect(params.complaint).to.include('params.ms must be number')
    expect(several.complaint).to.include('params.path is missing').and.include('params.folder')
    expect([tool.code, params.code, several.code]).to.deep.equal([1, 1, 1])
  })

  it('lists the latest, and says where there are more', async () => {
    const [one, two] = [await submitted(), await submitted()]
    const { out, complaint } = await home.run(['jobs', '--agent', agent.id, '--limit', '1'])
    expect(out.split('\n')[0]).to.match(/^ID +TOOL +STATE +PRIORITY +SUBMITTED +PROGRESS$/)
    expect(out).to.include(two.id).and.not.include(one.id)
    expect(complaint).to.include('the latest 1').and.include('--limit')
    const all = (await home.json(['jobs', 'list', '--agent', agent.id])) as Job[]
    expect(all.map(({ id }) => id)).to.deep.equal([two.id, one.id])
  })

  it('lists nothing for programs where there is nothing', async () => {
    expect(await home.json(['jobs', '--agent', agent.id])).to.deep.equal([])
    const { out, complaint } = await home.run(['jobs', '--state', 'dead'])
    expect(out).to.equal('')
    expect(complaint).to.include('No jobs')
  })

  it('shows one, its log and its result', async () => {
    const { id } = await submitted()
    const attempt = await agent.run()
    await agent.frames(attempt, frames(1, 4))
    await agent.finish(attempt, { output: { files: 4 }, frames: 4 })
    const stored = () => border.get.api.ok('jobLog', { params: { job: id } })
    await border.get.until(async () => (await stored()).items.length === 2)
    const [show, log, result, lines] = await Promise.all([
      home.run(['jobs', 'show', id]),
      home.run(['jobs', 'log', id]),
      home.run(['jobs', 'result', id]),
      home.json(['jobs', 'log', id]) as Promise<LogLine[]>,
    ])
    expect(show.out).to.include('completed').and.include(`attempt 1 on ${agent.id}: completed`)
    expect(log.out).to.match(/^1970\S+Z info {2}line 2\n1970\S+Z info {2}line 4\n$/)
    expect(lines.map(({ text }) => text)).to.deep.equal(['line 2', 'line 4'])
    expect(JSON.parse(result.out)).to.deep.equal({ files: 4 })
  })

  it('has no result to show of one that has not ended', async () => {
    const { id } = await submitted()
    const { code, out, complaint } = await home.run(['jobs', 'result', id])
    expect({ code, out }).to.deep.equal({ code: 1, out: '' })
    expect(complaint).to.include('has not ended yet').and.include('jobs watch')
  })

  it('cancels one that runs, and runs it again', async () => {
    const { id } = await submitted({ say: 'this' })
    const attempt = await agent.run()
    const cancelled = home.run(['jobs', 'cancel', id, '--reason', 'seen enough'])
    expect((await agent.cancel()).reason).to.include('seen enough')
    await agent.finish(attempt, { outcome: 'cancelled' })
    expect((await cancelled).out).to.equal(`${id} is cancelling.\n`)
    const again = (await home.json(['jobs', 'retry', id])) as Job
    expect(again.id).to.not.equal(id)
    expect(again.params).to.deep.equal({ say: 'this' })
  })

  it('says that there is no such job', async () => {
    const unknown = 'job_01m7yj48014w1w9k1r2h454bn7'
    const outcomes = await Promise.all(
      ['show', 'cancel', 'log', 'watch'].map((word) => home.run(['jobs', word, unknown])),
    )
    for (const { code, out, complaint } of outcomes) {
      expect({ code, out }).to.deep.equal({ code: 1, out: '' })
      expect(complaint).to.include('nothing of that id')
    }
  })
})
