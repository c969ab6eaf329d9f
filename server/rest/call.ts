/**
 * One call of one route, from the request to the answer:
 *
 *   how large ─▶ from where ─▶ who calls ─▶ not too often ─▶ may they ─▶ parse ─▶ handler ─▶ answer
 *
 * Whoever may not call learns nothing about what is there: ids are looked at only after that.
 */
import type { Request, Response } from 'express'
import type { Clock } from '#runtime/index.ts'
import type { Log } from '#runtime/log.ts'
import type { Route } from '#specs/route.ts'
import type { ReadAddress } from './address.ts'
import { networkOf } from './address.ts'
import { sendJson, sendRefusal } from './answer.ts'
import { checkLength, readBody } from './body.ts'
import type { Guard } from './guard.ts'
import type { Caller, Extra } from './handlers.ts'
import { badInput, parseBody, parseParams, parseQuery } from './parse.ts'
import { RateLimit, type RateLimits } from './rate-limit.ts'

export interface CallParts {
  readonly guard: Guard
  readonly readAddress: ReadAddress
  readonly limits: RateLimits
  readonly clock: Pick<Clock, 'now'>
  readonly log: Log
}

/** A handler whose types have been left behind: the table of routes has tied them to its route's. */
export type AnyHandler = (given: unknown, caller: Caller, extra: Extra) => Promise<unknown>
export type Serve = (route: Route, handler: AnyHandler, request: Request, response: Response) => Promise<void>

const idempotencyKey = /^[\x21-\x7e]{1,200}$/

export function makeServe({ guard, readAddress, limits, clock, log }: CallParts): Serve {
  const anonymous = new RateLimit(limits.anonymousPerMinute, clock)
  const users = new RateLimit(limits.userPerMinute, clock)
  const agents = new RateLimit(limits.agentPerMinute, clock)

  function count(limit: RateLimit, key: string, response: Response): void {
    const { refusal, ...taken } = limit.take(key)
    response.setHeader('ratelimit-limit', taken.limit)
    response.setHeader('ratelimit-remaining', taken.remaining)
    response.setHeader('ratelimit-reset', Math.ceil(taken.resetMs / 1000))
    if (refusal) throw refusal
  }

  async function callerOf(route: Route, request: Request, response: Response): Promise<Caller> {
    const ip = readAddress(request)
    const anybody = () => count(anonymous, networkOf(ip), response)
    const identified = async () => {
      guard.admitFrom(route, ip)
      return await guard.identify(request.headers, ip)
    }
    if (route.who === 'anyone') {
      anybody()
      const caller = { kind: 'anyone', ip } as const
      guard.admitFrom(route, ip)
      guard.admit(route, caller, request.headers)
      return caller
    }
    const { caller, cookie } = await identified().catch((error: unknown) => {
      anybody()
      throw error
    })
    if (caller.kind === 'user') count(users, caller.user, response)
    else count(agents, caller.agent, response)
    if (cookie !== undefined) response.setHeader('set-cookie', cookie)
    guard.admit(route, caller, request.headers)
    return caller
  }

  return async function serve(route, handler, request, response) {
    try {
      checkLength(request)
      const caller = await callerOf(route, request, response)
      const given = {
        params: parseParams(route, { ...request.params }),
        query: parseQuery(route, searchOf(request)),
        body: parseBody(route, await readBody(request)),
      }
      const { extra, status, headers } = extraOf(route, request, response, caller)
      const answer = await handler(given, caller, extra)
      for (const [name, value] of headers) response.setHeader(name, value)
      sendJson(response, status(), answer)
    } catch (error) {
      sendRefusal(request, response, error, log)
    }
  }
}

function extraOf({ status: usual = 200 }: Route, request: Request, response: Response, { ip }: Caller) {
  const gone = new AbortController()
  response.once('close', () => gone.abort())
  const headers = new Map<string, string>()
  let chosen: number = usual
  const key = request.headers['idempotency-key']
  if (key !== undefined && !idempotencyKey.test(String(key)))
    throw badInput([{ path: 'header Idempotency-Key', message: 'must be 1 to 200 visible ASCII characters' }])
  const extra: Extra = {
    ...(key !== undefined && { idempotencyKey: String(key) }),
    ip,
    headers: request.headers,
    signal: gone.signal,
    reply: { status: (code) => (chosen = code), header: (name, value) => headers.set(name, value) },
  }
  return { extra, status: () => chosen, headers }
}

function searchOf({ originalUrl }: Request): URLSearchParams {
  const at = originalUrl.indexOf('?')
  return new URLSearchParams(at < 0 ? '' : originalUrl.slice(at + 1))
}
