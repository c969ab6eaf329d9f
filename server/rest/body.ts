/** Reads a request's body: JSON in UTF-8, not too large, not too deep, and of characters that can be stored. */
import type { IncomingMessage } from 'node:http'
import { Refusal } from './refusal.ts'

export const bodyMaxBytes = 1_048_576
const readMs = 30_000
const depthMax = 64

/** Before anything else is looked at: what says that it is too large is not read. */
export function checkLength(request: IncomingMessage): void {
  const length = Number(request.headers['content-length'] ?? 0)
  if (length > bodyMaxBytes) throw tooLarge()
}

/** The body's value; an absent one is an empty object. */
export async function readBody(request: IncomingMessage): Promise<unknown> {
  if (!hasBody(request)) return {}
  checkType(request)
  const bytes = await readBytes(request)
  if (bytes.length === 0) return {}
  const value = parse(bytes)
  checkDepth(value)
  return value
}

/** Whether something of the body may still be on its way. */
export function isUnread(request: IncomingMessage): boolean {
  return hasBody(request) && !request.readableEnded
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}

function checkType({ headers }: IncomingMessage): void {
  const [type = '', ...parameters] = (headers['content-type'] ?? '')
    .toLowerCase()
    .split(';')
    .map((part) => part.trim())
  const charset = parameters.find((parameter) => parameter.startsWith('charset='))?.slice('charset='.length)
  if (!/^application\/([a-z0-9.+-]+\+)?json$/.test(type))
    throw new Refusal(
      'bad_request',
      `The body is '${type || 'of no type'}'. Send JSON, with the header 'Content-Type: application/json'.`,
    )
  if (charset !== undefined && !/^"?utf-?8"?$/.test(charset))
    throw new Refusal('bad_request', `The body is in '${charset}'. Send it in UTF-8.`)
  if ((headers['content-encoding'] ?? 'identity') !== 'identity')
    throw new Refusal('bad_request', 'The body is compressed. Send it as it is, without Content-Encoding.')
}

function readBytes(request: IncomingMessage): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>()
  const chunks: Buffer[] = []
  let length = 0
  const late = setTimeout(
    () =>
      reject(new Refusal('bad_request', `The body did not arrive within ${readMs / 1000} s. Send it again.`)),
    readMs,
  )
  request.on('data', (chunk: Buffer) => {
    length += chunk.length
    if (length > bodyMaxBytes) {
      request.pause()
      reject(tooLarge())
    } else chunks.push(chunk)
  })
  request.once('end', () => resolve(Buffer.concat(chunks, length)))
  request.once('close', () => reject(new Refusal('bad_request', 'The body broke off. Send it again.')))
  request.once('error', (cause) =>
    reject(new Refusal('bad_request', 'The body broke off. Send it again.', { cause })),
  )
  return promise.finally(() => {
    clearTimeout(late)
    request.removeAllListeners('data')
  })
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (cause) {
    const reason = cause instanceof SyntaxError ? cause.message : 'it is not UTF-8'
    throw new Refusal('bad_json', `The body can't be read as JSON: ${reason.slice(0, 200)}.`, { cause })
  }
}

/** Without recursion: that is what deep nesting is sent for. */
export function checkDepth(value: unknown): void {
  let level = [value].filter(holds)
  for (let depth = 1; level.length > 0; depth++) {
    if (depth > depthMax)
      throw new Refusal('bad_json', `The body is nested deeper than ${depthMax} levels. Send it flatter.`)
    level = level.flatMap((item) => Object.values(item).filter(holds))
  }
}

/** Bytes that came over a socket hold nothing. */
function holds(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !ArrayBuffer.isView(value)
}

function tooLarge(): Refusal {
  return new Refusal(
    'too_large',
    `The body is larger than ${bodyMaxBytes / 1_048_576} MiB, which is the most. Send less at once.`,
  )
}
