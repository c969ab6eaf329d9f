/** What this Postgres does without any of us: the ground under all other numbers. */
import { openPool } from '#db/connect.ts'
import { callInParallel } from '../load.ts'
import { rounded } from '../statistics.ts'

const callers = 32
const ms = 2_000
const batch = 100

/** A sentence with the limits seen now. */
export async function describeLimits(url: string): Promise<string> {
  const pool = openPool({ url, applicationName: 'bench limits', max: callers })
  await pool.query(
    'create table ground (id bigint generated always as identity primary key, body text not null)',
  )
  const body = 'x'.repeat(100)
  const insert = { name: 'insert', text: 'insert into ground (body) values ($1)', values: [body] }
  const notify = {
    name: 'notify',
    text: `with i as (insert into ground (body) values ($1)) select pg_notify('ground', 'x')`,
    values: [body],
  }
  const turnover = {
    name: 'turnover',
    text: `with i as (insert into ground (body) select $1 from generate_series(1, ${batch}))
      delete from ground where id in (select id from ground order by id limit ${batch} for update skip locked)`,
    values: [body],
  }
  const one = await callInParallel(1, { ms }, () => pool.query(insert))
  const many = await callInParallel(callers, { ms }, () => pool.query(insert))
  const notified = await callInParallel(callers, { ms }, () => pool.query(notify))
  const moved = await callInParallel(4, { ms }, () => pool.query(turnover))
  await pool.query('drop table ground')
  await pool.end()
  const perSecond = ({ calls, ms }: { calls: number; ms: number }) => rounded((calls * 1000) / ms)
  return (
    `limits now: insert and commit ${perSecond(one)}/s from 1 connection, ${perSecond(many)}/s from ${callers}, with NOTIFY ${perSecond(notified)}/s from ${callers}; ` +
    `insert 100 and delete 100: ${rounded(perSecond(moved) * batch)} rows/s from 4`
  )
}
