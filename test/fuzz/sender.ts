/** Sends fuzzed requests over a few kept connections. */
import { Agent, type ClientRequest, request } from 'node:http'
import type { Route } from '#specs/route.ts'
import type { Input } from './harm.ts'

/** Longer ones are refused before any route is looked for; a spec of their own tries them. */
const addressMax = 12_000
const paramMax = 600
/** Nobody is made to wait so long. */
const answerMs = 30_000

export interface Received {
  readonly status: number
  readonly headers: Headers
  readonly text: string
}
interface Wish {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer | undefined
}

export class Sender {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 64 })
  readonly #url: URL

  constructor(url: string) {
    this.#url = new URL(url)
  }

  /** What the server says; rejects where it says nothing. */
  async send(route: Route, input: Input, proof: Readonly<Record<string, string>>): Promise<Received> {
    const wish = wishOf(route, input, proof)
    const { sent, answer } = this.#request(wish)
    sent.end(wish.body)
    return await answer.catch((error: unknown) => {
      // A kept connection may be given up at the moment in which it is used again.
      if (!sent.reusedSocket) throw error
      const again = this.#request(wish)
      again.sent.end(wish.body)
      return again.answer
    })
  }

  #request({ method, path, headers }: Wish): { sent: ClientRequest; answer: Promise<Received> } {
    const { promise, resolve, reject } = Promise.withResolvers<Received>()
    const { hostname: host, port } = this.#url
    const sent = request({ agent: this.#agent, host, port, method, path, headers }, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => (text += chunk))
      response.on('error', reject)
      response.on('end', () => {
        const { statusCode: status = 0, headers: answered } = response
        resolve({ status, headers: new Headers(answered as Record<string, string>), text })
        // What is too large is refused before all of it was sent.
        if (!sent.writableFinished) sent.destroy()
      })
    })
    sent.on('error', reject)
    sent.setTimeout(answerMs, () => sent.destroy(new Error(`no answer within ${answerMs} ms`)))
    return { sent, answer: promise }
  }

  close(): void {
    this.#agent.destroy()
  }
}

function wishOf(
  { method, path }: Route,
  { params, search, body, headers }: Input,
  proof: Readonly<Record<string, string>>,
): Wish {
  const place = path.replaceAll(
    /\{(\w+)\}/g,
    (_all, name: string) => encodeURIComponent(cut(params[name] ?? '')) || 'x',
  )
  return {
    method: method.toUpperCase(),
    path: `${place}${search === '' ? '' : `?${search}`}`.slice(0, addressMax),
    headers: { ...proof, ...printable(headers), ...(body && { 'content-length': String(body.length) }) },
    body,
  }
}

function cut(text: string): string {
  return Array.from(text).slice(0, paramMax).join('')
}

/** A header is bytes; what is more, a client could not send. */
function printable(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Buffer.from(value, 'utf8').toString('latin1')]),
  )
}
