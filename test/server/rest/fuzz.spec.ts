import { expect } from 'chai'
import { routeEndpoints } from '../../fuzz/routes.ts'
import { Sender } from '../../fuzz/sender.ts'
import { shareOf } from '../../fuzz/share.ts'

describe('every route', function () {
  this.timeout(120_000)

  it('answers whatever it is sent, with what it declares or a problem', async () => {
    const reports = await shareOf(({ border }) => routeEndpoints(new Sender(border.server.url)))
    expect(reports.length).to.be.above(50)
    // Neither is everything refused, nor everything accepted: the inputs get to where the handlers are.
    const statuses = new Set(reports.flatMap(({ byStatus }) => Object.keys(byStatus)))
    expect([...statuses]).to.include.members(['200', '201', '202', '400', '401', '404', '409', '422', '429'])
  })
})
