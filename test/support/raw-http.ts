/** Requests as no decent client sends them. */
import { once } from 'node:events'
import { connect } from 'node:net'

export interface RawAnswer {
  readonly status: number
  readonly head: string
  readonly body: string
}

/** Writes bytes to the server and reads its first answer, whether or not it wants all of the bytes. */
export async function sendRaw(
  url: string,
  parts: Iterable<string | Buffer>,
): Promise<RawAnswer & { sent: number }> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  let text = ''
  let gone = false
  socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')))
  socket.on('error', () => (gone = true))
  socket.once('close', () => (gone = true))
  await once(socket, 'connect')
  let sent = 0
  for (const part of parts) {
    if (gone || isWhole(text)) break
    if (!socket.write(part))
      await Promise.race([once(socket, 'drain'), once(socket, 'data'), once(socket, 'close')]).catch(() => {})
    sent += part.length
  }
  while (!isWhole(text) && !gone)
    await Promise.race([once(socket, 'data'), once(socket, 'close')]).catch(() => {})
  socket.destroy()
  const [head, body = ''] = splitOnce(text, '\r\n\r\n')
  return { status: Number(/^HTTP\/1\.1 (\d+)/.exec(head)?.[1]), head, body, sent }
}

/** Writes bytes, and goes without waiting for an answer. */
export async function hangUp(url: string, bytes: string): Promise<void> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  await once(socket, 'connect')
  await new Promise<void>((written) => socket.write(bytes, () => written()))
  socket.destroy()
  await once(socket, 'close')
}

function isWhole(text: string): boolean {
  const [head, body] = splitOnce(text, '\r\n\r\n')
  const length = /content-length: (\d+)/i.exec(head)?.[1]
  return body !== undefined && body.length >= Number(length ?? 0)
}

function splitOnce(text: string, separator: string): [string, string?] {
  const at = text.indexOf(separator)
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + separator.length)]
}
