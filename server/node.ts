import { startPostgresNode } from '#runtime/postgres/index.ts'
import { hostname } from 'node:os'
import type { Database } from './database.ts'

/** This server's place in the cluster. */
export type ServerNode = {
  /** Rejects with the reason while the node can't take work. */
  ready(): Promise<void>
  stop(): Promise<void>
}

/** Joins the cluster that shares the database. */
export async function joinCluster(database: Database): Promise<ServerNode> {
  const name = `${hostname()}-${process.pid}`
  const node = await startPostgresNode({ url: database.url, schema: 'runtime', name, kinds: [] })
  return {
    async ready() {
      if (!node.joined) throw new Error('the runtime node has not joined the cluster yet')
    },
    stop: () => node.stop(),
  }
}
