import { expect } from 'chai'
import type { Frame } from '#specs/agent-link.ts'
import type { JobDetail } from '#specs/jobs.ts'
import { useBorder } from '../link/border.ts'
import { frames, type TestAgent } from '../link/test-agent.ts'
import { type Home, pressCtrlC, signedIn } from './command.ts'
import { startRelay } from './relay.ts'

describe('watching a job from the command line', () => {
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
  const submit = (...more: string[]) =>
    home.start(['jobs', 'submit', 'selftest.echo', '--agent', agent.id, '--watch', ...more])
  const logged = (seq: number, text: string): Frame => ({ type: 'log', seq, at: 1, level: 'warn', text })

  it('tells on the way what happens, and in the end what was found', async () => {
    const watching = submit()
    const attempt = await agent.run()
    await watching.says(/^running$/)
    await agent.frames(attempt, frames(1, 2))
    await watching.says(/line 2/)
    await agent.finish(attempt, { output: { files: 4 }, frames: 2 })
    const { code, out, complaint } = await watching.ended
    expect(JSON.parse(out)).to.deep.equal({ files: 4 })
    expect(complaint.split('\n')).to.include.members([
      `${attempt.job} is submitted.`,
      'running',
      'walk: 1 of 100 (1 %)',
      'info: line 2',
      'completed',
    ])
    expect(code).to.equal(0)
  })

  it('is plain text where nobody sits at a terminal', async () => {
    const watching = submit()
    const attempt = await agent.run()
    await agent.frames(attempt, [logged(1, 'a name \u001b[2J of a file\r\u009b1m')])
    await agent.finish(attempt, { output: '\u009b2J', frames: 1 })
    const { out, complaint } = await watching.ended
    expect(complaint).to.include('warn: a name \\u001b[2J of a file\\u000d\\u009b1m\n')
    expect(JSON.parse(out)).to.equal('\u009b2J')
    expect(out + complaint).to.match(/^[\n\u0020-\u007e]*$/)
  })

  it('tells what was said before somebody watched', async () => {
    const { id } = await border.get.api.ok('submitJob', { body: { tool: 'selftest.echo', agent: agent.id } })
    const attempt = await agent.run()
    await agent.frames(attempt, frames(1, 4))
    const watching = home.start(['jobs', 'watch', id])
    await watching.says(/line 4/)
    await agent.finish(attempt, { frames: 4 })
    expect((await watching.ended).complaint).to.match(/info: line 2\n.*info: line 4\n/s)
  })

  it('is one JSON for programs, the job with its output', async () => {
    const watching = submit('--json')
    await agent.finish(await agent.run(), { outcome: 'partial', output: { files: 4 } })
    const { code, out, complaint } = await watching.ended
    expect(JSON.parse(out)).to.deep.include({ state: 'partial', output: { files: 4 } })
    expect({ code, complaint }).to.deep.equal({ code: 0, complaint: '' })
  })

  it('ends with 1 where the job has failed, and says why', async () => {
    const watching = submit('--json')
    const attempt = await agent.run()
    await agent.finish(attempt, { outcome: 'failed', error: { class: 'fatal', message: 'no such disk' } })
    const { code, out, complaint } = await watching.ended
    expect(JSON.parse(out)).to.include({ state: 'failed', output: null })
    expect(complaint).to.equal(`safelight: ${attempt.job} has ended as failed: fatal: no such disk\n`)
    expect(code).to.equal(1)
  })

  it('ends with 1 where the job was cancelled, and says why', async () => {
    const watching = submit()
    const attempt = await agent.run()
    const cancelling = { params: { job: attempt.job }, body: { reason: 'seen enough' } }
    await border.get.api.ok('cancelJob', cancelling)
    await agent.finish(attempt, { outcome: 'cancelled' })
    const { code, out, complaint } = await watching.ended
    expect(complaint).to.include(`${attempt.job} has ended as cancelled: seen enough`)
    expect({ code, out }).to.deep.equal({ code: 1, out: '' })
  })

  it('ends with 130 at Ctrl-C, and the job goes on', async () => {
    const watching = submit()
    const attempt = await agent.run()
    await watching.says(/^running$/)
    pressCtrlC(watching.child)
    const { code, out, complaint } = await watching.ended
    expect(complaint)
      .to.include(`${attempt.job} goes on`)
      .and.include(`safelight jobs watch ${attempt.job}`)
      .and.include(`safelight jobs cancel ${attempt.job}`)
    expect({ code, out }).to.deep.equal({ code: 130, out: '' })
    expect((await jobOf(attempt.job)).state).to.equal('running')
    await agent.finish(attempt)
  })

  it('waits for a server that is away, and tells all that was said meanwhile', async () => {
    await using relay = await startRelay(border.get.server.url)
    const watching = submit('--url', relay.url)
    const attempt = await agent.run()
    await agent.frames(attempt, frames(1, 2))
    await watching.says(/line 2/)
    await relay.shut()
    await watching.says(/^The server does not answer; trying again\.$/)
    await agent.frames(attempt, frames(3, 6))
    await relay.open()
    await watching.says(/^The server is there again\.$/)
    await agent.finish(attempt, { frames: 6 })
    const { code, out, complaint } = await watching.ended
    const lines = complaint.split('\n').filter((line) => line.startsWith('info'))
    expect(lines).to.deep.equal(['info: line 2', 'info: line 4', 'info: line 6'])
    expect({ code, out }).to.deep.equal({ code: 0, out: '"done"\n' })
  })

  it('ends where the token is made void', async () => {
    const { secret, token } = await border.get.api.ok('makeToken', {
      body: { name: 'short', scopes: ['read'] },
    })
    const { id } = await border.get.api.ok('submitJob', { body: { tool: 'selftest.echo', agent: agent.id } })
    const attempt = await agent.run()
    const watching = home.start(['jobs', 'watch', id, '--token', secret])
    await watching.says(/^running$/)
    await border.get.api.ok('removeToken', { params: { token: token.id } })
    const { code, complaint } = await watching.ended
    expect(complaint).to.include('safelight: The session has ended. Sign in again.')
    expect(code).to.equal(1)
    await agent.finish(attempt)
  })

  it('of one that has ended shows its end', async () => {
    const { id } = await border.get.api.ok('submitJob', { body: { tool: 'selftest.echo', agent: agent.id } })
    await agent.finish(await agent.run(), { output: 'found' })
    expect(await home.json(['jobs', 'watch', id])).to.include({ id, output: 'found' } satisfies Partial<
      JobDetail & { output: unknown }
    >)
  })
})
