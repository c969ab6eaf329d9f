import { expect } from 'chai'
import type pg from 'pg'
import { agent, finishing, jobOfRow, kinds } from '#actors/index.ts'
import { countWaiting, newSubmission } from '#db/product/fleet.ts'
import { job } from '#actors/job/messages.ts'
import { freshDatabase } from '#test/support/database.ts'
import { errorOf, Runtime } from '#test/runtime/features/use-runtime.ts'
import { creation, echo, hello, idOf, registration, team, user } from './fleet.ts'

const otherTeam = `ten_${'1'.repeat(26)}`

describe('jobs and agents on Postgres', () => {
  let runtime: Runtime
  let pool: pg.Pool
  before(async () => {
    runtime = new Runtime(await freshDatabase())
    pool = runtime.database.pool({ schema: 'product' })
    await pool.query('insert into team (id, name) values ($1, $1), ($2, $2)', [team, otherTeam])
    await runtime.start({ kinds: kinds(), sqlRole: 'safelight_app' })
  })
  after(async () => {
    await pool.end()
    await runtime.end()
  })

  const begun = async (id: string) =>
    runtime.until(async () => (await runtime.node.ask(job.at(id).get())).state === 'offered')
  async function newAgent(whose = team): Promise<string> {
    const id = idOf('agt')
    await runtime.node.ask(registration(id, { team: whose }))
    await runtime.node.ask(hello(id))
    return id
  }
  /** A job that has run. */
  async function completed(whose = team, said = 'hi'): Promise<string> {
    const [who, id] = [await newAgent(whose), idOf('job')]
    await runtime.node.ask(
      creation(id, { agent: who, params: { say: 'hi' } }, { team: whose, at: Date.now() }),
    )
    await begun(id)
    const word = { agent: who, attempt: 1 }
    await runtime.node.ask(job.at(id).accept(word))
    const end = { ...word, outcome: 'completed', output: { said }, error: null, frames: 2 } as const
    expect(await runtime.node.ask(finishing(id, end))).to.deep.equal({ accepted: true, reason: null })
    return id
  }
  /** As the application does: in its role, for one team. */
  async function asTeam<Row>(whose: string, text: string, params: unknown[] = []): Promise<Row[]> {
    const client = await pool.connect()
    try {
      await client.query('begin')
      await client.query("select set_config('runtime.tenant', $1, true)", [whose])
      await client.query('set local role safelight_app')
      return (await client.query(text, params)).rows as Row[]
    } finally {
      await client.query('rollback')
      client.release()
    }
  }

  it('stores a result with the end of its job, be it small or large', async () => {
    for (const said of ['hi', 'hello '.repeat(2_000)]) {
      const id = await completed(team, said)
      const [result] = await asTeam<object>(
        team,
        'select team, attempt, tool, outcome, output from job_result where job = $1',
        [id],
      )
      const output = JSON.parse(String((result as { output: string }).output)) as unknown
      expect({ ...result, output }).to.deep.equal({
        team,
        attempt: 1,
        tool: 'selftest.echo',
        outcome: 'completed',
        output: { said },
      })
    }
  })

  it('keeps a job in a row that shows it as it is, and can be found', async () => {
    const id = await completed()
    const [row] = await asTeam<{ key: string; state: string }>(
      team,
      "select key, state from job where status = 'completed' and key = $1 and tool = 'selftest.echo' and ended_at is not null",
      [id],
    )
    const shown = row && jobOfRow(row)
    expect(shown).to.deep.include({
      id,
      state: 'completed',
      params: { say: 'hi' },
      attempt: 1,
      hasResult: true,
    })
    expect(shown).to.deep.equal(await withoutDetail(id))
  })

  it('shows each team its own alone, and lets the application change nothing of it', async () => {
    const id = await completed(otherTeam)
    for (const table of ['job', 'job_result', 'agent'])
      expect(
        (await asTeam(team, `select from ${table} where team = $1`, [otherTeam])).length,
        table,
      ).to.equal(0)
    expect(await asTeam(otherTeam, 'select from job where key = $1', [id])).to.have.length(1)
    const change = asTeam(otherTeam, "update job set status = 'pending' where key = $1", [id])
    expect((await errorOf(change)).message).to.equal('permission denied for table job')
    const look = asTeam(team, `select read_queue('${otherTeam}', '{}', '{}', '{}', '{}', '', '~', 32, 128)`)
    expect((await errorOf(look)).message).to.equal(
      `the queue of ${otherTeam} was asked for in a transaction of ${team}`,
    )
  })

  it('takes a submission once for each key, and remembers what it was for', async () => {
    const submit = (key: string | null, body: string, id: string) =>
      newSubmission.run(pool, team, key, Buffer.from(body), id)
    const made = (await Promise.all(Array.from({ length: 20 }, () => submit('k1', 'a', idOf('job'))))).flat()
    expect(made.filter(({ fresh }) => fresh)).to.have.length(1)
    expect(new Set(made.map((row) => `${row.job} ${row.seq} ${row.at}`)).size).to.equal(1)
    expect((await submit('k1', 'b', idOf('job')))[0]?.same).to.equal(false)
    const [first] = await submit(null, 'a', idOf('job'))
    const [second] = await submit(null, 'a', idOf('job'))
    expect((second?.seq ?? 0) - (first?.seq ?? 0)).to.equal(1)
  })

  it('counts the jobs that wait, up to a limit', async () => {
    const whose = `ten_${'2'.repeat(26)}`
    for (let number = 0; number < 3; number += 1)
      await runtime.node.ask(creation(idOf('job'), {}, { team: whose, at: Date.now() }))
    const [all] = await countWaiting.run(pool, whose, 100, [])
    const [some] = await countWaiting.run(pool, whose, 2, [])
    expect([all?.waiting, some?.waiting]).to.deep.equal([3, 2])
  })

  it('gives a name in a team to one agent, however many want it at once', async () => {
    const ids = await Promise.all([newAgent(), newAgent(), newAgent()])
    await pool.query(
      'insert into agent_identity (agent, team, installation, name) select id, $2, id, id from unnest($1::text[]) as id',
      [ids, team],
    )
    const rename = (id: string) => runtime.node.ask(agent.at(id).change({ by: user, name: 'darkroom' }))
    const ended = await Promise.allSettled(ids.map(rename))
    const refused = ended.flatMap((end) => (end.status === 'rejected' ? [end.reason] : []))
    expect(refused.map(({ message, detail }) => [message, detail])).to.deep.equal(
      Array.from({ length: 2 }, () => [
        "another agent is called 'darkroom': choose another name",
        { code: 'already_exists' },
      ]),
    )
    const named = await pool.query("select agent from agent_identity where name = 'darkroom'")
    const winner = String(named.rows[0]?.agent)
    expect((await runtime.node.ask(agent.at(winner).get())).name).to.equal('darkroom')
  })

  it('takes the keys of an agent away with the agent', async () => {
    const id = await newAgent()
    await pool.query(
      `with identity as (
         insert into agent_identity (agent, team, installation, name) values ($1, $2, $1, $1) returning agent
       ) insert into agent_key (hash, agent, team, shown) values ($3, $1, $2, 'sla_')`,
      [id, team, Buffer.from(id)],
    )
    await runtime.node.ask(agent.at(id).remove({ by: user, mode: 'now' }))
    const left = await pool.query(
      'select from agent where key = $1 union all select from agent_identity where agent = $1 union all select from agent_key where agent = $1',
      [id],
    )
    expect(left.rows).to.deep.equal([])
  })

  it('reads no more of a queue of 20,000 than of one of 200', async () => {
    const few = await pagesRead(`ten_${'3'.repeat(26)}`, 200)
    const many = await pagesRead(`ten_${'4'.repeat(26)}`, 20_000)
    expect(many).to.be.below(1.5 * few)
  })

  async function withoutDetail(id: string) {
    const detail = await runtime.node.ask(job.at(id).get())
    const { attempts: _a, events: _e, retry: _r, timeouts: _t, capabilities: _c, tags: _g, ...shown } = detail
    return shown
  }

  /** How many pages a look at the queue touches. */
  async function pagesRead(whose: string, count: number): Promise<number> {
    await pool.query(
      `insert into job (kind, key, shard, turn, state, parked, team, status, in_queue, class, needs, rank, seq, tool, attempt, passed_over)
       select 'job', $1 || number, 0, 1, '{}', false, $1, 'pending', true, $3, array[$3], number, number, 'echo', 0, '[]'
       from generate_series(1, $2::int) as number`,
      [whose, count, echo],
    )
    const look = `explain (analyze, buffers, format json) select read_queue('${whose}', '{}', '{}', '{}', '{}', '', '~', 32, 128)`
    await asTeam(whose, look)
    const [row] = await asTeam<{ 'QUERY PLAN': string }>(whose, look)
    const [{ Plan }] = JSON.parse(row?.['QUERY PLAN'] ?? '[]') as [{ Plan: Record<string, number> }]
    return (Plan['Shared Hit Blocks'] ?? 0) + (Plan['Shared Read Blocks'] ?? 0)
  }
})
