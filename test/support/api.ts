/**
 * A caller of the REST interface who believes nothing: each answer has to be what its route declares, to the last field, and each
 * refusal a problem that the API document knows of.
 */
import { isDeepStrictEqual } from 'node:util'
import type * as z from 'zod'
import { problemsOf } from '#specs/openapi.ts'
import { Problem, statusOf } from '#specs/problem.ts'
import type { Route } from '#specs/route.ts'
import { type RouteName, type RouteOf, routes } from '#specs/routes.ts'

export interface CallInput {
  readonly params?: Readonly<Record<string, string>>
  readonly query?: Readonly<Record<string, string>>
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

/** How the caller proves who they are. */
export type Proof = { readonly cookie: string } | { readonly bearer: string } | Record<never, never>

export interface Answer<T> {
  readonly status: number
  readonly headers: Headers
  readonly body: T
}

type Output<N extends RouteName> = z.output<RouteOf<N>['answer']>

export class Api {
  readonly url: string
  readonly proof: Proof

  constructor(url: string, proof: Proof = {}) {
    this.url = url
    this.proof = proof
  }

  /** The answer; rejects where the server refuses. */
  async ok<N extends RouteName>(name: N, input: CallInput = {}): Promise<Output<N>> {
    const { status, body } = await this.try(name, input)
    if (status >= 300) throw new Error(`${name} was refused: ${JSON.stringify(body)}`)
    return body as Output<N>
  }

  /** The refusal; rejects where there is none. */
  async refused(name: RouteName, input: CallInput = {}): Promise<z.output<typeof Problem>> {
    const { status, body } = await this.try(name, input)
    if (status < 300) throw new Error(`${name} was not refused: ${JSON.stringify(body)}`)
    return Problem.parse(body)
  }

  /** Whatever comes, checked against the route's declaration. */
  async try(name: RouteName, input: CallInput = {}): Promise<Answer<unknown>> {
    const response = await this.send(name, input)
    const body: unknown = await response.json()
    checkAnswer(routes[name], response, body)
    return { status: response.status, headers: response.headers, body }
  }

  async send(
    name: RouteName,
    { params = {}, query = {}, body, headers = {} }: CallInput = {},
  ): Promise<Response> {
    const { method, path } = routes[name]
    const search = new URLSearchParams(query).toString()
    const filled = path.replaceAll(/\{(\w+)\}/g, (_all, key: string) => encodeURIComponent(params[key] ?? ''))
    return await fetch(`${this.url}${filled}${search === '' ? '' : `?${search}`}`, {
      method: method.toUpperCase(),
      headers: {
        ...proofHeaders(this.proof, this.url),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
  }
}

export function proofHeaders(proof: Proof, origin: string): Record<string, string> {
  if ('cookie' in proof) return { cookie: proof.cookie, origin }
  if ('bearer' in proof) return { authorization: `Bearer ${proof.bearer}` }
  return {}
}

/** The session's cookie out of an answer, as a browser would send it back. */
export function cookieOf(headers: Headers): string {
  return headers.getSetCookie()[0]?.split(';')[0] ?? ''
}

/** Throws where the answer is not what the route declares. */
export function checkAnswer(
  route: Route,
  response: Pick<Response, 'status' | 'headers'>,
  body: unknown,
): void {
  const { status, headers } = response
  const type = headers.get('content-type') ?? ''
  if (status < 300) {
    const parsed: unknown = route.answer.parse(body)
    if (!isDeepStrictEqual(parsed, body))
      throw new Error(`${route.path} answers more than it declares: ${JSON.stringify(body)}`)
    if (!type.startsWith('application/json')) throw new Error(`${route.path} answers as ${type}`)
    return
  }
  const problem = Problem.strict().parse(body)
  if (!type.startsWith('application/problem+json')) throw new Error(`${route.path} refuses as ${type}`)
  if (problem.status !== status || statusOf[problem.code] !== status)
    throw new Error(`${route.path}: status ${status} is not that of ${problem.code}`)
  if (!problemsOf(route).includes(problem.code))
    throw new Error(
      `${route.method} ${route.path} refuses with ${problem.code}, which it does not declare: ${problem.detail}`,
    )
}
