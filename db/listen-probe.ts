import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { openClient, type ConnectOptions } from './connect.ts'
import type { Session } from './listen-session.ts'

/**
 * Tells whether a notification reaches the session in time. It is sent from another connection: through a pooler in
 * transaction mode the session's own NOTIFY may come back with its answer and so prove nothing.
 */
export async function probeNotifications(
  session: Session,
  { url, applicationName }: Pick<ConnectOptions, 'url' | 'applicationName'>,
  timeoutMs: number,
): Promise<boolean> {
  const token = randomUUID()
  const heard = Promise.withResolvers<boolean>()
  const forget = session.onProbe((payload) => {
    if (payload === token) heard.resolve(true)
  })
  const done = new AbortController()
  try {
    const client = await openClient({ url, applicationName: `${applicationName} probe` })
    try {
      await client.query('select pg_notify($1, $2)', [session.probeChannel, token])
      const late = pause(timeoutMs, false, { signal: done.signal }).catch(() => false)
      return await Promise.race([heard.promise, late])
    } finally {
      await client.end()
    }
  } finally {
    done.abort()
    forget()
  }
}
