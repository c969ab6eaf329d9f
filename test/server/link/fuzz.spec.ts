import { expect } from 'chai'
import { agentSays } from '#specs/agent-link.ts'
import { dashboardSays } from '#specs/live.ts'
import { shareOf } from '../../fuzz/share.ts'
import { socketEndpoints } from '../../fuzz/sockets.ts'

describe('whatever is said on a socket', function () {
  this.timeout(120_000)

  it('is answered, with what is declared or a problem', async () => {
    const reports = await shareOf(() => socketEndpoints)
    const events = [...Object.keys(agentSays), ...Object.keys(dashboardSays)]
    for (const event of events) {
      const report = reports.find(({ name }) => name.endsWith(` ${event}`))
      expect(Object.keys(report?.byStatus ?? {}), event).to.include.members(['200', '422'])
    }
  })
})
