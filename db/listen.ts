/**
 * Hears NOTIFY. A notification is only a hint: whoever listens also sweeps, after every `onListening`.
 *
 * pg-listen carries the LISTEN session, one subscriber per session; the sessions are ours to judge and to replace,
 * because its own reconnecting (1.7.0) can't do it:
 * - `paranoidChecking` awaits its query without a time limit, so a half-open connection stays silent for ever;
 * - its reconnect loop goes on after close(), and leaves a connection behind;
 * - when the new session dies before its LISTEN is through, nobody tries again.
 *
 *     connecting ──▶ listening ──▶ lost (ended, or no answer to a heartbeat)
 *         ▲                          │
 *         └──── jittered backoff ◀───┘
 */
import { setTimeout as pause } from 'node:timers/promises'
import type { ConnectOptions } from './connect.ts'
import { openSession, type Session } from './listen-session.ts'
import { probeNotifications } from './listen-probe.ts'

export type ListenOptions = Pick<ConnectOptions, 'url' | 'applicationName'> & {
  readonly channels: readonly string[]
  onNotify(payload: string, channel: string): void
  /** Called after every LISTEN, the first and each later one. What was notified before it is lost: sweep. */
  onListening(): void
  /** Called when the session is lost, and for each attempt to get a new one that failed. */
  onLost(error: Error): void
  /** Called when the probe at the start finds that notifications don't arrive: poll instead. */
  onDeaf(reason: string): void
  readonly heartbeatMs?: number
  readonly heartbeatTimeoutMs?: number
  readonly probeTimeoutMs?: number
  readonly random?: () => number
}

export type Listening = {
  /** Whether a notification from another session arrives here. */
  probe(): Promise<boolean>
  /** Ends the session and every attempt to get one. */
  stop(): Promise<void>
}

const backoffFirstMs = 50
const backoffMaxMs = 5_000
const deafReason =
  'notifications do not arrive. The database address probably leads through a pooler in transaction mode, ' +
  'which breaks LISTEN: give the address of PostgreSQL itself, or of a pooler in session mode'

/** Listens until stopped, through any number of lost connections. */
export function listen(options: ListenOptions): Listening {
  const stopping = new AbortController()
  const { heartbeatMs = 5_000, heartbeatTimeoutMs = 2_000, probeTimeoutMs = 3_000 } = options
  let session: Session | undefined
  let probed = false
  let probing: Promise<boolean> | undefined
  const probe = async () =>
    session !== undefined && (await probeNotifications(session, options, probeTimeoutMs, stopping.signal))

  async function startProbe(): Promise<void> {
    const current = session
    probed = true
    probing = probe().catch(() => true)
    if (await probing) return
    // A session that was lost meanwhile proves nothing.
    if (session === current && !stopping.signal.aborted) options.onDeaf(deafReason)
  }

  async function listenOnce(): Promise<Error | undefined> {
    try {
      session = await openSession({ ...options, heartbeatMs, heartbeatTimeoutMs }, stopping.signal)
      options.onListening()
      if (!probed) void startProbe()
      return await session.lost
    } finally {
      session = undefined
    }
  }

  const done = repeat(options, stopping.signal, listenOnce)
  return {
    probe,
    async stop() {
      stopping.abort()
      await Promise.all([done, probing])
    },
  }
}

async function repeat(
  options: ListenOptions,
  stopping: AbortSignal,
  listenOnce: () => Promise<Error | undefined>,
): Promise<void> {
  let failures = 0
  while (!stopping.aborted) {
    try {
      const loss = await listenOnce()
      failures = 0
      if (loss && !stopping.aborted) options.onLost(loss)
    } catch (error) {
      if (!stopping.aborted) options.onLost(error instanceof Error ? error : new Error(String(error)))
    }
    const waitMs = backoff(failures++, options.random ?? Math.random)
    await pause(waitMs, undefined, { signal: stopping }).catch(() => {})
  }
}

// Half of the wait is random, so that a fleet whose database restarts doesn't come back in one instant.
function backoff(failures: number, random: () => number): number {
  const fullMs = Math.min(backoffMaxMs, backoffFirstMs * 2 ** Math.min(failures, 16))
  return fullMs * (0.5 + random() / 2)
}
