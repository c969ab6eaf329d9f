/** Calls the server by the table of routes. */
import type * as z from 'zod'
import { Problem } from '#specs/problem.ts'
import { type RouteName, type RouteOf, routes } from '#specs/routes.ts'
import { Misused } from './exit-codes.ts'

type Input<T> = T extends z.ZodType ? z.input<T> : undefined
type Output<N extends RouteName> = z.output<RouteOf<N>['answer']>

export interface CallOptions<N extends RouteName> {
  readonly params?: Input<RouteOf<N> extends { params: infer P } ? P : undefined>
  readonly query?: Readonly<Record<string, string | number | undefined>>
  readonly body?: Input<RouteOf<N> extends { body: infer B } ? B : undefined>
  readonly headers?: Readonly<Record<string, string>>
}

const callMs = 30_000

/** The server said no; its problem says why. */
export class Declined extends Error {
  readonly problem: Problem
  constructor(problem: Problem, showedToken: boolean) {
    super(sentenceOf(problem, showedToken))
    this.problem = problem
  }
}

function sentenceOf({ code, detail, fields = [] }: Problem, showedToken: boolean): string {
  if (code === 'not_signed_in' && showedToken)
    return "the server does not know this token, or not any more: sign in again with 'safelight sign-in'"
  // Mostly the sentence names the fields already.
  const unnamed = fields.filter(({ message }) => !detail.includes(message))
  const lines = [detail, ...unnamed.map(({ path, message }) => `  ${path}: ${message}`)]
  return lines.join('\n').replaceAll(/\bquery\.(?=\w)/g, '--')
}

export class Client {
  readonly url: string
  readonly #token: string | null

  constructor(url: string, token: string | null) {
    this.url = addressOf(url)
    this.#token = token
  }

  /** The answer, parsed by the route's schema. Throws `Declined` where the server refuses. */
  async call<N extends RouteName>(name: N, options: CallOptions<N> = {}): Promise<Output<N>> {
    return (await this.exchange(name, options)).answer
  }

  /** The same, with the response that it came in: for what is more than its body. */
  async exchange<N extends RouteName>(
    name: N,
    options: CallOptions<N> = {},
  ): Promise<{ readonly answer: Output<N>; readonly response: Response }> {
    const response = await this.fetch(name, options)
    const body = await this.#bodyOf(response)
    if (!response.ok) throw this.#refusalIn(body, response)
    const answer = routes[name].answer.safeParse(body)
    if (!answer.success)
      throw new Error(
        `the server at ${this.url} answers otherwise than this program expects: are both of the same version?`,
        { cause: answer.error },
      )
    return { answer: answer.data as Output<N>, response }
  }

  /** The bare response. */
  async fetch<N extends RouteName>(name: N, options: CallOptions<N> = {}): Promise<Response> {
    const { method, path } = routes[name]
    const address = new URL(`${this.url}${filled(path, options.params)}`)
    for (const [field, value] of Object.entries(options.query ?? {}))
      if (value !== undefined) address.searchParams.set(field, String(value))
    try {
      return await fetch(address, {
        method: method.toUpperCase(),
        headers: {
          ...(this.#token !== null && { authorization: `Bearer ${this.#token}` }),
          ...(options.body !== undefined && { 'content-type': 'application/json' }),
          ...options.headers,
        },
        ...(options.body !== undefined && { body: JSON.stringify(options.body) }),
        signal: AbortSignal.timeout(callMs),
      })
    } catch (error) {
      throw this.#unreachable(error)
    }
  }

  async #bodyOf(response: Response): Promise<unknown> {
    try {
      return await response.json()
    } catch (error) {
      if (error instanceof SyntaxError) throw this.#stranger(response)
      throw this.#unreachable(error)
    }
  }

  #refusalIn(body: unknown, response: Response): Error {
    const problem = Problem.safeParse(body)
    return problem.success ? new Declined(problem.data, this.#token !== null) : this.#stranger(response)
  }

  #stranger({ status }: Response): Error {
    return new Error(
      `what answers at ${this.url} (with the status ${status}) is no Safelight server, or one that is still starting`,
    )
  }

  #unreachable(error: unknown): Error {
    return new Error(
      `no server answers at ${this.url} (${reasonOf(error)}): is it running? 'safelight up' starts one`,
      { cause: error },
    )
  }
}

/** The address without what comes after the host and the path. Throws where it is none. */
export function addressOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null
  if (url === null || !['http:', 'https:'].includes(url.protocol))
    throw new Misused(`'${text}' is no address of a server: write it like http://127.0.0.1:4600`)
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '')
}

function filled(path: string, params: unknown): string {
  const given = (params ?? {}) as Record<string, string>
  return path.replaceAll(/\{(\w+)\}/g, (_all, name: string) => encodeURIComponent(given[name] ?? ''))
}

/** `fetch` says no more than that it failed; its cause knows why. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error.name === 'TimeoutError') return `nothing within ${callMs / 1_000} s`
  const { cause } = error
  if (cause instanceof AggregateError) return reasonOf(cause.errors[0])
  return cause instanceof Error ? reasonOf(cause) : error.message
}
