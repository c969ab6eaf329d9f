/** What a handler of a route is given, and who calls it. */
import type { IncomingHttpHeaders } from 'node:http'
import type { Role, Scope } from '#specs/people.ts'
import type { AnswerOf, Given, Route } from '#specs/route.ts'
import type { RouteName, RouteOf } from '#specs/routes.ts'

/** Somebody without proof of who they are. */
export interface Anyone {
  readonly kind: 'anyone'
  readonly ip: string
}

export interface UserCaller {
  readonly kind: 'user'
  readonly ip: string
  readonly user: string
  readonly team: string
  readonly role: Role
  /** An admin of the whole installation. */
  readonly system: boolean
  /** What the token may be used for; null: all that its user may. */
  readonly scopes: readonly Scope[] | null
  readonly via: 'session' | 'token' | 'jwt'
  /** The id of the session, of the token, or of the grant that a JWT hangs on. It names what has ended when it ends. */
  readonly credential: string
  /** When what they came with ends by itself. */
  readonly expiresAt: number
}

export interface AgentCaller {
  readonly kind: 'agent'
  readonly ip: string
  readonly agent: string
  readonly team: string
}

export type Caller = Anyone | UserCaller | AgentCaller

/** Who gets as far as the handler of a route: the guard has sent the others away. */
export type CallerOf<R extends Route> = R['who'] extends 'anyone'
  ? Anyone
  : R['who'] extends 'agent'
    ? AgentCaller
    : UserCaller

/** For the few handlers whose answer is more than a body. */
export interface Reply {
  /** Instead of the route's own. */
  status(code: 200 | 201 | 202): void
  header(name: string, value: string): void
}

export interface Extra {
  readonly idempotencyKey?: string
  readonly ip: string
  readonly headers: IncomingHttpHeaders
  readonly reply: Reply
  /** Aborted when the caller has gone. */
  readonly signal: AbortSignal
}

/** A handler gets parsed input from a caller who may call, and answers what the route declares, or throws a `Refusal`. */
export type Handler<R extends Route> = (
  given: Given<R>,
  caller: CallerOf<R>,
  extra: Extra,
) => Promise<AnswerOf<R>>

/** Handlers by the route's name. Several modules make some each; together they make all. */
export type Handlers = { readonly [N in RouteName]?: Handler<RouteOf<N>> }
