/** Turns with SQL of their own, on a model that the test gives in Postgres's place. */
import { Unavailable } from '#runtime/errors.ts'
import type { Commit, Committed } from '#runtime/ports.ts'
import { commit } from './commit.ts'
import type { ActorRow, MemoryTables } from './tables.ts'

export type SqlRow = Record<string, unknown>
/** The tables a model keeps, by name. */
export type SqlTables = Map<string, SqlRow[]>
/** The rows of the kinds' own tables, by table and then by address: a model may read them, and never writes them. */
export type OwnTables = ReadonlyMap<string, ReadonlyMap<string, ActorRow>>
/** Answers one statement, reading and changing `tables` as Postgres would. */
export type SqlModel = (
  text: string,
  params: readonly unknown[],
  tables: SqlTables,
  own: OwnTables,
) => SqlRow[]

/** A turn's transaction in steps, each of which is atomic. */
export interface SqlSteps {
  query(text: string, params?: readonly unknown[]): SqlRow[]
  commit(commit: Commit): Committed
  rollback(): void
}

/** Statements run on a copy of the tables; the commit runs them again, on the tables themselves. */
export function beginSql(
  tables: MemoryTables,
  _input: { incarnation: number; tenant: string | null },
): SqlSteps {
  const model = tables.sqlModel
  if (!model)
    throw new TypeError("the memory store runs no SQL: give it a 'sqlModel', or run this test on Postgres")
  const copy = structuredClone(tables.modelled)
  const statements: { text: string; params: readonly unknown[] }[] = []
  let open = true
  const checkOpen = (): void => {
    if (!open) throw new Unavailable('the transaction has ended')
  }
  return {
    query(text, params = []) {
      checkOpen()
      const rows = model(text, params, copy, tables.actors)
      statements.push({ text, params })
      return rows
    },
    commit(group) {
      checkOpen()
      open = false
      const committed = commit(tables, group)
      for (const { text, params } of statements) model(text, params, tables.modelled, tables.actors)
      return committed
    },
    rollback() {
      open = false
    },
  }
}
