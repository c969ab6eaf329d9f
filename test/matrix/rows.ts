/** What a team has in the tables. */
import type pg from 'pg'

/** Resolves when every message between actors has been worked on. */
export async function delivered(pool: pg.Pool): Promise<void> {
  const isLeft = async () => (await pool.query('select from runtime.mail limit 1')).rows.length > 0
  while (await isLeft()) await pool.query('select pg_sleep(0.01)')
}

/** Every row of a team, as it stands. Only when something was used last may change: not even an actor is asked. */
export async function rowsOf(pool: pg.Pool, team: string): Promise<string[]> {
  const { rows } = await pool.query<{ name: string }>(
    `select distinct c.oid::regclass::text as name from pg_class as c
     join pg_attribute as a on a.attrelid = c.oid and a.attname = 'team' and not a.attisdropped
     where c.relnamespace = 'product'::regnamespace and c.relkind in ('r', 'p')`,
  )
  const found: string[] = []
  for (const { name } of rows) {
    const { rows: kept } = await pool.query<{ row: string }>(
      `select (to_jsonb(t) - array['last_used_at', 'used_at', 'expires_at', 'seen_at'])::text as row from ${name} as t
       where team = $1`,
      [team],
    )
    found.push(...kept.map(({ row }) => `${name} ${row}`))
  }
  return found.toSorted()
}

export function changedRows(before: readonly string[], after: readonly string[]): string[] {
  const [was, is] = [new Set(before), new Set(after)]
  return [...before.filter((row) => !is.has(row)), ...after.filter((row) => !was.has(row))]
}

/** The row without what an actor writes that was asked and has refused. */
export function withoutTurns(row: string): string {
  return row.replaceAll(/"(turn|past_lane|past_group)": \w+/g, '"$1"')
}
