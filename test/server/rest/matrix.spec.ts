import { expect } from 'chai'
import type { MatrixCaller } from '../../matrix/callers.ts'
import { callAll, callByAll } from '../../matrix/run.ts'
import { changedRows, delivered, rowsOf } from '../../matrix/rows.ts'
import { setStage, type Stage } from '../../matrix/stage.ts'
import { filteredStatements, withoutFilters, withoutRowSecurity } from '../../matrix/walls.ts'
import { type RestSystem, startRest } from '../../support/rest.ts'

const passes: [what: string, filters: boolean, rowSecurity: boolean][] = [
  ['with both walls', true, true],
  ['with row security alone, where no query says its team', false, true],
  ['with the queries’ own filters alone, without row security', true, false],
]

for (const [what, filters, rowSecurity] of passes) {
  describe(`callers, routes and ids, ${what}`, function () {
    this.timeout(300_000)
    let system: RestSystem
    let stage: Stage
    before(async () => {
      system = await startRest({ fleet: true, ...(!filters && { through: withoutFilters }) })
      stage = await setStage(system)
      if (!rowSecurity) await withoutRowSecurity(system.pool)
    })
    after(() => system.stop())

    it('come to what the table of routes says, never to anything of another team, and leave its rows as they were', async () => {
      const { pool } = system
      const { team: ofB } = stage.admins.B
      // Who is sent away before any wall is so without it.
      const callers = stage.callers.filter(({ counts }) => counts || (filters && rowSecurity))
      const isOfA = ({ team }: MatrixCaller) => team === 'A'
      await delivered(pool)
      const before = await rowsOf(pool, ofB)
      const one = await callByAll(stage, callers.filter(isOfA))
      const changed = changedRows(before, await rowsOf(pool, ofB))
      const others = await callByAll(
        stage,
        callers.filter((caller) => !isOfA(caller)),
      )
      expect([...one.faults, ...others.faults].slice(0, 20).join('\n')).to.equal('')
      expect(changed.join('\n')).to.equal('')
      expect(before.length).to.be.above(10)
      expect(one.cells + others.cells).to.be.above(callers.length * 15)
    })
  })
}

describe('the matrix of callers', function () {
  this.timeout(120_000)

  it('finds what gets through where both walls are gone', async () => {
    const system = await startRest({ fleet: true, through: withoutFilters })
    try {
      const stage = await setStage(system)
      await withoutRowSecurity(system.pool)
      const admin = stage.callers.find(({ name }) => name === 'admin of A')
      const { faults } = await callAll(stage, admin ?? ({} as MatrixCaller))
      expect(faults.join('\n')).to.match(/listUsers plainly: shows canary-B/)
      expect(faults.join('\n')).to.match(
        /changeUser with an id that is not its own: allowed was expected, it was 200/,
      )
    } finally {
      await system.stop()
    }
  })

  it('takes filters away that are there', () => {
    expect(filteredStatements()).to.include.members([
      'listUsers',
      'findUser',
      'changeUser',
      'listTokens',
      'removeToken',
      'endSession',
    ])
  })
})
