import type { Database } from './database.ts'

/** This server's place in the cluster. */
export type ServerNode = {
  /** Rejects with the reason while the node can't take work. */
  ready(): Promise<void>
  stop(): Promise<void>
}

/** Joins the cluster that shares the database. */
export async function joinCluster(database: Database): Promise<ServerNode> {
  await database.pool.query('select 1')
  return { ready: async () => {}, stop: async () => {} }
}
