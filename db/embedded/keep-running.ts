import { setTimeout as pause } from 'node:timers/promises'
import { isAlive } from './process.ts'
import { ensureServer, type RunningServer, type ServerOptions } from './server.ts'

const checkMs = 500

export type Kept = {
  /** The server that runs now. */
  current(): RunningServer
  /** Ends the watch; resolves when no start is under way. */
  stop(): Promise<void>
}

/**
 * Starts the server again when it ends without being told to, as when the system runs out of memory. On the same
 * port, so that everybody's address stays right.
 */
export function keepRunning(
  options: ServerOptions,
  server: RunningServer,
  say: (sentence: string) => void,
): Kept {
  const stopping = new AbortController()
  let current = server
  async function watch(): Promise<void> {
    while (!stopping.signal.aborted) {
      // It may be another process's child, so there is no event to wait for. Not a reason for us to stay alive.
      await pause(checkMs, undefined, { ref: false, signal: stopping.signal }).catch(() => {})
      if (stopping.signal.aborted || isAlive(current.pid)) continue
      say(`PostgreSQL (process ${current.pid}) has ended by itself; starting it again.`)
      try {
        current = await ensureServer({ ...options, port: current.port })
      } catch (error) {
        say(String(error))
      }
    }
  }
  const watched = watch()
  return {
    current: () => current,
    async stop() {
      stopping.abort()
      await watched
    },
  }
}
