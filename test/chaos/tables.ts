/** The specs' own look at the tables, past every proxy and through any number of restarts of the database. */
import pg from 'pg'

const schema = 'runtime'

export class Tables {
  readonly #url: string
  #client: pg.Client | undefined

  constructor(url: string) {
    this.#url = url
  }

  /** Runs a query; one that the database could not answer gives undefined. */
  async tried<Row extends pg.QueryResultRow>(
    text: string,
    values: unknown[] = [],
  ): Promise<Row[] | undefined> {
    try {
      return await this.query<Row>(text, values)
    } catch (error) {
      if (isStatementError(error)) throw error
      await this.close()
      return undefined
    }
  }

  async query<Row extends pg.QueryResultRow>(text: string, values: unknown[] = []): Promise<Row[]> {
    this.#client ??= await this.#connect()
    const { rows } = await this.#client.query<Row>(text, values)
    return rows
  }

  async close(): Promise<void> {
    const client = this.#client
    this.#client = undefined
    await client?.end().catch(() => {})
  }

  async #connect(): Promise<pg.Client> {
    const client = new pg.Client({
      connectionString: this.#url,
      application_name: 'chaos spec',
      options: `-c search_path=${schema}`,
      connectionTimeoutMillis: 2_000,
    })
    client.on('error', () => {})
    await client.connect()
    return client
  }
}

/** A mistake in the query, and no trouble of the database. */
function isStatementError(error: unknown): boolean {
  return /^(42|22|23)/.test((error as { code?: string }).code ?? '')
}
