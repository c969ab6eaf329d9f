/** Sends fuzzed requests over a few kept connections. */
import { Agent, request } from 'node:http'
import type { Route } from '#specs/route.ts'
import type { Input } from './harm.ts'

/** Longer ones are refused before any route is looked for; a spec of their own tries them. */
const addressMax = 12_000
const placeMax = 8_000

export interface Received {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  readonly ms: number
}

export class Sender {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 8 })
  readonly #url: URL

  constructor(url: string) {
    this.#url = new URL(url)
  }

  /** What the server says; rejects where it says nothing. */
  send(
    route: Route,
    { params, search, body, headers }: Input,
    proof: Readonly<Record<string, string>>,
  ): Promise<Received> {
    const place = route.path.replaceAll(
      /\{(\w+)\}/g,
      (_all, name: string) => encodeURIComponent(params[name] ?? 'x') || 'x',
    )
    const path = `${place.slice(0, placeMax)}${search === '' ? '' : `?${search}`}`.slice(0, addressMax)
    const { promise, resolve, reject } = Promise.withResolvers<Received>()
    const start = performance.now()
    const sent = request(
      {
        agent: this.#agent,
        host: this.#url.hostname,
        port: this.#url.port,
        method: route.method.toUpperCase(),
        path,
        headers: { ...proof, ...printable(headers), ...(body && { 'content-length': String(body.length) }) },
      },
      (response) => {
        let text = ''
        response.setEncoding('utf8')
        response.on('data', (chunk: string) => (text += chunk))
        response.on('error', reject)
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: new Headers(response.headers as Record<string, string>),
            text,
            ms: performance.now() - start,
          }),
        )
      },
    )
    sent.on('error', reject)
    sent.end(body)
    return promise
  }

  close(): void {
    this.#agent.destroy()
  }
}

/** A header is bytes; what is more, a client could not send. */
function printable(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Buffer.from(value, 'utf8').toString('latin1')]),
  )
}
