/** Who a user is, by what they show: a session's cookie, an API token, or a JWT. */
import { findToken } from '#db/product/people.ts'
import { Role, Scope } from '#specs/people.ts'
import { withoutTeam } from '../database/tenant.ts'
import type { UserCaller } from '../rest/handlers.ts'
import type { PeopleParts } from './parts.ts'
import { readSecret } from './secret.ts'

/** The ways in which users prove who they are. Each resolves with undefined where the proof is worth nothing. */
export interface Proofs {
  session(
    secret: string,
    ip: string,
  ): Promise<{ readonly caller: UserCaller; readonly cookie?: string } | undefined>
  token(secret: string, ip: string): Promise<UserCaller | undefined>
  jwt(jwt: string, ip: string): Promise<UserCaller | undefined>
}

export function makeProofs({
  pool,
  sessions,
  keys,
}: Pick<PeopleParts, 'pool' | 'sessions' | 'keys'>): Proofs {
  return {
    session: (secret, ip) => sessions.find(secret, ip),
    jwt: (jwt, ip) => keys.find(jwt, ip),
    async token(secret, ip) {
      const hash = readSecret('tok', secret)
      if (hash === undefined) return undefined
      const [row] = await withoutTeam(pool, (server) => findToken.run(server, hash))
      if (row === undefined) return undefined
      const { id, team, user_id: user, role, system, expires_at: expiresAt } = row
      const scopes = row.scopes.map((scope) => Scope.parse(scope))
      const who = { user, team, role: Role.parse(role), system, scopes, expiresAt }
      return { kind: 'user', ip, ...who, via: 'token', credential: id }
    },
  }
}
