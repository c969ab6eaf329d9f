/** What comes over a socket: parsed, worked on, answered. Whatever goes wrong is answered too, as a problem. */
import type { Socket } from 'socket.io'
import type * as z from 'zod'
import { reasonOf } from '#runtime/errors.ts'
import type { Log } from '#runtime/index.ts'
import type { Answer } from '#specs/agent-link.ts'
import { checkDepth } from '../rest/body.ts'
import { parseInput } from '../rest/parse.ts'
import { problemOf, refusalOf } from '../rest/refusal.ts'
import { heard, turnAway } from './strangers.ts'

/** The input as the schema has it. Throws a refusal that names every field at fault. */
export function parsePayload<S extends z.ZodType>(schema: S, given: unknown): z.output<S> {
  checkDepth(given)
  return parseInput(schema, given)
}

/** Does the work and says how it ended. A bug is logged, with the mark that the caller is told. */
export async function answered<T>(work: () => Promise<T>, log: Log): Promise<Answer<T>> {
  try {
    return { ok: true, value: await work() }
  } catch (error) {
    const refusal = refusalOf(error)
    if (refusal.code === 'internal')
      log.error('a message could not be answered', { told: refusal.detail, reason: reasonOf(error) })
    return { ok: false, problem: problemOf(refusal) }
  }
}

type Respond = (answer: Answer<unknown>) => void

/** What a client sent with an event: the payload, and where the answer goes. Clients may send anything. */
export function argumentsOf(given: readonly unknown[]): { payload: unknown; respond: Respond } {
  const last = given.at(-1)
  const respond = typeof last === 'function' ? (last as Respond) : () => {}
  return { payload: typeof given[0] === 'function' ? undefined : given[0], respond }
}

/** Lets a socket in, or says why not, which the client finds in its error's `data`, and closes its connection. */
export async function refusalFor(
  socket: Socket,
  admit: (socket: Socket) => Promise<void>,
  log: Log,
): Promise<Error | undefined> {
  heard(socket)
  try {
    await admit(socket)
    return undefined
  } catch (error) {
    const refusal = refusalOf(error)
    if (refusal.code === 'internal')
      log.error('a socket could not be let in', { told: refusal.detail, reason: reasonOf(error) })
    setImmediate(() => turnAway(socket, refusal.status >= 500 || refusal.retryAfterMs !== undefined))
    return Object.assign(new Error(refusal.detail), { data: problemOf(refusal) })
  }
}
