import { expect } from 'chai'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync, readlinkSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { newId } from '#specs/ids.ts'
import { projectDir } from '../support/run.ts'
import { agentFolder, type AgentProcess, startAgent } from './support/agent-process.ts'
import { agentId, ContractServer, offerOf } from './support/contract-server.ts'

describe('an agent and its server', () => {
  let server: ContractServer
  let running: AgentProcess[]
  beforeEach(async () => {
    running = []
    server = await ContractServer.start()
  })
  afterEach(async () => {
    for (const agent of running) {
      agent.signal('SIGCONT')
      agent.signal('SIGKILL')
      await agent.exited
    }
    await server.close()
    expect(server.violations).to.deep.equal([])
  })

  async function start(
    options: Omit<Parameters<typeof startAgent>[0], 'server'> = {},
  ): Promise<AgentProcess> {
    const agent = startAgent({ server: server.url, ...options })
    running.push(agent)
    await server.heard.next('hello')
    return agent
  }

  it('tells what it is and what it can do', async () => {
    await start({ flags: ['--root', '/tmp', '--tag', 'room=dark', '--slots', '2'] })
    const hello = server.heard.all.find((heard) => heard.kind === 'hello')
    expect(hello?.body.facts).to.deep.include({ roots: ['/tmp'], slots: 2 })
    expect(hello?.body.facts.capabilities).to.include.members([
      'fs:local',
      'tool:photostats:1',
      'tool:selftest.map:1',
    ])
    expect(server.heard.all[0]).to.have.nested.property('body.tags').that.deep.equals(['room=dark'])
  })

  it('says by a socket and by HTTP alike what program calls', async () => {
    await start()
    const { version } = JSON.parse(readFileSync(join(projectDir, 'package.json'), 'utf8')) as {
      version: string
    }
    const self = `safelight-agent/${version} (${process.platform} ${process.arch})`
    expect([...server.userAgents]).to.have.members([`http: ${self}`, `socket: ${self}`])
  })

  it('claims nothing that needs folders when it has none', async () => {
    await start()
    const hello = server.heard.all.find((heard) => heard.kind === 'hello')
    expect(hello?.body.facts.capabilities).to.not.include('tool:photostats:1')
  })

  it('goes on with its job when it is cut off for less than its lease, and tells what was missed', async () => {
    await start()
    const offer = server.offer('selftest.progress', { steps: 60, everyMs: 20 })
    await server.heard.next('frames')
    server.cut()
    const { body } = await server.heard.next('hello')
    expect(body.running).to.deep.equal([{ job: offer.job, attempt: 1 }])
    const finish = await server.finishOf(offer)
    expect(finish.outcome).to.equal('completed')
    const seqs = new Set(server.framesOf(offer).map(({ seq }) => seq))
    expect([...seqs]).to.deep.equal(Array.from({ length: finish.frames }, (_, index) => index + 1))
    const starts = server.heard.all.filter((heard) => heard.kind === 'started')
    expect(starts).to.have.length(1)
  })

  it('is the same boot after a cut, and another one after a start', async () => {
    const agent = await start()
    server.cut()
    await server.heard.next('hello')
    agent.signal('SIGKILL')
    await agent.exited
    await start({ folder: agent.folder })
    const boots = server.heard.all.flatMap((heard) => (heard.kind === 'connected' ? [heard.boot] : []))
    expect(boots).to.have.length(3)
    expect(boots[1]).to.equal(boots[0])
    expect(boots[2]).to.not.equal(boots[0])
  })

  it('comes back by itself when the server does, for as long as it takes', async () => {
    const agent = await start()
    await server.close()
    await agent.says(/no connection to .*Trying on for ever/)
    await server.comeBack()
    await server.heard.next('hello')
    expect((await server.finishOf(server.offer('selftest.echo'))).outcome).to.equal('completed')
  })

  it('stops what it runs once it is cut off for longer than its lease', async () => {
    server.terms = { heartbeatMs: 100, leaseMs: 400 }
    const agent = await start()
    const offer = server.offer('selftest.sleep', { ms: 60_000 })
    await server.heard.next('started')
    await server.close()
    await agent.says(new RegExp(`${offer.job}, attempt 1 is dropped: the server was not heard for 400 ms`))
    await server.comeBack()
    expect((await server.heard.next('hello')).body.running).to.deep.equal([])
  })

  it('stops what it runs when it was stopped itself for longer than its lease', async () => {
    server.terms = { heartbeatMs: 100, leaseMs: 1_500 }
    const agent = await start()
    const offer = server.offer('selftest.sleep', { ms: 60_000 })
    await server.heard.next('started')
    agent.signal('SIGSTOP')
    const before = server.heard.all.length
    await passed(2_500)
    agent.signal('SIGCONT')
    await agent.says(new RegExp(`${offer.job}, attempt 1 is dropped: the server was not heard`))
    const dropped = server.heard.all.length
    await server.finishOf(server.offer('selftest.echo'))
    const beats = server.heard.all
      .slice(dropped)
      .flatMap((heard) => (heard.kind === 'beat' ? [heard.body.running] : []))
    expect(beats.flat().some(({ job }) => job === offer.job)).to.equal(false)
    expect(server.heard.all.slice(before, dropped).some((heard) => heard.kind === 'finish')).to.equal(false)
  })

  it('does not take a server for lost that says no', async () => {
    server.terms = { heartbeatMs: 100, leaseMs: 1_000 }
    server.answers.beat = () => 'unavailable'
    await start()
    const offer = server.offer('selftest.sleep', { ms: 2_000 })
    expect((await server.finishOf(offer)).outcome).to.equal('completed')
  })

  it('registers by itself as soon as there is a server', async () => {
    await server.close()
    const agent = startAgent({ server: server.url })
    running.push(agent)
    await agent.says(/not registered yet: .*can't be reached/)
    await server.comeBack()
    await server.heard.next('registered')
    await server.heard.next('hello')
  })

  it('takes no harm from words that it does not understand', async () => {
    const agent = await start()
    for (const word of ['offer', 'cancel', 'drain', 'replay', 'probe', 'dismissed', 'dance'])
      for (const body of [null, 7, 'text', [], { job: 'job_1', attempt: -1 }, { reason: 4 }])
        server.say(word, body)
    await agent.says(/the server said 'dismissed' in a way that was not agreed upon/)
    expect((await server.finishOf(server.offer('selftest.echo'))).outcome).to.equal('completed')
  })

  it('looks for another way when the server does not answer any more', async () => {
    server.terms = { heartbeatMs: 100, leaseMs: 60_000 }
    const agent = await start()
    server.answers.beat = () => null
    await agent.says(/cut off from the server/)
    delete server.answers.beat
    await server.heard.next('hello')
  })

  it('stops what the server does not let it go on with', async () => {
    const agent = await start()
    const offer = server.offer('selftest.sleep', { ms: 60_000 })
    await server.heard.next('started')
    server.keep = () => []
    server.cut()
    await agent.says(new RegExp(`${offer.job}, attempt 1 is dropped: the server has given it up`))
  })

  it('hears an offer that comes before the welcome', async () => {
    server.answers.hello = async () => {
      const offer = server.offer('selftest.echo', { say: 'early' })
      delete server.answers.hello
      return {
        agent: agentId,
        name: 'studio',
        now: 0,
        ...server.terms,
        draining: false,
        keep: [],
        early: offer.job,
      }
    }
    await start()
    expect((await server.heard.next('finish')).body.output).to.equal('early')
  })

  describe('with a result', () => {
    it('keeps it while the server is away, also over its own death', async () => {
      server.answers.finish = () => null
      const agent = await start()
      const offer = server.offer('selftest.echo', { say: 'kept' })
      await server.heard.next('finish')
      await server.close()
      agent.signal('SIGKILL')
      await agent.exited
      expect(readdirSync(join(agent.folder, 'spool'))).to.deep.equal([`${offer.job}.1.json`])

      delete server.answers.finish
      await server.comeBack()
      await start({ folder: agent.folder })
      expect((await server.finishOf(offer)).output).to.equal('kept')
      await (running.at(-1) as AgentProcess).says(/attempt 1: completed/)
      expect(readdirSync(join(agent.folder, 'spool'))).to.deep.equal([])
    })

    it('says that it holds it until the server has answered', async () => {
      server.answers.finish = () => null
      await start()
      const { job, attempt } = server.offer('selftest.echo')
      await server.heard.next('finish')
      const { body } = await server.heard.next('beat')
      expect(body.running).to.deep.equal([{ job, attempt }])
      server.cut()
      expect((await server.heard.next('hello')).body.running).to.deep.equal([{ job, attempt }])
      delete server.answers.finish
      expect((await server.heard.next('finish')).body.job).to.equal(job)
    })

    it('hands it in again after the server could not take it', async () => {
      server.answers.finish = () => 'unavailable'
      const agent = await start()
      const offer = server.offer('selftest.echo')
      await agent.says(/is put off/)
      delete server.answers.finish
      await server.finishOf(offer)
      await agent.says(/attempt 1: completed/)
    })

    it('drops it when it is too late, and says so', async () => {
      server.answers.finish = () => ({ accepted: false, reason: 'attempt 2 has it' })
      const agent = await start()
      const offer = server.offer('selftest.echo')
      await agent.says(new RegExp(`the late result of ${offer.job}, attempt 1 is dropped: attempt 2 has it`))
      expect(readdirSync(join(agent.folder, 'spool'))).to.deep.equal([])
    })

    it('drops it when the server can never take it', async () => {
      server.answers.finish = () => 'not_found'
      const agent = await start()
      const offer = server.offer('selftest.echo')
      await agent.says(new RegExp(`the result of ${offer.job}, attempt 1 is dropped`))
      expect(readdirSync(join(agent.folder, 'spool'))).to.deep.equal([])
    })

    it('puts a damaged one aside and leaves no half-written one', async () => {
      const folder = agentFolder()
      const first = await start({ folder })
      first.signal('SIGTERM')
      await first.exited
      writeFileSync(join(folder, 'spool', `${newId('job')}.1.json`), '{"half')
      writeFileSync(join(folder, 'spool', `${newId('job')}.1.json.tmp`), '{')
      const second = await start({ folder })
      await second.says(/is damaged and put aside/)
      expect(readdirSync(join(folder, 'spool')).every((name) => name.endsWith('.damaged'))).to.equal(true)
    })
  })

  describe('that does not want it', () => {
    it('ends with 11 when it is dismissed', async () => {
      const agent = await start()
      server.offer('selftest.hang')
      await server.heard.next('started')
      server.say('dismissed', { reason: 'its key was revoked' })
      await agent.says(/ended for good: its key was revoked/)
      expect(await agent.exited).to.equal(11)
    })

    it('ends with 11 when its key is void', async () => {
      const agent = await start()
      server.refuseSockets = 'not_signed_in'
      server.cut()
      expect(await agent.exited).to.equal(11)
    })

    it('ends with 13 when it is too old', async () => {
      const agent = await start()
      server.refuseSockets = 'unsupported_version'
      server.cut()
      expect(await agent.exited).to.equal(13)
    })

    it('tries again when the server only has no time', async () => {
      server.refuseSockets = 'unavailable'
      const agent = startAgent({ server: server.url })
      running.push(agent)
      await agent.says(/no connection/)
      server.refuseSockets = null
      await server.heard.next('hello')
    })
  })

  describe('without a socket', () => {
    it('does with single calls after two that it could not have', async () => {
      server.terms = { heartbeatMs: 10_000, leaseMs: 60_000 }
      server.noSockets = true
      const agent = await start()
      await agent.says(/connected to .*without a socket/)
      expect(server.socketsMissed).to.equal(2)
    })

    it('works by single calls, until a socket can be had', async () => {
      server.noSockets = true
      const agent = await start()
      await agent.says(/connected to .*without a socket/)
      const offer = offerOf('selftest.progress', { steps: 3, everyMs: 10 })
      server.offersForHttp.push(offer)
      expect(await server.finishOf(offer)).to.include({ outcome: 'completed' })
      expect(server.framesOf(offer).length).to.be.greaterThan(0)

      const unknown = offerOf('develop.film')
      server.offersForHttp.push(unknown)
      const { way: called, body: declined } = await server.heard.next('decline')
      expect([called, declined]).to.deep.equal([
        'http',
        { job: unknown.job, attempt: 1, reason: "the agent has no tool 'develop.film'" },
      ])

      const long = offerOf('selftest.sleep', { ms: 60_000 })
      server.offersForHttp.push(long)
      await server.heard.next('started')
      server.cancelsForHttp.push({ job: long.job, attempt: 1, graceMs: 1_000, reason: 'enough' })
      expect(await server.finishOf(long)).to.include({ outcome: 'cancelled' })

      server.noSockets = false
      await server.heard.next('connected')
      const { way } = await server.heard.next('hello')
      expect(way).to.equal('socket')
      expect(await server.finishOf(server.offer('selftest.echo'))).to.include({ outcome: 'completed' })
    })
  })

  it('asks for work where nothing is offered', async () => {
    server.pull = true
    const offer = offerOf('selftest.echo')
    server.answers.claim = () => {
      delete server.answers.claim
      return { offers: [offer] }
    }
    await start()
    expect((await server.heard.next('claim')).body).to.deep.equal({ free: 1 })
    await server.finishOf(offer)
    await server.heard.next('claim')
  })

  it('keeps its key where only its user can read it', async function () {
    if (process.platform === 'win32') return
    const agent = await start()
    expect(statSync(agent.folder).mode & 0o777).to.equal(0o700)
    expect(statSync(join(agent.folder, 'identity.json')).mode & 0o777).to.equal(0o600)
    expect(readFileSync(`/proc/${agent.child.pid}/cmdline`, 'utf8')).to.not.include('agt_key_')
  })

  it('opens no port', async function () {
    if (process.platform !== 'linux') return
    const agent = await start()
    expect(listeningPorts(agent.child.pid ?? 0)).to.deep.equal([])
  })
})

/** Real time for a process that is stopped: nothing in it can say when it has passed. */
async function passed(ms: number): Promise<void> {
  await once(spawn('sleep', [String(ms / 1_000)]), 'exit')
}

/** Addresses on which a process listens, from what the kernel says. */
function listeningPorts(pid: number): string[] {
  const own = new Set(
    readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      try {
        return [readlinkSync(`/proc/${pid}/fd/${fd}`)]
      } catch {
        return []
      }
    }),
  )
  return ['tcp', 'tcp6', 'udp', 'udp6'].flatMap((kind) =>
    readFileSync(`/proc/${pid}/net/${kind}`, 'utf8')
      .split('\n')
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
      .filter(
        ([, , , state, , , , , , inode]) =>
          (state === '0A' || kind.startsWith('udp')) && own.has(`socket:[${inode}]`),
      )
      .map(([, address]) => `${kind} ${address}`),
  )
}
