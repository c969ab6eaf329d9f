import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import { clientConfig, type ConnectOptions } from './connect.ts'
import type { Session } from './listen-session.ts'

/**
 * Tells whether a notification reaches the session in time. It is sent from another connection: through a pooler in
 * transaction mode the session's own NOTIFY may come back with its answer and so prove nothing.
 */
export async function probeNotifications(
  session: Session,
  { url, applicationName }: Pick<ConnectOptions, 'url' | 'applicationName'>,
  timeoutMs: number,
  stopping: AbortSignal,
): Promise<boolean> {
  const token = randomUUID()
  const heard = Promise.withResolvers<boolean>()
  const forget = session.onProbe((payload) => {
    if (payload === token) heard.resolve(true)
  })
  const done = new AbortController()
  const waiting = AbortSignal.any([done.signal, stopping])
  const client = new pg.Client(clientConfig({ url, applicationName: `${applicationName} probe` }))
  client.on('error', () => {})
  // Whatever it waits for, a connection that is being opened included, ends with the listener.
  const abandon = () => destroy(client)
  stopping.addEventListener('abort', abandon, { once: true })
  try {
    await client.connect()
    await client.query('select pg_notify($1, $2)', [session.probeChannel, token])
    const late = pause(timeoutMs, false, { signal: waiting }).catch(() => false)
    return await Promise.race([heard.promise, late])
  } finally {
    done.abort()
    forget()
    stopping.removeEventListener('abort', abandon)
    destroy(client)
  }
}

// A polite end would wait for an answer, which a black-holed link never gives.
function destroy(client: pg.Client): void {
  const { connection } = client as unknown as { connection: { stream: { destroy(): void } } }
  connection.stream.destroy()
}
