import { expect } from 'chai'
import { Fleet } from './fleet.ts'

describe("the server's own agent", function () {
  this.timeout(60_000)

  it('is not started again once somebody has removed it, and the log says how to enrol it anew', async () => {
    const fleet = await Fleet.start({ SAFELIGHT_LOCAL_AGENT: 'on' })
    const local = await fleet.agentWhere(({ liveness }) => liveness === 'healthy')
    const dismissed = fleet.server.says(/revoked or removed/)
    await fleet.client.call('removeAgent', { params: { agent: local.id }, query: { mode: 'now' } })
    await dismissed
    expect(await fleet.server.stop()).to.equal(0)
    expect(fleet.server.output.filter((line) => line.includes('started again'))).to.have.length(1)
    await fleet.stop()
  })
})
