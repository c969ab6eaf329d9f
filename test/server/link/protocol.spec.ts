import { expect } from 'chai'
import { checkProtocol } from '#server/link/protocol.ts'
import type { Refusal } from '#server/rest/refusal.ts'

describe('the versions of the protocol that a server speaks', () => {
  const refusalOf = (given: unknown, range: { oldest: number; newest: number }) => {
    try {
      checkProtocol(given, range)
      return null
    } catch (error) {
      return error as Refusal
    }
  }

  it('reach from the oldest to the newest, both included', () => {
    const told = [2, 3, 4, 5, 6].map(
      (given) => refusalOf(given, { oldest: 3, newest: 5 })?.detail ?? 'let in',
    )
    expect(told).to.deep.equal([
      'Upgrade the agent: the agent speaks version 2 of the protocol, the server 3 to 5.',
      'let in',
      'let in',
      'let in',
      'Upgrade the server: the agent speaks version 6 of the protocol, the server 3 to 5.',
    ])
  })

  it('may be a single one', () => {
    const refusal = refusalOf(1, { oldest: 2, newest: 2 })
    expect(refusal?.status).to.equal(426)
    expect(refusal?.fields).to.deep.equal([{ path: 'protocol', message: 'must be 2' }])
    expect(refusalOf(2, { oldest: 2, newest: 2 })).to.equal(null)
  })

  it('leave what is no version to the schema', () => {
    for (const given of [undefined, null, '2', 2.5, Number.NaN])
      expect(refusalOf(given, { oldest: 2, newest: 2 })).to.equal(null)
  })
})
