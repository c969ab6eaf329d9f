import { expect } from 'chai'
import { Retention } from '#server/fleet/retention.ts'
import { silent } from '#runtime/log.ts'
import { useBorder } from '../link/border.ts'
import { frames } from '../link/test-agent.ts'

const dayMs = 86_400_000
const tables = ['job where key', 'large_result where job', 'job_log where job', 'submission where job']

describe('jobs that have ended long ago', () => {
  const border = useBorder()
  async function retention(work: (retention: Retention) => Promise<void>): Promise<void> {
    const pool = border.get.database.pool({ schema: 'product', max: 1 })
    const keepMs = 90 * dayMs
    try {
      await work(new Retention({ pool, node: border.get.server.node, keepMs, log: silent }))
    } finally {
      await pool.end()
    }
  }
  const rowsOf = async (job: string) =>
    (await Promise.all(tables.map((table) => border.get.sql(`select from ${table} = $1`, [job])))).map(
      ({ length }) => length,
    )

  /** Ended, with a log, a large result and a key; so long ago. */
  async function ended(days: number): Promise<string> {
    const agent = await border.get.agent()
    const { id } = await border.get.api.ok('submitJob', {
      body: { tool: 'selftest.echo', agent: agent.id },
      headers: { 'idempotency-key': `key-of-${agent.id}` },
    })
    const attempt = await agent.run()
    await agent.frames(attempt, frames(1, 20))
    await agent.finish(attempt, { output: 'much '.repeat(4_000) })
    await border.get.until(async () => (await rowsOf(id))[2] === 10)
    await border.get.sql(`update job set ended_at = ended_at - $2 * interval '1 day' where key = $1`, [
      id,
      days,
    ])
    return id
  }

  it('go with all that there is of them, and the others stay', async () => {
    const [old, young] = [await ended(91), await ended(89)]
    const body = { tool: 'selftest.echo', tags: ['room=nowhere'] }
    const { id: waiting } = await border.get.api.ok('submitJob', { body })
    expect(await rowsOf(old)).to.deep.equal([1, 1, 10, 1])
    await retention(async (chore) => {
      expect(await chore.forgetSome()).to.equal(false)
    })
    expect(await rowsOf(old)).to.deep.equal([0, 0, 0, 0])
    expect(await rowsOf(young)).to.deep.equal([1, 1, 10, 1])
    expect((await border.get.api.try('getJob', { params: { job: old } })).status).to.equal(404)
    expect((await border.get.api.ok('getJob', { params: { job: waiting } })).state).to.equal('pending')
  })

  it('of which too many lines are left go later, whole', async () => {
    const old = await ended(100)
    await border.get.sql(
      `insert into job_log (team, job, attempt, seq, at, level, text)
       select $2, $1, 2, seq, now(), 'info', 'a line' from generate_series(1, 11000) as seq`,
      [old, border.get.admin.team],
    )
    const rounds: boolean[] = []
    await retention(async (chore) => {
      while (rounds.at(-1) !== false) rounds.push(await chore.forgetSome())
    })
    expect(rounds).to.deep.equal([true, true, false])
    expect(await rowsOf(old)).to.deep.equal([0, 0, 0, 0])
  })
})
