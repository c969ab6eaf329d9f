/**
 * Queries live in `.sql` files under names; here a name gets its parameter and column types. A declared statement
 * is an ordinary typed function that runs as a named prepared statement.
 *
 *     const sql = loadSql(new URL('./queries/', import.meta.url))
 *     export const fetchMail = sql.statement('fetchMail', {
 *       params: ['int4[]'],
 *       columns: { shard: 'int4', id: 'int8', body: 'jsonb?' },
 *     })
 *     const rows = await fetchMail.run(client, [1, 2])
 */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type pg from 'pg'
import { toParameter, type PgType, type TypeOf } from './types.ts'

export type Columns = { readonly [name: string]: PgType }
export type Row<C extends Columns> = { readonly [Name in keyof C]: TypeOf<C[Name]> }
export type Params<P extends readonly PgType[]> = { readonly [Index in keyof P]: TypeOf<P[Index]> }

/** Anything that runs a query: a client, or a pool where the statement needs no transaction. */
export type Queryable = Pick<pg.ClientBase, 'query'> | Pick<pg.Pool, 'query'>

export type Declaration = {
  readonly name: string
  readonly text: string
  readonly params: readonly PgType[]
  readonly columns: Columns
}

export type Statement<P extends readonly PgType[], C extends Columns> = Declaration & {
  /** Runs the statement and returns its rows; a lost connection rejects. */
  run(client: Queryable, ...params: Params<P>): Promise<Row<C>[]>
  /** The same with parameters that are encoded already (see binary.ts). */
  runEncoded(client: Queryable, values: readonly unknown[]): Promise<Row<C>[]>
}

/** The row type of a statement: `RowOf<typeof fetchMail>`. */
export type RowOf<S> = S extends Statement<infer _P, infer C> ? Row<C> : never

export type SqlFolder = {
  readonly folder: string
  /** Every query of the folder, by name. */
  readonly texts: ReadonlyMap<string, string>
  /** Every statement declared so far. */
  readonly statements: readonly Declaration[]
  statement<const P extends readonly PgType[], const C extends Columns = Record<never, PgType>>(
    name: string,
    types: { readonly params: P; readonly columns?: C },
  ): Statement<P, C>
}

/** All folders of SQL that this process has loaded, so that a spec can check every statement. */
export const sqlFolders: SqlFolder[] = []

/** Reads every query of a folder. Throws at once when a name is missing or used twice. */
export function loadSql(url: URL): SqlFolder {
  const folder = fileURLToPath(url)
  const texts = readQueries(folder)
  const statements: Declaration[] = []
  const loaded: SqlFolder = {
    folder,
    texts,
    statements,
    statement(name, types) {
      const text = texts.get(name)
      if (text === undefined) throw new Error(`no query named ${name} in ${folder}: add "-- name: ${name}"`)
      const declared = statement({
        name,
        text,
        params: types.params,
        columns: types.columns ?? ({} as never),
      })
      statements.push(declared)
      return declared
    },
  }
  sqlFolders.push(loaded)
  return loaded
}

/** A typed statement from its text; `loadSql` is the usual way to one. */
export function statement<const P extends readonly PgType[], const C extends Columns>(declaration: {
  readonly name: string
  readonly text: string
  readonly params: P
  readonly columns: C
}): Statement<P, C> {
  const { name, text, params: types } = declaration
  const preparedName = `${name.slice(0, 40)}_${digest(text)}`
  async function runEncoded(client: Queryable, values: readonly unknown[]): Promise<Row<C>[]> {
    const result = await client.query({ name: preparedName, text, values: [...values] })
    return result.rows as Row<C>[]
  }
  return {
    ...declaration,
    run: (client, ...params) =>
      runEncoded(
        client,
        types.map((type, index) => toParameter(type, params[index])),
      ),
    runEncoded,
  }
}

// Prepared names are one space per connection, so the text takes part: two folders may use the same name.
function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12)
}

function readQueries(folder: string): Map<string, string> {
  const texts = new Map<string, string>()
  const files = readdirSync(folder).filter((file) => file.endsWith('.sql'))
  for (const file of files.toSorted()) {
    for (const [name, text] of splitQueries(readFileSync(folder + file, 'utf8'), file)) {
      if (texts.has(name)) throw new Error(`${folder}${file}: the name ${name} is used twice`)
      texts.set(name, text)
    }
  }
  return texts
}

/** Splits a file at its `-- name:` lines; the comments below a name stay with their query. */
export function splitQueries(source: string, file: string): [name: string, text: string][] {
  const [head = '', ...parts] = source.replaceAll('\r\n', '\n').split(/^-- name: */m)
  const statementBeforeName = head.split('\n').some((line) => line.trim() !== '' && !line.startsWith('--'))
  if (statementBeforeName) throw new Error(`${file}: its first statement has no "-- name:" line above it`)
  return parts.map((part) => {
    const end = part.indexOf('\n')
    const name = part.slice(0, end).trim()
    if (!/^[a-z][A-Za-z0-9]*$/.test(name))
      throw new Error(`${file}: "${name}" can't name a query, use camelCase`)
    return [name, part.slice(end + 1).trim()]
  })
}
