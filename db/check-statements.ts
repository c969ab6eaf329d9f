/**
 * Compares declared statements with a migrated database: the server is asked what each query takes and returns.
 * Run by a spec, so that a migration and the code that reads its tables can't part ways unnoticed.
 */
import type pg from 'pg'
import type { Declaration, SqlFolder } from './statement.ts'

type Described = {
  readonly params: readonly number[]
  readonly columns: readonly [name: string, type: number][]
}

/** Returns one line per difference; none means that every query of the folder is declared as it is. */
export async function checkStatements(
  client: pg.ClientBase,
  folder: Pick<SqlFolder, 'texts' | 'statements'>,
): Promise<string[]> {
  const typeNames = await readTypeNames(client)
  const findings = undeclared(folder)
  for (const declared of folder.statements) {
    try {
      const described = await describe(client, declared.text)
      findings.push(...compare(declared, described, typeNames))
    } catch (error) {
      findings.push(`${declared.name}: ${String(error)}`)
    }
  }
  return findings
}

function undeclared(folder: Pick<SqlFolder, 'texts' | 'statements'>): string[] {
  const declared = new Set(folder.statements.map((statement) => statement.name))
  return [...folder.texts.keys()]
    .filter((name) => !declared.has(name))
    .map((name) => `${name}: stands in a .sql file, but no statement declares it`)
}

function compare(
  declared: Declaration,
  described: Described,
  typeNames: ReadonlyMap<number, string>,
): string[] {
  const spell = (id: number) => typeNames.get(id) ?? `type ${id}`
  const expected = [signature(declared.params), columnList(Object.entries(declared.columns))]
  const actual = [
    described.params.map(spell).join(', '),
    described.columns.map(([name, type]) => `${name} ${spell(type)}`).join(', '),
  ]
  return ['parameters', 'columns'].flatMap((what, index) =>
    expected[index] === actual[index]
      ? []
      : [`${declared.name}: declares the ${what} (${expected[index]}), the database says (${actual[index]})`],
  )
}

function signature(types: readonly string[]): string {
  return types.map(withoutNull).join(', ')
}

function columnList(columns: readonly [string, string][]): string {
  return columns.map(([name, type]) => `${name} ${withoutNull(type)}`).join(', ')
}

// Whether a value may be null is the query's promise; the server doesn't describe it.
function withoutNull(type: string): string {
  return type.replaceAll('?', '')
}

async function readTypeNames(client: pg.ClientBase): Promise<Map<number, string>> {
  const { rows } = await client.query<{ oid: number; name: string }>(
    `select oid::int4 as oid, case when typcategory = 'A' then substr(typname, 2) || '[]' else typname end as name
     from pg_type where typname !~ 'vector$'`,
  )
  return new Map(rows.map((row) => [row.oid, row.name]))
}

/** pg's wire connection, as far as a description needs it; the published types leave these out. */
type Wire = pg.Connection & {
  parse(query: { text: string }): void
  describe(message: { type: 'S'; name: string }): void
  sync(): void
}

// PREPARE would show the parameters, but the columns only from PostgreSQL 16 on; the protocol's own Parse and
// Describe tell both on every version, and execute nothing.
function describe(client: pg.ClientBase, text: string): Promise<Described> {
  return new Promise((resolve, reject) => {
    let params: readonly number[] = []
    let columns: readonly [string, number][] = []
    const readParams = (message: { dataTypeIDs: number[] }) => (params = message.dataTypeIDs)
    const request = {
      submit(connection: pg.Connection) {
        const wire = connection as Wire
        wire.once('parameterDescription', readParams)
        wire.parse({ text })
        wire.describe({ type: 'S', name: '' })
        wire.sync()
      },
      handleRowDescription(message: { fields: { name: string; dataTypeID: number }[] }) {
        columns = message.fields.map((field) => [field.name, field.dataTypeID])
      },
      handleError(error: Error, connection: pg.Connection) {
        connection.removeListener('parameterDescription', readParams)
        reject(error)
      },
      handleReadyForQuery() {
        resolve({ params, columns })
      },
    }
    client.query(request)
  })
}
