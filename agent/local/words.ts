/**
 * What a running agent is asked on its own machine, through a socket in its folder: a line of JSON there, a line back.
 *
 * A socket and not a file that is renewed: an answer is true now and comes from the process itself, so a hung agent can't
 * look alive; nothing answers where nothing runs; and the same way carries the word to drain, also where there are
 * no signals. It is no network socket: nobody else's machine can reach it, and the folder lets no other user in.
 */
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import * as z from 'zod'
import { Load, RunningAttempt } from '#specs/agents.ts'
import { AgentId } from '#specs/ids.ts'
import { Progress } from '#specs/jobs.ts'
import { Failure } from '../exit-codes.ts'

export const Ask = z.discriminatedUnion('ask', [
  z.object({ ask: z.literal('status') }),
  z.object({ ask: z.literal('drain') }),
  /** Answered by the end of the connection, when the agent ends. */
  z.object({ ask: z.literal('end') }),
])
export type Ask = z.infer<typeof Ask>

export const Status = z.object({
  pid: z.int(),
  version: z.string(),
  agent: AgentId,
  name: z.string(),
  server: z.string(),
  state: z.enum(['connected', 'connecting', 'draining']),
  link: z.enum(['socket', 'http']).nullable(),
  /** How long the server was not heard. */
  silentMs: z.number(),
  startedAt: z.number(),
  slots: z.int(),
  roots: z.array(z.string()),
  running: z.array(
    RunningAttempt.extend({ tool: z.string(), phase: z.string(), progress: Progress.nullable() }),
  ),
  /** Results that wait for the server. */
  undelivered: z.int(),
  load: Load,
})
export type Status = z.infer<typeof Status>

/** Operating systems allow so many bytes for the path of a socket. */
const socketPathMaxBytes = 103

/** Where the agent of a folder answers. */
export function socketPath(folder: string): string {
  if (process.platform === 'win32') {
    const name = createHash('sha256').update(folder.toLowerCase()).digest('hex').slice(0, 32)
    return `\\\\.\\pipe\\safelight-agent-${name}`
  }
  const path = join(folder, 'socket')
  const bytes = Buffer.byteLength(path)
  if (bytes <= socketPathMaxBytes) return path
  throw new Failure(
    'misused',
    `the folder ${folder} has too long a path for a socket in it (${bytes} bytes, at most ${socketPathMaxBytes}). Choose a shorter one with --state.`,
  )
}
