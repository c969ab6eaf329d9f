/** What the database was asked, from pg_stat_statements. */
import type pg from 'pg'

export interface StatementCount {
  readonly calls: number
  readonly rows: number
  readonly totalMs: number
  readonly query: string
}

/** Counters of all statements in a database. `pool` may be connected to another one. */
export async function readStatements(pool: pg.Pool, database: string): Promise<StatementCount[]> {
  const { rows } = await pool.query<StatementCount>(
    `select sum(calls)::float8 as calls, sum(rows)::float8 as rows, sum(total_exec_time) as "totalMs", query
     from pg_stat_statements where dbid = (select oid from pg_database where datname = $1) group by query`,
    [database],
  )
  return rows
}

/** What came in between, the most time first. */
export function between(
  before: readonly StatementCount[],
  after: readonly StatementCount[],
): StatementCount[] {
  const was = new Map(before.map((count) => [count.query, count]))
  return after
    .map(({ calls, rows, totalMs, query }) => {
      const earlier = was.get(query)
      return {
        calls: calls - (earlier?.calls ?? 0),
        rows: rows - (earlier?.rows ?? 0),
        totalMs: totalMs - (earlier?.totalMs ?? 0),
        query,
      }
    })
    .filter(({ calls }) => calls > 0)
    .toSorted((a, b) => b.totalMs - a.totalMs)
}

export function describeStatements(counts: readonly StatementCount[], top: number): string[] {
  return counts.slice(0, top).map(({ calls, rows, totalMs, query }) => {
    const text = query.replace(/\s+/g, ' ').slice(0, 110)
    return `${totalMs.toFixed(0).padStart(8)} ms ${String(calls).padStart(7)} calls ${String(rows).padStart(9)} rows  ${text}`
  })
}
