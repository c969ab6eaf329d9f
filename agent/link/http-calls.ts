/** Single calls to the server's routes, by the table that the server itself is made from. */
import type * as z from 'zod'
import { linkRoutes } from '#specs/routes/link.ts'
import { messageOf } from '../exit-codes.ts'
import { userAgent } from '../version.ts'
import { LinkDown, problemFrom, Refused } from './link.ts'

export type LinkRoute = keyof typeof linkRoutes
type BodyOf<R extends LinkRoute> = z.input<(typeof linkRoutes)[R]['body']>
type AnswerOf<R extends LinkRoute> = z.output<(typeof linkRoutes)[R]['answer']>

export interface Caller {
  readonly server: string
  readonly headers?: Readonly<Record<string, string>>
  readonly callMs: number
}

/** Resolves with the parsed answer; rejects with a Refused where the server says no, with a LinkDown otherwise. */
export async function callRoute<R extends LinkRoute>(
  { server, headers, callMs }: Caller,
  name: R,
  body: BodyOf<R>,
): Promise<AnswerOf<R>> {
  const { method, path, answer } = linkRoutes[name]
  let status: number
  let told: unknown
  try {
    const response = await fetch(new URL(path, server), {
      method,
      headers: { 'content-type': 'application/json', 'user-agent': userAgent, ...headers },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(callMs),
    })
    status = response.status
    told = parseJson(await response.text())
  } catch (error) {
    throw new LinkDown(`${server} can't be reached: ${reasonOf(error)}`)
  }
  if (status >= 400) throw new Refused(problemFrom(told, `${server} answered with the status ${status}`))
  const parsed = answer.safeParse(told)
  if (parsed.success) return parsed.data as AnswerOf<R>
  throw new Refused(problemFrom(null, `${server} does not answer as a Safelight server does`))
}

function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined
  return messageOf(cause instanceof AggregateError ? cause.errors[0] : (cause ?? error))
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
