/** Answers what is no HTTP request at all, or one with too large a head: nothing of it gets as far as a route. */
import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import { problemOf, Refusal } from './refusal.ts'

const refusals: Readonly<Record<string, Refusal>> = {
  HPE_HEADER_OVERFLOW: new Refusal(
    'bad_request',
    'The address and the headers together are larger than 16 KiB, which is the most. Send long values in the body.',
    { status: 431 },
  ),
  ERR_HTTP_REQUEST_TIMEOUT: new Refusal('bad_request', 'The request did not arrive in time. Send it again.', {
    status: 408,
  }),
}
const broken = new Refusal('bad_request', 'This is not an HTTP request that this server understands.')
const reasons: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  408: 'Request Timeout',
  431: 'Request Header Fields Too Large',
}

export function answerBrokenRequests(server: Server): void {
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    if (error.code === 'ECONNRESET' || !socket.writable) {
      socket.destroy()
      return
    }
    const refusal = refusals[error.code ?? ''] ?? broken
    const body = JSON.stringify(problemOf(refusal))
    socket.end(
      [
        `HTTP/1.1 ${refusal.status} ${reasons[refusal.status]}`,
        'Content-Type: application/problem+json; charset=utf-8',
        `Content-Length: ${Buffer.byteLength(body)}`,
        'Cache-Control: no-store',
        'X-Content-Type-Options: nosniff',
        'Connection: close',
        '',
        body,
      ].join('\r\n'),
    )
  })
}
