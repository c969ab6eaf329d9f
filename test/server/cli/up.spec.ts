import { expect } from 'chai'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { isAlive } from '#db/embedded/process.ts'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Api } from '../../support/api.ts'
import { password } from '../../support/rest.ts'
import { times } from '../../system/fleet.ts'
import { Home, pressCtrlC, type Running } from './command.ts'

const email = 'ada@example.org'

describe('safelight up', function () {
  this.timeout(60_000)
  const home = new Home()
  const dataDir = join(home.folder, 'data')
  let url: string
  let running: Running[]
  before(async () => {
    url = `http://127.0.0.1:${await freePort()}`
  })
  beforeEach(() => {
    running = []
  })
  afterEach(async () => {
    for (const { child, ended } of running) {
      if (child.exitCode === null && child.signalCode === null) pressCtrlC(child)
      await ended
    }
  })

  function start(): Running {
    const { port } = new URL(url)
    const environment = { ...times, PORT: port, DATA_DIR: dataDir, SAFELIGHT_LOCAL_ROOTS: home.folder }
    const up = home.start(['up'], environment)
    running.push(up)
    return up
  }
  const postgres = () =>
    Number(readFileSync(join(dataDir, 'postgres/data/postmaster.pid'), 'utf8').split('\n')[0])

  it('on a new folder says where to look, and ends at Ctrl-C with all that it has started', async () => {
    const up = start()
    await up.says(/^Nobody is here yet\. Open this once/)
    await up.says(new RegExp(`^Safelight runs at ${url}$`))
    await up.says(/Ctrl-C stops it/)
    const database = postgres()
    pressCtrlC(up.child)
    const { code, complaint } = await up.ended
    expect({ code, complaint }).to.deep.equal({ code: 0, complaint: '' })
    expect(isAlive(database)).to.equal(false)
  })

  it('starts again after it was killed, and whoever watches a job sees its end', async () => {
    const up = start()
    const link = await up.says(/#token=\S+/)
    await up.says(/Ctrl-C stops it/)
    const token = /#token=(\S+)/.exec(link)?.[1] ?? ''
    await new Api(url).ok('welcome', { body: { token, email, name: 'Ada', password, team: 'A' } })
    await home.run(['sign-in', '--url', url, '--email', email], { SAFELIGHT_PASSWORD: password })
    const watching = home.start(['jobs', 'submit', 'selftest.progress', 'steps=3', 'everyMs=700', '--watch'])
    await watching.says(/step 1 of 3/)
    up.child.kill('SIGKILL')
    await watching.says(/^The server does not answer; trying again\.$/)
    await start().says(/Ctrl-C stops it/)
    const { code, out, complaint } = await watching.ended
    expect(complaint).to.include('The server is there again.')
    expect(JSON.parse(out)).to.deep.equal({ steps: 3 })
    expect(code).to.equal(0)
  })

  it('says what to do where its port is taken', async () => {
    const other = createServer().listen(Number(new URL(url).port), '127.0.0.1')
    await once(other, 'listening')
    const { code, complaint } = await start().ended
    expect(complaint).to.include('another program has it').and.include('set PORT')
    expect(code).to.equal(1)
    other.close()
  })
})

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
