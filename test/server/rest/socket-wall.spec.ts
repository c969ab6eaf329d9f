import { expect } from 'chai'
import { randomUUID } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { io } from 'socket.io-client'
import { agentNamespace, protocolVersion } from '#specs/agent-link.ts'
import type { Problem } from '#specs/problem.ts'
import type { Api } from '../../support/api.ts'
import { type ProductSystem, startWhole } from '../../support/product.ts'
import { runFolder } from '../../support/run.ts'
import { TestPage } from '../live/test-page.ts'

/** What an agent with a wrong key is told that says it comes from there. */
async function dial(url: string, forwarded?: string): Promise<Problem> {
  const { promise, resolve } = Promise.withResolvers<Problem>()
  const auth = {
    key: 'agt_key_wrong',
    protocol: protocolVersion,
    installation: 'installation-1',
    boot: 'boot-0001',
  }
  const socket = io(`${url}${agentNamespace}`, {
    auth,
    transports: ['websocket'],
    reconnection: false,
    forceNew: true,
    ...(forwarded !== undefined && { extraHeaders: { 'x-forwarded-for': forwarded } }),
  })
  socket.on('connect_error', (error: Error & { data?: Problem }) => {
    if (error.data) resolve(error.data)
  })
  try {
    return await promise
  } finally {
    socket.close()
  }
}

describe('the socket of agents', function () {
  this.timeout(30_000)

  it('lets them in from their networks only, whatever address they name, before it looks at their key', async () => {
    const server = await startWhole({ SAFELIGHT_AGENTS_FROM: '10.0.0.0/8' })
    try {
      for (const named of [undefined, '10.0.0.1', '10.0.0.1, 10.0.0.1']) {
        const problem = await dial(server.url, named)
        expect(problem).to.include({ code: 'not_allowed', status: 403 })
        expect(problem.detail).to.include('127.0.0.1').and.include('SAFELIGHT_AGENTS_FROM')
      }
    } finally {
      await server.stop()
    }
  })

  it('believes a proxy that it trusts, as far as that itself has seen', async () => {
    const server = await startWhole({
      SAFELIGHT_AGENTS_FROM: '10.0.0.0/8, fd00::/8',
      SAFELIGHT_TRUSTED_PROXIES: '127.0.0.1',
    })
    try {
      expect(await dial(server.url, '10.0.0.1')).to.include({ code: 'not_signed_in' })
      expect(await dial(server.url, '192.0.2.1, fd00::7')).to.include({ code: 'not_signed_in' })
      expect(await dial(server.url, '10.0.0.1, 192.0.2.1')).to.include({ code: 'not_allowed' })
      expect(await dial(server.url)).to.include({ code: 'not_allowed' })
    } finally {
      await server.stop()
    }
  })
})

describe('the socket of pages', function () {
  this.timeout(30_000)
  let file: string
  let server: ProductSystem
  let ada: Api
  before(async () => {
    file = join(runFolder(`policy-${randomUUID()}`), 'policy.json')
    put({ listJobs: 'nobody' })
    server = await startWhole({ SAFELIGHT_POLICY: file })
    ada = await server.firstAdmin()
  })
  after(() => server.stop())

  function put(routes: Readonly<Record<string, string>>): void {
    writeFileSync(file, JSON.stringify({ routes }))
  }

  it('shows nothing that the policy denies, and from a change of it on what it allows', async () => {
    const page = new TestPage(server.url, ada.proof)
    await page.heard.next('connected')
    await page.watch({ topic: 'agents' })
    const denied = await page.try('watch', { topic: 'jobs', query: {} })
    expect(denied).to.deep.include({ ok: false })
    expect(!denied.ok && denied.problem).to.include({ code: 'not_allowed' })
    expect(await ada.refused('listJobs')).to.include({ code: 'not_allowed' })

    put({ listAgents: 'system', pool: 'nobody' })
    await page.heard.next('closed')
    const back = new TestPage(server.url, ada.proof)
    await back.heard.next('connected')
    expect((await back.watch({ topic: 'jobs', query: {} })).topic).to.equal('jobs')
    expect((await back.watch({ topic: 'agents' })).topic).to.equal('agents')
    expect((await back.try('watch', { topic: 'pool' })).ok).to.equal(false)
    expect((await back.try('watch', { topic: 'weather' })).ok).to.equal(false)
    for (const open of [page, back]) open.close()
  })
})
