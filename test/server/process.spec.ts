import { expect } from 'chai'
import { readFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { once } from 'node:events'
import { join } from 'node:path'
import { isAlive } from '#db/embedded/process.ts'
import { failure } from '../support/failure.ts'
import { startServer, type ServerProcess } from '../support/server.ts'

describe('the server process', () => {
  let running: ServerProcess[]
  beforeEach(() => {
    running = []
  })
  afterEach(async () => {
    for (const server of running) if (server.child.exitCode === null) await server.stop()
  })

  async function start(options: Parameters<typeof startServer>[0] = {}): Promise<ServerProcess> {
    const server = await startServer(options)
    running.push(server)
    return server
  }

  it('says where it runs, and is alive and ready there', async () => {
    const server = await start()
    expect(await get(`${server.url}/livez`)).to.deep.equal([200, { alive: true }])
    expect(await get(`${server.url}/readyz`)).to.deep.equal([200, { ready: true, reasons: [] }])
  })

  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    it(`stops its database as well at ${signal}, and ends with 0`, async () => {
      const server = await start()
      const postgres = postgresOf(server)
      expect(await server.stop(signal)).to.equal(0)
      expect(isAlive(postgres)).to.equal(false)
    })
  }

  it('starts again on the same data after it was killed', async () => {
    const first = await start()
    await first.kill()
    const second = await start({ dataDir: first.dataDir })
    expect(postgresOf(second)).to.equal(postgresOf(first))
    expect(second.output.join('\n')).to.include('taking it over')
    expect(await get(`${second.url}/readyz`)).to.deep.equal([200, { ready: true, reasons: [] }])
  })

  it('starts again after both it and its database were killed', async () => {
    const first = await start()
    process.kill(postgresOf(first), 'SIGKILL')
    await first.kill()
    const second = await start({ dataDir: first.dataDir })
    expect(await get(`${second.url}/readyz`)).to.deep.equal([200, { ready: true, reasons: [] }])
  })

  it('stays alive when its database is killed, says why it is not ready, and is ready again by itself', async () => {
    const server = await start()
    process.kill(postgresOf(server), 'SIGKILL')
    const body = await untilStatus(`${server.url}/readyz`, 503)
    expect(body).to.have.property('ready', false)
    expect(JSON.stringify(body)).to.include('database: ')
    expect(await get(`${server.url}/livez`)).to.deep.equal([200, { alive: true }])
    expect(await untilStatus(`${server.url}/readyz`, 200)).to.deep.equal({ ready: true, reasons: [] })
  })

  it('says what to do when its port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const { port } = other.address() as AddressInfo
    const complaint = await failure(startServer({ environment: { PORT: String(port) } }))
    expect(complaint)
      .to.include(`can't listen on 127.0.0.1 port ${port}`)
      .and.include('set PORT to another number')
    other.close()
  })

  it('names every variable of its environment that is not right', async () => {
    const complaint = await failure(
      startServer({ environment: { PORT: 'many', DATABASE_URL: 'mysql://here' } }),
    )
    expect(complaint)
      .to.include('PORT: must be a whole number')
      .and.include('DATABASE_URL: must look like postgresql://')
  })

  it('warns of what is allowed and may not be meant, and starts', async () => {
    const server = await start({ environment: { HOST: '0.0.0.0', SAFELIGHT_QUEUE_MX: '5' } })
    const said = server.output.join('\n')
    expect(said).to.match(/^Warning: nothing reads the variable SAFELIGHT_QUEUE_MX: .*QUEUE_MAX/m)
    expect(said).to.match(/^Warning: HOST=0\.0\.0\.0 lets other machines in, and nothing encrypts/m)
    expect(await get(`${server.url}/livez`)).to.deep.equal([200, { alive: true }])
  })

  it('says which database it can not reach', async () => {
    const complaint = await failure(
      startServer({ environment: { DATABASE_URL: 'postgresql://u:secret@127.0.0.1:1/x' } }),
    )
    expect(complaint).to.include('127.0.0.1:1').and.include('DATABASE_URL').and.not.include('secret')
  })

  it('ends when the program that started it is gone', async () => {
    const server = await startServer({ channel: true })
    running.push(server)
    const exited = once(server.child, 'exit')
    server.child.disconnect()
    expect((await exited)[0]).to.equal(0)
  })
})

function postgresOf(server: ServerProcess): number {
  return Number(readFileSync(join(server.dataDir, 'postgres/data/postmaster.pid'), 'utf8').split('\n')[0])
}

async function get(url: string): Promise<[status: number, body: unknown]> {
  const response = await fetch(url)
  return [response.status, await response.json()]
}

/** Asks until the answer has the status, and returns its body. */
async function untilStatus(url: string, wanted: number): Promise<unknown> {
  for (;;) {
    const [status, body] = await get(url)
    if (status === wanted) return body
  }
}
