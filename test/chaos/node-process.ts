/**
 * A process with one node in it, for specs that kill, stop and cut off processes. It does what its parent tells it,
 * tells what happens, and ends with its parent.
 */
import { migrate } from '#db/migrate.ts'
import { components } from '#db/components.ts'
import { openPool } from '#db/connect.ts'
import { type Log, type Message, type Node, type SendFromOutside, type Settings } from '#runtime/index.ts'
import { startPostgresNode } from '#runtime/postgres/index.ts'
import { kinds } from './kinds.ts'

export type OpenOptions = {
  readonly url: string
  readonly name: string
  readonly settings: Partial<Settings>
  /** Brings the tables up to date first. */
  readonly migrates: boolean
  /** How far this process's clock is off. */
  readonly skewMs: number
  readonly deadlineMs?: number
}
/** An error as it travels: by its class. */
export type Failure = { readonly error: string; readonly code: string | null; readonly message: string }
export type Told =
  | { readonly id: number; readonly result?: unknown; readonly failure?: Failure }
  | { readonly event: 'fenced' | 'joined'; readonly incarnation: number }
  | { readonly shards: number }
  | { readonly log: string }

let node: Node

const commands = {
  async open({ migrates, skewMs, ...options }: OpenOptions) {
    skewClock(skewMs)
    if (migrates) await migrateAll(options.url)
    node = await startPostgresNode({ ...options, schema: 'runtime', kinds, log })
    node.onEvent((event) => {
      if (event.type === 'fenced' || event.type === 'joined')
        tell({ event: event.type, incarnation: event.incarnation })
      if (event.type === 'shards') tell({ shards: event.owned })
    })
    tell({ shards: node.metrics().shards })
    return node.incarnation
  },
  send: (message: Message, options?: SendFromOutside) => node.send(message, options),
  ask: (message: Message, options?: Parameters<Node['ask']>[1]) => node.ask(message, options),
  stop: () => node.stop(),
  metrics: () => node.metrics(),
}
export type NodeCommands = typeof commands

function skewClock(skewMs: number): void {
  const { now } = Date
  Date.now = () => now() + skewMs
}

async function migrateAll(url: string): Promise<void> {
  for (const { name, schema, dir } of components()) {
    const pool = openPool({ url, schema, applicationName: 'migration', max: 1 })
    await migrate(pool, { dir, name })
    await pool.end()
  }
}

const say = (level: string) => (line: string, facts?: unknown) =>
  tell({
    log: `${new Date().toISOString()} ${level} ${line} ${facts === undefined ? '' : JSON.stringify(facts)}`,
  })
const log: Log = { debug: say('debug'), info: say('info'), warn: say('warn'), error: say('error') }

function tell(told: Told): void {
  if (process.connected) process.send?.(told)
}

async function run(id: number, command: keyof NodeCommands, input: unknown[]): Promise<void> {
  try {
    const result = await (commands[command] as (...input: unknown[]) => unknown)(...input)
    tell({ id, result })
  } catch (thrown) {
    const { name, message } = thrown as Error
    tell({ id, failure: { error: name, code: (thrown as { code?: string }).code ?? null, message } })
  }
}

process.on(
  'message',
  ({ id, command, input }: { id: number; command: keyof NodeCommands; input: unknown[] }) =>
    run(id, command, input),
)
process.on('disconnect', () => process.exit())
