/**
 * Opens connections whose sessions are set up the same way everywhere: schema, time zone, limits, and how values
 * come back. Nothing here touches pg's global state, so two libraries in one process never disagree.
 */
import pg from 'pg'
import { sessionTypes } from './types.ts'

export type ConnectOptions = {
  readonly url: string
  /** Becomes the whole search_path. */
  readonly schema?: string
  /** What pg_stat_activity shows. */
  readonly applicationName: string
  /** Connections the pool may hold. */
  readonly max?: number
  readonly statementTimeoutMs?: number
  /** Further settings of the session, by their names in postgresql.conf. */
  readonly settings?: Readonly<Record<string, string>>
  /** The server ends a session that sits in an open transaction longer than this. */
  readonly idleInTransactionTimeoutMs?: number
}

const poolMaxDefault = 10
const connectTimeoutMs = 10_000
const keepAliveDelayMs = 5_000
const idleInTransactionTimeoutDefaultMs = 5_000

/** A pool that survives the death of any of its connections; the query under way fails, the next one reconnects. */
export function openPool(options: ConnectOptions): pg.Pool {
  const pool = new pg.Pool({ ...clientConfig(options), max: options.max ?? poolMaxDefault })
  pool.on('connect', tolerateLoss)
  pool.on('error', ignore)
  return pool
}

/** One connected client. Its loss rejects the query under way and emits `end`; it never ends the process. */
export async function openClient(options: ConnectOptions): Promise<pg.Client> {
  const client = new pg.Client(clientConfig(options))
  tolerateLoss(client)
  await client.connect()
  return client
}

/** pg's own form of our options, for libraries that make their own client. */
export function clientConfig(options: ConnectOptions): pg.ClientConfig {
  return {
    connectionString: withSessionSettings(options.url, sessionSettings(options)),
    application_name: options.applicationName,
    connectionTimeoutMillis: connectTimeoutMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: keepAliveDelayMs,
    types: sessionTypes,
  }
}

// A client that is checked out has no listener of the pool's on it, and an 'error' event without a listener ends
// the process. The query under way is rejected anyway, so the event itself tells nobody anything new.
function tolerateLoss(client: pg.ClientBase): void {
  client.on('error', ignore)
}

function ignore(): void {}

function sessionSettings(options: ConnectOptions): Record<string, string> {
  const idleMs = options.idleInTransactionTimeoutMs ?? idleInTransactionTimeoutDefaultMs
  return {
    // Values travel as text, so their form must not depend on how the server happens to be configured.
    timezone: 'UTC',
    datestyle: 'ISO',
    intervalstyle: 'iso_8601',
    idle_in_transaction_session_timeout: String(idleMs),
    ...(options.statementTimeoutMs === undefined
      ? {}
      : { statement_timeout: String(options.statementTimeoutMs) }),
    ...(options.schema === undefined ? {} : { search_path: identifier(options.schema) }),
    ...options.settings,
  }
}

/** Accepts only names that mean the same quoted and unquoted. */
export function identifier(name: string): string {
  if (/^[a-z_][a-z0-9_]{0,62}$/.test(name)) return name
  throw new Error(`"${name}" can't name a schema: use a-z, 0-9 and _, at most 63 characters, no digit first`)
}

// The settings ride in the start-up packet, so they hold from the first statement and after every reconnect. They go
// into the URL because pg lets the URL's options replace the config's; the URL's own come last and so win.
function withSessionSettings(url: string, settings: Record<string, string>): string {
  const [base, query] = splitOnce(url, '?')
  const parameters = new URLSearchParams(query)
  const ours = Object.entries(settings).map(([name, value]) => `-c ${name}=${value}`)
  parameters.set('options', [...ours, ...parameters.getAll('options')].join(' '))
  return `${base}?${parameters.toString()}`
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator)
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)]
}
