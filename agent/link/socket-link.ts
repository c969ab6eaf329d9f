/** The usual link: one socket that the agent opens and both sides talk over. */
import { io, type Socket } from 'socket.io-client'
import { agentNamespace, serverSays, type Handshake } from '#specs/agent-link.ts'
import type * as z from 'zod'
import { messageOf } from '../exit-codes.ts'
import type { Log } from '../log.ts'
import { userAgent } from '../version.ts'
import {
  LinkDown,
  type Link,
  type Listener,
  parseAnswer,
  problemFrom,
  Refused,
  type ServerWord,
} from './link.ts'

export interface Opening {
  readonly server: string
  readonly handshake: z.input<typeof Handshake>
  /** How long a call may go without an answer, the opening included. */
  readonly callMs: number
  readonly listener: Listener
  readonly log: Log
}

/** Resolves with the open link; rejects with a Refused where the server says no, with a LinkDown otherwise. */
export function openSocket(opening: Opening): Promise<Link> {
  const { server, handshake, callMs } = opening
  const socket = io(new URL(agentNamespace, server).href, {
    auth: { ...handshake },
    extraHeaders: { 'user-agent': userAgent },
    transports: ['websocket'],
    reconnection: false,
    forceNew: true,
    timeout: callMs,
  })
  // From the start on: the server may speak in the moment in which the socket is open.
  const closed = listen(socket, opening)
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => fail(new LinkDown(`no answer within ${callMs} ms`)), callMs)
    function fail(error: Error) {
      clearTimeout(timer)
      socket.disconnect()
      reject(error)
    }
    // Turned away before anything could be said.
    void closed.then((reason) => fail(new LinkDown(`the server has closed the connection: ${reason}`)))
    socket.once('connect', () => {
      clearTimeout(timer)
      resolve(linkOver(socket, closed, callMs))
    })
    socket.once('connect_error', (error: Error & { data?: unknown }) => {
      fail(error.data === undefined ? new LinkDown(reasonOf(error)) : refusedBy(error))
    })
  })
}

function refusedBy(error: Error & { data?: unknown }): Refused {
  return new Refused(problemFrom(error.data, `the server refused the socket: ${error.message}`))
}

function reasonOf(error: Error & { description?: unknown }): string {
  const cause = (error.description as { error?: unknown } | undefined)?.error
  return cause === undefined ? error.message : `${error.message}: ${messageOf(cause)}`
}

function linkOver(socket: Socket, closed: Promise<string>, callMs: number): Link {
  return {
    kind: 'socket',
    closed,
    close: () => void socket.disconnect(),
    async call(word, body) {
      let envelope: unknown
      try {
        envelope = await socket.timeout(callMs).emitWithAck(word, body)
      } catch (error) {
        throw new LinkDown(`no answer to '${word}': ${messageOf(error)}`)
      }
      return parseAnswer(word, valueIn(envelope))
    },
  }
}

function valueIn(envelope: unknown): unknown {
  const { ok, value, problem } = (envelope ?? {}) as Record<string, unknown>
  if (ok === true) return value
  throw new Refused(problemFrom(problem, 'the server answered with neither a value nor a problem'))
}

/** Hands what the server says to the listener; resolves when the socket is closed. */
function listen(socket: Socket, { listener, log }: Opening): Promise<string> {
  for (const word of Object.keys(serverSays) as ServerWord[])
    socket.on(word, (body: unknown, answer?: unknown) => {
      const told = serverSays[word].input.safeParse(body)
      if (!told.success) return log.warn(`the server said '${word}' in a way that was not agreed upon`)
      const said = (listener[word] as (told: unknown) => unknown)(told.data)
      if (typeof answer === 'function') void Promise.resolve(said).then((value) => answer(value) as unknown)
    })
  return new Promise((resolve) => {
    socket.once('disconnect', (reason) => resolve(reason))
  })
}
