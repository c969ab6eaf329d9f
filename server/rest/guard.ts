/** Who calls, and whether they may. The dashboard's socket asks the same guard. */
import type { IncomingHttpHeaders } from 'node:http'
import { roles, type Role } from '#specs/people.ts'
import type { Route } from '#specs/route.ts'
import { type Proofs } from '../people/index.ts'
import { sessionCookie } from '../people/sessions.ts'
import type { AgentCaller, Caller, UserCaller } from './handlers.ts'
import { isFromOwnPage } from './origin.ts'
import type { Places } from './places.ts'
import { noPolicy, type Policy } from './policy.ts'
import { Refusal } from './refusal.ts'

/** Whose key it is; undefined where it is nobody's. */
export type IdentifyAgent = (
  key: string,
) => Promise<{ readonly agent: string; readonly team: string } | undefined>

export interface Identified {
  readonly caller: UserCaller | AgentCaller
  /** To be set in the answer: the session was prolonged. */
  readonly cookie?: string
}

export interface Guard {
  /** Sends away who may not call the route from there, whoever they are. */
  admitFrom(route: Route, ip: string): void
  /** Who shows that cookie or that Authorization. Throws a `Refusal` where nobody does. */
  identify(headers: IncomingHttpHeaders, ip: string): Promise<Identified>
  /** Sends away who may not call the route. */
  admit(route: Route, caller: Caller, headers: IncomingHttpHeaders): void
}

export interface GuardParts {
  readonly proofs: Proofs
  readonly identifyAgent: IdentifyAgent
  readonly publicUrl: string
  /** Where may be called from; anywhere where absent. */
  readonly places?: Pick<Places, 'checkRoute'>
  /** What is denied of what the table allows; nothing where absent. */
  readonly policy?: Policy
}

export function makeGuard(parts: GuardParts): Guard {
  const { proofs, identifyAgent, publicUrl, places, policy = noPolicy } = parts
  async function byBearer(text: string, ip: string): Promise<Identified> {
    const caller = await bearerOf(text, ip)
    if (caller !== undefined) return { caller }
    throw unknown(
      'What the Authorization header carries is not known here, has expired or was made void. Get a new one.',
    )
  }
  async function bearerOf(text: string, ip: string): Promise<UserCaller | AgentCaller | undefined> {
    if (text.startsWith('tok_')) return await proofs.token(text, ip)
    if (text.split('.').length === 3) return await proofs.jwt(text, ip)
    const agent = await identifyAgent(text)
    return agent && { kind: 'agent', ip, ...agent }
  }
  async function byCookie(secret: string, ip: string): Promise<Identified> {
    const found = await proofs.session(secret, ip)
    if (found === undefined) throw unknown('The session has ended. Sign in again.')
    return found
  }
  return {
    admitFrom: (route, ip) => places?.checkRoute(route, ip),
    async identify({ authorization, cookie }, ip) {
      if (authorization !== undefined) return await byBearer(bearerIn(authorization), ip)
      const secret = cookieIn(cookie ?? '', sessionCookie)
      if (secret !== undefined) return await byCookie(secret, ip)
      throw unknown("Sign in, or send 'Authorization: Bearer' with an API token, a JWT or an agent's key.")
    },
    admit(route, caller, headers) {
      if (caller.kind === 'user') admitUser(route, caller, headers, publicUrl)
      else if (route.who !== 'anyone' && !(caller.kind === 'agent' && route.who === 'agent'))
        throw notAllowed("An agent's key opens only what is for agents. Use an API token.")
      policy.check(route, caller)
    },
  }
}

function admitUser(route: Route, caller: UserCaller, headers: IncomingHttpHeaders, publicUrl: string): void {
  const { who, scope, method } = route
  if (caller.via === 'session' && method !== 'get' && !isFromOwnPage(headers, publicUrl))
    throw notAllowed(
      `A session's cookie counts only for pages of this server. Open the dashboard at ${publicUrl}, or use an API token; a program with a cookie sends 'Origin: ${publicUrl}'.`,
    )
  if (who === 'agent') throw notAllowed("This is for agents: send an agent's key.")
  if (who === 'system' ? !caller.system : who !== 'anyone' && rank(caller.role) < rank(who))
    throw notAllowed(
      who === 'system'
        ? 'This is for admins of the whole installation.'
        : `This needs the role ${who}; yours is ${caller.role}. An admin of your team can change that.`,
    )
  if (scope !== null && caller.scopes !== null && !caller.scopes.includes(scope))
    throw notAllowed(`This token is not for that: it lacks the scope '${scope}'. Make one that has it.`)
}

function rank(role: Role): number {
  return roles.indexOf(role)
}

function bearerIn(authorization: string): string {
  const [, text] = /^bearer +([\x21-\x7e]{1,4000})$/i.exec(authorization) ?? []
  if (text !== undefined) return text
  throw unknown(
    "The Authorization header must be 'Bearer', a space, and an API token, a JWT or an agent's key.",
  )
}

function cookieIn(header: string, name: string): string | undefined {
  for (const part of header.split(';')) {
    const [key, value = ''] = part.trim().split('=')
    if (key === name && value !== '') return value
  }
  return undefined
}

function unknown(detail: string): Refusal {
  return new Refusal('not_signed_in', detail)
}

function notAllowed(detail: string): Refusal {
  return new Refusal('not_allowed', detail)
}
