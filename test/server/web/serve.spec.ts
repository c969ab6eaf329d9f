import { expect } from 'chai'
import express from 'express'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer, get, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { compressAll } from '#server/web-build/compress.ts'
import { webRouter } from '#server/web.ts'
import { runFolder } from '../../support/run.ts'

const script = `console.log('${'photo '.repeat(400)}')`
const page = `<!doctype html><script>let theme</script>${'<p>a page</p>'.repeat(100)}`

describe('the served dashboard', () => {
  let server: Server
  before(async () => {
    const folder = runFolder('web-serve')
    mkdirSync(join(folder, 'media'))
    writeFileSync(join(folder, 'index.html'), page)
    writeFileSync(join(folder, 'main-ABCD1234.js'), script)
    writeFileSync(join(folder, 'media/lamp.svg'), '<svg/>')
    writeFileSync(join(folder, 'built-from'), 'a fingerprint')
    await compressAll(folder)
    server = await listen(folder)
  })
  after(() => server.close())

  it('has the page for every screen', async () => {
    for (const path of ['/app', '/app/', '/app/agents/agt_1?sort=name', '/app/index.html', '/app/a.b']) {
      const { status, text, headers } = await ask(server, path)
      expect([path, status, text]).to.deep.equal([path, 200, page])
      expect(headers['content-type']).to.equal('text/html; charset=utf-8')
      expect(headers['cache-control']).to.equal('no-cache')
    }
  })

  it('is where the way in leads', async () => {
    const { status, headers } = await ask(server, '/')
    expect([status, headers.location]).to.deep.equal([302, '/app/'])
  })

  it('lets what has a hash in its name be kept for good, and nothing else', async () => {
    const hashed = await ask(server, '/app/main-ABCD1234.js')
    expect(hashed.headers['cache-control']).to.equal('public, max-age=31536000, immutable')
    const plain = await ask(server, '/app/media/lamp.svg')
    expect(plain.headers['cache-control']).to.equal('no-cache')
    expect(plain.headers['content-type']).to.equal('image/svg+xml')
  })

  it('is compressed as the browser can take it', async () => {
    const cases = [
      ['gzip, br', 'br', (body: Buffer) => brotliDecompressSync(body).toString()],
      ['gzip', 'gzip', (body: Buffer) => gunzipSync(body).toString()],
      ['', undefined, (body: Buffer) => body.toString()],
      ['br;q=0', undefined, (body: Buffer) => body.toString()],
    ] as const
    for (const [accepts, coding, read] of cases) {
      const { headers, body } = await ask(server, '/app/main-ABCD1234.js', { 'accept-encoding': accepts })
      expect(headers['content-encoding']).to.equal(coding)
      expect(headers.vary).to.equal('accept-encoding')
      expect(read(body)).to.equal(script)
    }
  })

  it('is not sent again to whoever has it', async () => {
    const { headers } = await ask(server, '/app/')
    const again = await ask(server, '/app/jobs', { 'if-none-match': String(headers.etag) })
    expect([again.status, again.body.length]).to.deep.equal([304, 0])
    const packed = await ask(server, '/app/', { 'accept-encoding': 'br' })
    expect(packed.headers.etag).not.to.equal(headers.etag)
  })

  it('allows the scripts of its page and no others, no styles in the page, and no frame around it', async () => {
    const { headers } = await ask(server, '/app/')
    const policy = String(headers['content-security-policy'])
    expect(policy).to.match(/script-src 'self' 'sha256-[A-Za-z0-9+/]{43}=';/)
    expect(policy).to.contain("style-src 'self';")
    expect(policy).to.contain("frame-ancestors 'none'")
    expect(policy).not.to.contain('unsafe')
  })

  it('has no page in the place of a script that is gone', async () => {
    const { status } = await ask(server, '/app/main-OLD45678.js')
    expect(status).to.equal(404)
  })

  it('gives nothing out but its own files', async () => {
    for (const path of [
      '/app/built-from',
      '/app/../package.json',
      '/app/%2e%2e/package.json',
      '/app/main-ABCD1234.js.br',
    ]) {
      const { text } = await ask(server, path)
      expect(text === page || text.includes('Cannot GET')).to.equal(true)
    }
  })

  it('answers HEAD with what GET would, without the body', async () => {
    const { status, headers, body } = await ask(server, '/app/', {}, 'HEAD')
    expect([status, body.length]).to.deep.equal([200, 0])
    expect(headers.etag).to.be.a('string')
  })
})

describe('a dashboard that is not built', () => {
  it('says what to do', async () => {
    const server = await listen(join(runFolder('web-none'), 'nothing'))
    const { status, text } = await ask(server, '/app/jobs')
    server.close()
    expect(status).to.equal(503)
    expect(text).to.contain('npm run build:web')
  })
})

async function listen(folder: string): Promise<Server> {
  const app = express()
  app.use(await webRouter(folder))
  const server = createServer(app).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}

async function ask(server: Server, path: string, headers: Record<string, string> = {}, method = 'GET') {
  const { port } = server.address() as AddressInfo
  const request = get({ port, host: '127.0.0.1', path, headers, method, agent: false })
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  const parts: Buffer[] = []
  for await (const part of response) parts.push(part as Buffer)
  const body = Buffer.concat(parts)
  return { status: response.statusCode, headers: response.headers, body, text: body.toString() }
}
