/**
 * Connections of which nobody knows yet who is at the other end, agents' and pages' alike:
 *
 *   opened ──▶ silent ──shows who it is──▶ looked up ──▶ let in: a stranger no more
 *                 │                           └─▶ told why not, and closed
 *                 └─▶ closed after the socket server's `connectTimeout`
 *
 * An address may have some that are silent, and all addresses together some strangers; one more is closed at once with
 * 1013, 'try again later'. A thousand agents of one address that come back at once are not silent for long.
 */
import type { IncomingMessage } from 'node:http'
import type { Server, Socket } from 'socket.io'
import type { Log } from '#runtime/index.ts'
import { agentNamespace } from '#specs/agent-link.ts'
import { dashboardNamespace } from '#specs/live.ts'
import { networkOf } from '../rest/address.ts'

export interface StrangersOptions {
  readonly io: Server
  /** The address that a request comes from, as far as proxies are trusted. */
  readonly addressOf: (request: IncomingMessage) => string
  readonly log: Log
  readonly most?: StrangersMost
}
export interface StrangersMost {
  readonly inAll: number
  /** Of one address, that have said nothing. */
  readonly silent: number
}

type Connection = Socket['conn']

const mostUsually: StrangersMost = { inAll: 2_000, silent: 256 }
const tryAgainLater = 1013
const notForYou = 1008

interface Stranger {
  /** It has begun to show who it is. */
  spoken(): void
  /** It is gone, or known. */
  gone(): void
}

const strangers = new WeakMap<Connection, Stranger>()

/** Returns what ends the counting. */
export function limitStrangers({ io, addressOf, log, most = mostUsually }: StrangersOptions): () => void {
  const all = new Set<Connection>()
  /** By address. */
  const silent = new Map<string, Set<Connection>>()
  const opened = (connection: Connection) => {
    const network = networkOf(addressOf(connection.request))
    const alike = silent.get(network) ?? new Set()
    if (all.size >= most.inAll || alike.size >= most.silent) {
      log.debug('too many connections whose other end is not known', { network, all: all.size })
      return close(connection, tryAgainLater, 'too many strangers: try again later')
    }
    all.add(connection)
    silent.set(network, alike.add(connection))
    const spoken = () => {
      alike.delete(connection)
      if (alike.size === 0 && silent.get(network) === alike) silent.delete(network)
    }
    const gone = () => {
      spoken()
      all.delete(connection)
      strangers.delete(connection)
    }
    strangers.set(connection, { spoken, gone })
    connection.once('close', gone)
  }
  io.engine.on('connection', opened)
  // The namespace without a name lets everybody in, for as long as they like.
  io.use((socket, next) => {
    next(new Error(`Nothing is served here. Open ${agentNamespace} or ${dashboardNamespace}.`))
    setImmediate(() => turnAway(socket, false))
  })
  for (const namespace of [agentNamespace, dashboardNamespace])
    io.of(namespace).on('connection', ({ conn }) => strangers.get(conn)?.gone())
  return () => void io.engine.off('connection', opened)
}

/** It says who it is, and that is looked up. */
export function heard({ conn }: Socket): void {
  strangers.get(conn)?.spoken()
}

/** The other end has been told why it is not let in, and nothing more will come of this connection. */
export function turnAway({ conn }: Socket, mayReturn: boolean): void {
  if (!strangers.has(conn)) return
  if (mayReturn) close(conn, tryAgainLater, 'try again later')
  else close(conn, notForYou, 'not let in')
}

/** What was said goes out first. Only a web socket can be given a reason. */
function close(connection: Connection, code: number, reason: string) {
  const end = () => {
    const { name, socket } = connection.transport as unknown as {
      readonly name: string
      readonly socket: { close(code: number, reason: string): void }
    }
    if (name === 'websocket') socket.close(code, reason)
    else connection.close()
  }
  const { writeBuffer } = connection as unknown as { readonly writeBuffer: readonly unknown[] }
  if (writeBuffer.length > 0) connection.once('drain', end)
  else end()
}
