/** Writes answers and refusals. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Log } from '#runtime/log.ts'
import { isUnread } from './body.ts'
import { problemOf, refusalOf } from './refusal.ts'

/** What is left of a body is read and thrown away up to so much; rather than more, the connection is closed. */
const leftoverMaxBytes = 65_536
/** Time for a caller that is still sending to hear that nobody listens. */
const lingerMs = 1_000

export function sendJson(response: ServerResponse, status: number, value: unknown): void {
  response.end(begin(response, status, 'application/json; charset=utf-8', value))
}

/** Answers with a problem. What is a bug of ours goes to the log, and its trace nowhere else. */
export function sendRefusal(
  request: IncomingMessage,
  response: ServerResponse,
  error: unknown,
  log: Log,
): void {
  const refusal = refusalOf(error)
  if (refusal.code === 'internal') logBug(request, refusal.detail, refusal.cause, log)
  if (response.headersSent) {
    response.destroy()
    return
  }
  if (refusal.retryAfterMs !== undefined)
    response.setHeader('retry-after', Math.max(1, Math.ceil(refusal.retryAfterMs / 1000)))
  if (refusal.status === 401) response.setHeader('www-authenticate', 'Bearer realm="safelight"')
  const hangUp = isUnread(request) && !isSmall(request)
  if (hangUp) response.setHeader('connection', 'close')
  const { status } = refusal
  const bytes = begin(response, status, 'application/problem+json; charset=utf-8', problemOf(refusal))
  if (hangUp) endLater(request, response, bytes)
  else response.end(bytes)
  if (isUnread(request) && !hangUp) request.resume()
}

/** Writes the head, and says what follows it. */
function begin(response: ServerResponse, status: number, type: string, value: unknown): Buffer {
  const bytes = Buffer.from(JSON.stringify(value))
  response.writeHead(status, {
    'content-type': type,
    'content-length': bytes.length,
    'cache-control': 'no-store',
  })
  return bytes
}

function isSmall({ headers }: IncomingMessage): boolean {
  return Number(headers['content-length'] ?? Infinity) <= leftoverMaxBytes
}

/**
 * Sends the whole answer, reads nothing more, and keeps the connection open for a moment. Closed at once, while the caller
 * is still sending, it would be reset, and the caller might never see the answer.
 */
function endLater(request: IncomingMessage, response: ServerResponse, bytes: Buffer): void {
  request.pause()
  response.write(bytes)
  const end = () => {
    clearTimeout(late)
    response.end()
  }
  const late = setTimeout(end, lingerMs)
  request.socket.once('close', end)
}

function logBug(request: IncomingMessage, line: string, cause: unknown, log: Log): void {
  const { method, url = '' } = request
  const error = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)
  log.error(line, { request: `${method} ${url.split('?')[0]}`, error })
}
