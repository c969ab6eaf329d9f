/** A node on Postgres, with the real clock. */
import { silent } from '../log.ts'
import { type Node, type NodeParts, startNode } from '../node.ts'
import { openStore, type PostgresOptions } from './store.ts'
import { postgresWake } from './wake.ts'

export type { PostgresOptions } from './store.ts'

export type PostgresNodeOptions = Pick<NodeParts, 'kinds' | 'settings' | 'log' | 'offload'> & PostgresOptions

/** Starts a node on a migrated database; resolves when the shards that were free for it are open. `stop` closes its connections too. */
export async function startPostgresNode(options: PostgresNodeOptions): Promise<Node> {
  const { name, kinds, settings, log = silent, offload } = options
  const store = await openStore(options)
  const node = await startNode({
    name,
    kinds,
    store,
    wake: postgresWake(options, log),
    clock: systemClock,
    scheduler: { soon: (task) => void setImmediate(task) },
    random: Math.random,
    log,
    ...(settings && { settings }),
    ...(offload && { offload }),
    closed: () => store.close(),
  })
  return node
}

export const systemClock = {
  now: () => Date.now(),
  after(ms: number, task: () => void) {
    const timer = setTimeout(task, ms)
    return () => clearTimeout(timer)
  },
}
