import { expect } from 'chai'
import { checkReadiness } from '#server/readiness.ts'

describe('readiness', () => {
  it('holds when every check does', async () => {
    const checks = { database: async () => {}, node: async () => {} }
    expect(await checkReadiness(checks, 1_000)).to.deep.equal({ ready: true, reasons: [] })
  })

  it('names every check that fails, with its reason', async () => {
    const checks = {
      database: () => Promise.reject(new Error('connection refused')),
      node: () => Promise.reject(new Error('not joined')),
      disk: async () => {},
    }
    const reasons = ['database: connection refused', 'node: not joined']
    expect(await checkReadiness(checks, 1_000)).to.deep.equal({ ready: false, reasons })
  })

  it('holds with a warning where something works, only not well', async () => {
    const checks = { database: async () => {} }
    const warnings = { 'other servers': () => 'notifications do not arrive', disk: () => null }
    expect(await checkReadiness(checks, 1_000, warnings)).to.deep.equal({
      ready: true,
      reasons: [],
      warnings: ['other servers: notifications do not arrive'],
    })
  })

  it('does not wait for a check that never answers', async () => {
    const checks = { database: () => new Promise<void>(() => {}) }
    const reasons = ['database: no answer within 20 ms']
    expect(await checkReadiness(checks, 20)).to.deep.equal({ ready: false, reasons })
  })
})
