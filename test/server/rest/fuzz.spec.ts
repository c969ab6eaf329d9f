import { expect } from 'chai'
import { randomInt } from 'node:crypto'
import { fuzz, type Report } from '../../fuzz/run.ts'
import { fuzzTarget } from '../../fuzz/target.ts'
import { runSettings } from '../../support/run.ts'
import { startRest } from '../../support/rest.ts'

const inputsPerRoute = 100

describe('every route', function () {
  this.timeout(120_000)

  it('answers whatever it is sent, with what it declares or a problem', async () => {
    const seed = runSettings().seed ?? randomInt(1_000_000)
    const system = await startRest()
    const reports: Report[] = []
    try {
      await fuzz(await fuzzTarget(system), inputsPerRoute * runSettings().rounds, seed, (report) =>
        reports.push(report),
      )
    } finally {
      await system.stop()
    }
    const faults = reports.flatMap((report) => report.faults.map((fault) => `${report.route}: ${fault}`))
    if (faults.length > 0) throw new Error(`npm run fuzz -- --seed ${seed}\n${faults.join('\n')}`)
    expect(reports.length).to.be.above(0)
    // Neither is everything refused, nor everything accepted: the inputs get to where the handlers are.
    const statuses = new Set(reports.flatMap(({ byStatus }) => Object.keys(byStatus)))
    expect([...statuses]).to.include.members(['200', '201', '400', '404', '422'])
  })
})
