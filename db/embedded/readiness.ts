import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'

const pollMs = 20
const connectTimeoutMs = 2_000

/**
 * Resolves with true once the server lets us in: after a crash that is when its recovery is through. Resolves with
 * false when the server stops running first, or the time is up.
 */
export async function answers(url: string, running: () => boolean, withinMs: number): Promise<boolean> {
  const deadline = performance.now() + withinMs
  while (running() && performance.now() < deadline) {
    if (await answersOnce(url)) return true
    await pause(pollMs)
  }
  return false
}

async function answersOnce(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: connectTimeoutMs })
  client.on('error', () => {})
  try {
    await client.connect()
    await client.end()
    return true
  } catch (error) {
    if (isRefusal(error)) throw error
    return false
  }
}

// 28P01 and 28000: the server is up, but it isn't ours. Waiting would not help.
function isRefusal(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === '28P01' || error.code === '28000')
}
