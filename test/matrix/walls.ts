/** Takes one of the two walls between teams away, to see that the other holds by itself. */
import type pg from 'pg'
import { sql } from '#db/product/sql.ts'

const teamFilter = /(?:"?\w+"?\.)?\bteam = \$(\d+)/g

/** A pool whose queries have forgotten to say which team they are for, at times or always. */
export function withoutFilters(pool: pg.Pool, areGone: () => boolean = () => true): pg.Pool {
  return proxied(pool, {
    connect: async () => {
      const client = await pool.connect()
      return proxied(client, { query: forgetful(client.query.bind(client), areGone) })
    },
    query: forgetful(pool.query.bind(pool), areGone),
  })
}

/** The statements that say which team they are for. */
export function filteredStatements(): string[] {
  return [...sql.texts].filter(([, text]) => isFiltered(text)).map(([name]) => name)
}

/** From now on the database shows everything to everybody. Returns what puts the wall up again. */
export async function withoutRowSecurity(pool: pg.Pool): Promise<() => Promise<void>> {
  const { rows } = await pool.query<{ name: string }>(
    `select oid::regclass::text as name from pg_class
     where relnamespace = 'product'::regnamespace and relkind in ('r', 'p') and relrowsecurity`,
  )
  for (const { name } of rows)
    await pool.query(`alter table ${name} no force row level security, disable row level security`)
  return async () => {
    for (const { name } of rows)
      await pool.query(`alter table ${name} enable row level security, force row level security`)
  }
}

type Query = (...given: unknown[]) => unknown

function forgetful(query: unknown, areGone: () => boolean): Query {
  return (first, ...rest) => (query as Query)(areGone() ? forgotten(first) : first, ...rest)
}

function forgotten(query: unknown): unknown {
  if (typeof query !== 'object' || query === null || !('text' in query) || !('name' in query)) return query
  const { name, text } = query as { name: string; text: string }
  if (!isFiltered(text)) return query
  return { ...query, name: `open_${name}`.slice(0, 63), text: open(text) }
}

function isFiltered(text: string): boolean {
  return open(text) !== text
}

/** Only what chooses rows: what an insert or an update writes stays. */
function open(text: string): string {
  return text.replace(/\bwhere\b[\s\S]*/g, (tail) =>
    tail.replace(teamFilter, (_all, place: string) => `$${place}::text is not null`),
  )
}

function proxied<T extends object>(target: T, replaced: Readonly<Record<string, unknown>>): T {
  return new Proxy(target, {
    get(of, key) {
      if (typeof key === 'string' && key in replaced) return replaced[key]
      const value: unknown = Reflect.get(of, key, of)
      return typeof value === 'function' ? (value as Query).bind(of) : value
    },
  })
}
