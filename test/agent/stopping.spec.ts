import { expect } from 'chai'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { type AgentProcess, runCommand, startAgent } from './support/agent-process.ts'
import { ContractServer } from './support/contract-server.ts'

describe('an agent that is told to stop', () => {
  let server: ContractServer
  let agent: AgentProcess
  beforeEach(async () => {
    server = await ContractServer.start()
  })
  afterEach(async () => {
    agent.signal('SIGKILL')
    await agent.exited
    await server.close()
    expect(server.violations).to.deep.equal([])
  })

  async function start(...flags: string[]): Promise<void> {
    agent = startAgent({ server: server.url, flags })
    await server.heard.next('hello')
  }

  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    it(`ends at once with 0 when it is idle (${signal})`, async () => {
      await start()
      agent.signal(signal)
      expect(await agent.exited).to.equal(0)
      const last = server.heard.all.flatMap((heard) => (heard.kind === 'beat' ? [heard.body] : [])).at(-1)
      expect(last).to.deep.include({ draining: true, leaving: true, running: [] })
    })
  }

  it('finishes its job first, takes no other, and keeps beating', async () => {
    await start('--slots', '2')
    const offer = server.offer('selftest.sleep', { ms: 1_200 })
    await server.heard.next('started')
    agent.signal('SIGTERM')
    await agent.says(/draining: told by SIGTERM/)
    server.offer('selftest.echo')
    expect((await server.heard.next('decline')).body).to.include({ reason: 'the agent is draining' })
    const from = server.heard.all.length
    expect((await server.finishOf(offer)).outcome).to.equal('completed')
    expect(await agent.exited).to.equal(0)
    const beats = server.heard.all.slice(from).flatMap((heard) => (heard.kind === 'beat' ? [heard.body] : []))
    expect(beats.length).to.be.at.least(3)
    expect(beats.every(({ draining }) => draining)).to.equal(true)
    expect(beats.findIndex(({ leaving }) => leaving)).to.equal(beats.length - 1)
  })

  it('gives its job back when the time to drain is over', async () => {
    await start('--drain-ms', '200')
    const offer = server.offer('selftest.sleep', { ms: 60_000 })
    await server.heard.next('started')
    agent.signal('SIGTERM')
    expect(await server.finishOf(offer)).to.deep.include({
      outcome: 'failed',
      error: { class: 'lost', message: 'the agent was told to stop' },
    })
    expect(await agent.exited).to.equal(0)
  })

  it('gives back a job that does not listen, too', async () => {
    await start('--drain-ms', '0')
    const offer = server.offer('selftest.hang', { busy: true })
    await server.heard.next('started')
    agent.signal('SIGTERM')
    expect((await server.finishOf(offer)).error?.class).to.equal('lost')
    expect(await agent.exited).to.equal(0)
  })

  it('ends at once when it is told a second time', async () => {
    await start()
    server.offer('selftest.hang')
    await server.heard.next('started')
    agent.signal('SIGTERM')
    const insisting = setIntervalUntil(agent.exited, () => agent.signal('SIGTERM'))
    expect(await agent.exited).to.equal(143)
    insisting.stop()
  })

  it('ends when whoever started it is gone', async () => {
    agent = startAgent({ server: server.url, channel: true })
    await server.heard.next('hello')
    agent.child.disconnect()
    expect(await agent.exited).to.equal(0)
  })

  it('does not wait for a server that is away, and keeps the result', async () => {
    server.answers.finish = () => null
    await start('--drain-ms', '300')
    const offer = server.offer('selftest.echo')
    await server.heard.next('finish')
    await server.close()
    agent.signal('SIGTERM')
    expect(await agent.exited).to.equal(0)
    expect(readdirSync(join(agent.folder, 'spool'))).to.deep.equal([`${offer.job}.1.json`])
    await server.comeBack()
  })

  it('finishes and ends when the server has it drained', async () => {
    await start()
    const offer = server.offer('selftest.sleep', { ms: 500 })
    await server.heard.next('started')
    server.say('drain', { reason: 'maintenance' })
    await agent.says(/draining: maintenance/)
    expect((await server.finishOf(offer)).outcome).to.equal('completed')
    expect(await agent.exited).to.equal(0)
  })

  it('ends when the server says with a heartbeat that it is draining', async () => {
    await start()
    server.draining = true
    expect(await agent.exited).to.equal(0)
  })

  it('finishes and ends when it is asked to on its machine', async () => {
    await start()
    const offer = server.offer('selftest.sleep', { ms: 800 })
    await server.heard.next('started')
    const asked = runCommand(agent.folder, ['drain', '--wait'])
    expect((await server.finishOf(offer)).outcome).to.equal('completed')
    expect(await agent.exited).to.equal(0)
    expect(await asked).to.deep.equal({ code: 0, out: 'It has ended.\n', complaint: '' })
  })
})

/** People who press a key again and again until something happens. */
function setIntervalUntil(done: Promise<unknown>, press: () => void): { stop(): void } {
  let stopped = false
  const again = async () => {
    while (!stopped) {
      press()
      await Promise.race([done, new Promise((resolve) => setImmediate(resolve))])
    }
  }
  void again()
  return {
    stop() {
      stopped = true
    },
  }
}
