import express, { type Express } from 'express'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { checkReadiness, type Check } from './readiness.ts'
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

/** The application. The checks may be added to while it runs. */
export function makeApp(checks: Readonly<Record<string, Check>>): Express {
  const app = express()
  app.disable('x-powered-by')
  app.get('/livez', (_request, response) => {
    response.json({ alive: true })
  })
  app.get('/readyz', async (_request, response) => {
    const readiness = await checkReadiness(checks, checkTimeoutMs)
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
  answerBrokenRequests(server)
  server.listen(port, host)
  try {
    await once(server, 'listening')
  } catch (error) {
    throw listenError(error, host, port)
  }
  const address = server.address() as AddressInfo
  const name = address.family === 'IPv6' ? `[${address.address}]` : address.address
  return { url: `http://${name}:${address.port}`, server, stop: () => drain(server) }
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

async function drain(server: Server): Promise<void> {
  const closed = once(server, 'close')
  server.close()
  const impatient = setTimeout(() => server.closeAllConnections(), drainMs)
  await closed
  clearTimeout(impatient)
}
