/** How an example is run: a node with its kinds on a migrated database, and a client beside it. */
import { openPool } from '../../db/connect.ts'
import type { Kind, Node } from '../index.ts'
import { type PostgresNodeOptions, startPostgresNode } from '../postgres/index.ts'
import { lineOf, type Parts } from './example.ts'

interface Example {
  readonly kinds: readonly Kind[]
  /** For the node, where the example needs any. */
  readonly options?: Partial<PostgresNodeOptions>
  readonly example: (parts: Parts) => Promise<void>
}

/** Runs the example in NAME.ts; each line it prints is handed to `print`. */
export async function runExample(name: string, url: string, print: (line: string) => void) {
  const { kinds, options, example } = (await import(`./${name}.ts`)) as Example
  const nodes: Node[] = []
  const start = async (name: string) => {
    const node = await startPostgresNode({ url, schema: 'runtime', name, kinds, ...options })
    nodes.push(node)
    return node
  }
  const pool = openPool({ url, applicationName: 'example' })
  const sql: Parts['sql'] = async (text, params) => (await pool.query(text, params && [...params])).rows
  try {
    await example({ node: await start('first'), start, sql, print: (...what) => print(lineOf(what)) })
  } finally {
    for (const node of nodes) await node.stop()
    await pool.end()
  }
}
