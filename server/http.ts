import express, { type Express } from 'express'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { checkReadiness, type Check, type Warning } from './readiness.ts'
import { answerBrokenRequests } from './rest/broken-requests.ts'
import type { Settings } from './settings.ts'

export type HttpServer = {
  readonly url: string
  /** For sockets. */
  readonly server: Server
  /** Takes no new requests, lets those under way finish, and closes what is left after a while. */
  stop(): Promise<void>
}

const checkTimeoutMs = 1_000
const drainMs = 3_000

/** The application. Checks and warnings may be added to while it runs. */
export function makeApp(
  checks: Readonly<Record<string, Check>>,
  warnings: Readonly<Record<string, Warning>> = {},
): Express {
  const app = express()
  app.disable('x-powered-by')
  app.get('/livez', (_request, response) => {
    response.json({ alive: true })
  })
  app.get('/readyz', async (_request, response) => {
    const readiness = await checkReadiness(checks, checkTimeoutMs, warnings)
    response.status(readiness.ready ? 200 : 503).json(readiness)
  })
  return app
}

/** Starts to listen. Throws an error that says what to do when the port is taken. */
export async function serve(
  app: Express,
  { host, port }: Pick<Settings, 'host' | 'port'>,
): Promise<HttpServer> {
  const server = createServer(app)
  const open = openSockets(server)
  answerBrokenRequests(server)
  server.listen(port, host)
  try {
    await once(server, 'listening')
  } catch (error) {
    throw listenError(error, host, port)
  }
  const address = server.address() as AddressInfo
  const name = address.family === 'IPv6' ? `[${address.address}]` : address.address
  return { url: `http://${name}:${address.port}`, server, stop: () => drain(server, open) }
}

function listenError(error: unknown, host: string, port: number): Error {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  const causes: Record<string, string> = {
    EADDRINUSE:
      'another program has it, maybe another Safelight. Stop that one, or set PORT to another number',
    EACCES: 'only an administrator may. Set PORT to a number from 1024 on',
    EADDRNOTAVAIL: 'this machine has no such address. Set HOST to one that it has',
  }
  const cause = causes[String(code)] ?? String(error)
  return new Error(`can't listen on ${host} port ${port}: ${cause}`, { cause: error })
}

/** Web sockets too, of which the server itself knows nothing any more. */
function openSockets(server: Server): ReadonlySet<Socket> {
  const open = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
  })
  return open
}

async function drain(server: Server, open: ReadonlySet<Socket>): Promise<void> {
  const closed = once(server, 'close')
  server.close()
  const impatient = setTimeout(() => {
    for (const socket of open) socket.destroy()
  }, drainMs)
  await closed
  clearTimeout(impatient)
}
