/**
 * The whole product, started: two servers with both of their sockets, their actors and a database of their own. Agents and
 * HTTP calls come to the first, dashboards to the second. What they log as their own fault is kept.
 */
import type { Log } from '#runtime/index.ts'
import { type Border, startBorder } from '../server/link/border.ts'

export interface Stage {
  readonly border: Border
  /** What the server has logged that it must not, since the last time. */
  takeErrors(): string[]
  /** Rejects where a connection to the database was left open. */
  stop(): Promise<void>
}

/** The address that dashboards dial. */
export function dashboardUrl({ servers }: Border): string {
  return servers.at(-1)?.url ?? ''
}

/** So few that it takes no time to fill the queue of a team. */
const queueMax = 100
/** Said of people, not of the server. */
const harmless = /^(a sign-in was refused|too many tries to sign in)$/

export async function startStage(): Promise<Stage> {
  let errors: string[] = []
  const note: Log['error'] = (line, facts) => {
    if (!harmless.test(line)) errors.push(`logged: ${line} ${JSON.stringify(facts)}`)
  }
  const border = await startBorder({
    servers: 2,
    queueMax,
    log: { debug() {}, info() {}, warn: note, error: note },
  })
  return {
    border,
    takeErrors() {
      const taken = errors
      errors = []
      return taken
    },
    stop: () => border.end(),
  }
}
