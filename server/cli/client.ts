/** Calls the server by the table of routes. */
import type * as z from 'zod'
import { Problem } from '#specs/problem.ts'
import { type RouteName, type RouteOf, routes } from '#specs/routes.ts'

type Input<T> = T extends z.ZodType ? z.input<T> : undefined
type Output<N extends RouteName> = z.output<RouteOf<N>['answer']>

export interface CallOptions<N extends RouteName> {
  readonly params?: Input<RouteOf<N> extends { params: infer P } ? P : undefined>
  readonly query?: Readonly<Record<string, string | number | undefined>>
  readonly body?: Input<RouteOf<N> extends { body: infer B } ? B : undefined>
  readonly headers?: Readonly<Record<string, string>>
}

/** The server said no; its problem says why. */
export class Declined extends Error {
  readonly problem: Problem
  constructor(problem: Problem) {
    const fields = problem.fields?.map(({ path, message }) => `\n  ${path}: ${message}`).join('') ?? ''
    super(`${problem.detail}${fields}`)
    this.problem = problem
  }
}

export class Client {
  readonly url: string
  readonly #token: string | null

  constructor(url: string, token: string | null) {
    this.url = url.replace(/\/+$/, '')
    this.#token = token
  }

  /** The answer, parsed by the route's schema. Throws `Declined` where the server refuses. */
  async call<N extends RouteName>(name: N, options: CallOptions<N> = {}): Promise<Output<N>> {
    const response = await this.fetch(name, options)
    const answer: unknown = await response.json()
    if (!response.ok) throw new Declined(Problem.parse(answer))
    return routes[name].answer.parse(answer) as Output<N>
  }

  /** The bare response: for what is more than its body. */
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
      })
    } catch (error) {
      throw new Error(`no server answers at ${this.url}: is it running? 'safelight up' starts one`, {
        cause: error,
      })
    }
  }
}

function filled(path: string, params: unknown): string {
  const given = (params ?? {}) as Record<string, string>
  return path.replaceAll(/\{(\w+)\}/g, (_all, name: string) => encodeURIComponent(given[name] ?? ''))
}
