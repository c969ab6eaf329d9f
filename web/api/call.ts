/** Calls the server by the names of its routes; what comes back is parsed with the route's own schema. */
import type * as z from 'zod'
import { Problem } from '#specs/problem.ts'
import type { Route } from '#specs/route.ts'
import { routes, type RouteName, type RouteOf } from '#specs/routes.ts'
import { addressOf, type Asked } from './request.ts'
import { noteServerDate } from './server-clock.ts'
import { Trouble } from './trouble.ts'

export type AnswerTo<N extends RouteName> = z.output<RouteOf<N>['answer']>
export type Extra = { readonly signal?: AbortSignal; readonly idempotencyKey?: string }

const answerMs = 30_000

/** Throws Trouble. */
export async function call<N extends RouteName>(
  name: N,
  asked: Asked<RouteOf<N>>,
  extra: Extra = {},
): Promise<AnswerTo<N>> {
  const route: Route = routes[name]
  const response = await send(route, asked, extra)
  noteServerDate(response.headers.get('date'))
  const text = await response.text().catch(() => {
    throw Trouble.unreachable()
  })
  const { success, data } = route.answer.safeParse(jsonOf(text))
  if (!response.ok || !success) throw troubleOf(response, text)
  return data as AnswerTo<N>
}

async function send(route: Route, asked: object, { signal, idempotencyKey }: Extra): Promise<Response> {
  const { params, query, body } = asked as Record<'params' | 'query' | 'body', never>
  const signals = [AbortSignal.timeout(answerMs), ...(signal ? [signal] : [])]
  try {
    return await fetch(addressOf(route.path, params, query), {
      method: route.method.toUpperCase(),
      headers: {
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.any(signals),
    })
  } catch (error) {
    if (signal?.aborted === true) throw error
    throw Trouble.unreachable()
  }
}

function troubleOf(response: Response, text: string): Trouble {
  if (response.ok) return Trouble.outdated()
  const { data: problem } = Problem.safeParse(jsonOf(text))
  if (problem !== undefined) return new Trouble(problem)
  // Not the server's own word: a proxy's, or none at all.
  return response.status >= 500
    ? Trouble.unreachable()
    : new Trouble({ code: 'bad_request', detail: `The server refused it (${response.status}).` })
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}
