import { expect } from 'chai'
import type pg from 'pg'
import { callAll } from '../../matrix/run.ts'
import { type MatrixCaller, setStage, type Stage } from '../../matrix/stage.ts'
import { filteredStatements, withoutFilters, withoutRowSecurity } from '../../matrix/walls.ts'
import { startRest } from '../../support/rest.ts'

/** Every row of a team, as it stands. That an actor was asked and refused, and when something was used last, may change. */
async function rowsOf(pool: pg.Pool, user: string): Promise<string[]> {
  const { rows } = await pool.query<{ name: string }>(
    `select distinct c.oid::regclass::text as name from pg_class as c
     join pg_attribute as a on a.attrelid = c.oid and a.attname = 'team' and not a.attisdropped
     where c.relnamespace = 'product'::regnamespace and c.relkind in ('r', 'p')`,
  )
  const found: string[] = []
  for (const { name } of rows) {
    const { rows: kept } = await pool.query<{ row: string }>(
      `select (to_jsonb(t) - array['last_used_at', 'used_at', 'expires_at', 'seen_at', 'turn', 'past_lane', 'past_group'])::text as row from ${name} as t
       where team = (select team from "user" where id = $1)`,
      [user],
    )
    found.push(...kept.map(({ row }) => `${name} ${row}`))
  }
  return found.toSorted()
}

const passes: [what: string, filters: boolean, rowSecurity: boolean][] = [
  ['with both walls', true, true],
  ['with row security alone, where no query says its team', false, true],
  ['with the queries’ own filters alone, without row security', true, false],
]

for (const [what, filters, rowSecurity] of passes) {
  describe(`callers, routes and ids, ${what}`, function () {
    this.timeout(300_000)
    let stage: Stage
    before(async () => {
      const system = await startRest({ fleet: true, ...(!filters && { through: withoutFilters }) })
      stage = await setStage(system)
      if (!rowSecurity) await withoutRowSecurity(system.pool)
    })
    after(() => stage.system.stop())

    it('come to what the table of routes says, and never to anything of another team', async () => {
      const faults: string[] = []
      let cells = 0
      for (const caller of stage.callers) {
        const outcome = await callAll(stage, caller)
        cells += outcome.cells
        faults.push(...outcome.faults.map((fault) => `${caller.name}: ${fault}`))
      }
      expect(faults.slice(0, 20).join('\n')).to.equal('')
      expect(cells).to.be.above(stage.callers.length * 15)
    })
  })
}

describe('callers of one team', function () {
  this.timeout(120_000)

  it('leave every row of the other as it was', async () => {
    const system = await startRest({ fleet: true })
    try {
      const stage = await setStage(system)
      const isOf = (team: string) => (caller: MatrixCaller) => caller.team === team
      const ben = stage.callers.find(isOf('B'))?.user?.id ?? ''
      const before = await rowsOf(system.pool, ben)
      for (const caller of stage.callers.filter(isOf('A'))) await callAll(stage, caller)
      const after = await rowsOf(system.pool, ben)
      expect(after.filter((row) => !before.includes(row)).join('\n')).to.equal('')
      expect(after.length).to.equal(before.length)
      expect(before.length).to.be.above(10)
    } finally {
      await system.stop()
    }
  })
})

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
