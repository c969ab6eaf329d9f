import { expect } from 'chai'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { exitCodes } from '#agent/exit-codes.ts'
import { agentFolder, type AgentProcess, runCommand, startAgent } from './support/agent-process.ts'
import { agentId, ContractServer, testToken } from './support/contract-server.ts'
import { projectDir } from '../support/run.ts'

describe('the command line of an agent', () => {
  let server: ContractServer
  let folder: string
  let running: AgentProcess[]
  beforeEach(async () => {
    running = []
    server = await ContractServer.start()
    folder = agentFolder()
  })
  afterEach(async () => {
    for (const agent of running) {
      agent.signal('SIGKILL')
      await agent.exited
    }
    await server.close()
  })

  async function start(): Promise<AgentProcess> {
    const agent = startAgent({ server: server.url, folder })
    running.push(agent)
    await server.heard.next('hello')
    await agent.says(/connected to/)
    return agent
  }
  const register = (...more: string[]) =>
    runCommand(folder, ['register', '--server', server.url, '--token', testToken, ...more])

  it('registers, keeps what it was told, and starts without being told again', async () => {
    const { code, out } = await register('--name', 'nas', '--root', '/tmp', '--slots', '2')
    expect(code).to.equal(0)
    expect(out).to.include("Registered as 'nas'").and.include('safelight-agent start')
    expect(JSON.parse(readFileSync(join(folder, 'agent.json'), 'utf8'))).to.deep.equal({
      name: 'nas',
      roots: ['/tmp'],
      slots: 2,
    })
    const agent = startAgent({ server: server.url, folder, flags: [] })
    running.push(agent)
    expect((await server.heard.next('hello')).body.facts).to.include({ slots: 2 })
    const secret = readFileSync(join(folder, 'identity.json'), 'utf8')
    expect(JSON.parse(secret)).to.include({ agent: agentId, server: server.url })
  })

  it('is the same installation when it registers again', async () => {
    await register()
    await register()
    const installations = server.heard.all.flatMap((heard) =>
      heard.kind === 'registered' ? [heard.body.installation] : [],
    )
    expect(installations).to.have.length(2)
    expect(installations[0]).to.equal(installations[1])
  })

  it('reads a token from the input or from a file, where no list of processes shows it', async () => {
    const words = ['register', '--server', server.url, '--token']
    expect((await runCommand(folder, [...words, '-'], {}, `${testToken}\n`)).code).to.equal(0)
    writeFileSync(join(folder, 'token'), `${testToken}\n`)
    expect((await runCommand(folder, [...words, `file:${join(folder, 'token')}`])).code).to.equal(0)
  })

  it('does not leave its server unless it is forced to', async () => {
    await register()
    const other = await ContractServer.start()
    const words = ['register', '--server', other.url, '--token', testToken]
    const refused = await runCommand(folder, words)
    expect(refused.code).to.equal(exitCodes.misused)
    expect(refused.complaint).to.include(`is registered with ${server.url}`).and.include('--force')
    expect((await runCommand(folder, [...words, '--force'])).code).to.equal(0)
    await other.close()
  })

  it('shows how the running agent is', async () => {
    await start()
    const offer = server.offer('selftest.hang')
    await server.heard.next('started')
    const { code, out } = await runCommand(folder, ['status'])
    expect(code).to.equal(0)
    expect(out)
      .to.match(/State +connected/)
      .and.include(`${offer.job}, attempt 1: selftest.hang, running`)
    const told = JSON.parse((await runCommand(folder, ['status', '--json'])).out) as { pid: number }
    expect(told).to.include({ agent: agentId, link: 'socket', pid: running[0]?.child.pid })
    expect(JSON.stringify(told)).to.not.include('agt_key_')
  })

  it('says whether it is healthy, by its exit code', async () => {
    expect((await runCommand(folder, ['healthcheck'])).code).to.equal(1)
    const agent = await start()
    expect((await runCommand(folder, ['healthcheck', '--connected'])).code).to.equal(0)
    agent.signal('SIGSTOP')
    const hung = await runCommand(folder, ['healthcheck'])
    agent.signal('SIGCONT')
    expect(hung).to.include({ code: 1 })
    expect(hung.complaint).to.include('does not answer')
    await server.close()
    await agent.says(/cut off from the server/)
    expect((await runCommand(folder, ['healthcheck'])).code).to.equal(0)
    expect((await runCommand(folder, ['healthcheck', '--connected'])).code).to.equal(1)
    await server.comeBack()
  })

  it('runs once on a folder, and again after it was killed', async () => {
    const agent = await start()
    const second = await runCommand(folder, ['start'])
    expect(second.code).to.equal(exitCodes.alreadyRuns)
    expect(second.complaint).to.include('runs on').and.include('--state')
    agent.signal('SIGKILL')
    await agent.exited
    expect((await runCommand(folder, ['status'])).code).to.equal(exitCodes.notRunning)
    await start()
    expect((await runCommand(folder, ['status'])).code).to.equal(0)
  })

  it('tells what it can do, and what it lacks', async () => {
    const { out } = await runCommand(folder, ['capabilities'])
    expect(out).to.match(/no +tool:photostats:1 +it may look into no folder; name one with --root/)
    const all = JSON.parse((await runCommand(folder, ['capabilities', '--json', '--root', '/tmp'])).out) as {
      lacks: unknown
    }[]
    expect(all.every(({ lacks }) => lacks === null)).to.equal(true)
  })

  it('tries everything that it needs, and says what is wrong', async () => {
    await register()
    const good = await runCommand(folder, ['self-test', '--root', folder])
    expect(good.out).to.not.match(/^fail/m)
    expect(good.code).to.equal(0)
    await server.close()
    const bad = await runCommand(folder, ['self-test', '--root', join(folder, 'gone'), '--json'])
    expect(bad.code).to.equal(1)
    const findings = JSON.parse(bad.out) as { check: string; verdict: string; remedy: string }[]
    const failed = findings.filter(({ verdict }) => verdict === 'fail')
    expect(failed.map(({ check }) => check)).to.deep.equal(['server', 'socket', 'roots'])
    expect(failed.every(({ remedy }) => remedy !== '')).to.equal(true)
    await server.comeBack()
  })

  const mistakes: [what: string, words: string[], code: number, says: RegExp][] = [
    ['an unknown command', ['fly'], exitCodes.misused, /unknown command 'fly'/],
    ['an unknown flag', ['start', '--fast'], exitCodes.misused, /unknown option '--fast'/],
    [
      'a wrong number',
      ['start', '--slots', 'many'],
      exitCodes.misused,
      /slots \(from --slots\): must be a whole number/,
    ],
    [
      'too few threads',
      ['start', '--slots', '3', '--threads', '2'],
      exitCodes.misused,
      /3 slots need at least as many threads/,
    ],
    [
      'a start before it is registered',
      ['start'],
      exitCodes.notRegistered,
      /is not registered.*register --server/,
    ],
    ['a registration without a token', ['register'], exitCodes.misused, /a registration token is needed/],
    ['a void token', ['register', '--token', 'old'], exitCodes.failed, /refuses the registration/],
    [
      'a server that is away',
      ['register', '--token', 'x', '--server', 'http://127.0.0.1:59999'],
      exitCodes.unreachable,
      /can't be reached/,
    ],
    ['a drain of nothing', ['drain'], exitCodes.notRunning, /no agent runs on/],
  ]
  for (const [what, words, code, says] of mistakes) {
    it(`says what is wrong with ${what}`, async () => {
      const environment = { SAFELIGHT_AGENT_SERVER: server.url }
      const outcome = await runCommand(folder, words, environment)
      expect(outcome.complaint).to.match(says)
      expect(outcome.code).to.equal(code)
      expect(outcome.out).to.equal('')
    })
  }

  it('says when its folder can not be used', async () => {
    const file = join(folder, 'file')
    writeFileSync(file, '')
    const inFile = await runCommand(file, ['register', '--token', 'x', '--server', server.url])
    expect(inFile.complaint).to.include("can't be used").and.include('--state')
    if (process.platform === 'linux') {
      // A folder there that is there says of what is in it that it is not there.
      const inProc = await runCommand('/proc/none/it', ['start'])
      expect(inProc.complaint).to.include("/proc/none/it can't be used").and.include('--state')
      expect(inProc.code).to.equal(exitCodes.failed)
    }
    const deep = join(folder, 'x'.repeat(120))
    mkdirSync(deep)
    expect((await runCommand(deep, ['status'])).complaint).to.include('too long a path for a socket')
  })

  it('never prints a secret', async () => {
    const { out } = await runCommand(folder, ['config'], { SAFELIGHT_AGENT_TOKEN: 'art_secret' })
    expect(out).to.match(/token +\(hidden\) +\(SAFELIGHT_AGENT_TOKEN\)/)
    expect(out).to.not.include('art_secret')
  })

  it('has a table of exit codes that says what the code does', () => {
    const table = readFileSync(join(projectDir, 'agent/README.md'), 'utf8')
    for (const [name, code] of Object.entries(exitCodes))
      expect(table).to.match(new RegExp(`\\| ${code} \\| \`${name}\``))
  })

  it('can be started by its own file', () => {
    expect(existsSync(join(projectDir, 'bin/safelight-agent.mjs'))).to.equal(true)
  })
})
