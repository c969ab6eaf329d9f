/** What the table of routes promises for each caller, worked out apart from the guard. */
import type { Route } from '#specs/route.ts'
import type { RouteName } from '#specs/routes.ts'
import type { MatrixCaller } from './callers.ts'

export type Verdict = 'allowed' | 'not_signed_in' | 'not_allowed'

const ranks = { viewer: 0, operator: 1, admin: 2 }

export function verdictOn(name: RouteName, { who, scope }: Route, caller: MatrixCaller): Verdict {
  if (who === 'anyone') return 'allowed'
  if (!caller.counts) return 'not_signed_in'
  if ((who === 'agent') !== (caller.kind === 'agent')) return 'not_allowed'
  if (who === 'agent') return 'allowed'
  if (who === 'system' && !caller.system) return 'not_allowed'
  if (who !== 'system' && ranks[caller.role ?? 'viewer'] < ranks[who]) return 'not_allowed'
  if (scope !== null && caller.scopes !== null && !caller.scopes.includes(scope)) return 'not_allowed'
  return exception(name, caller) ? 'not_allowed' : 'allowed'
}

/** What the table does not tell: nothing that is given out may give out more than itself. */
function exception(name: RouteName, { via, scopes }: MatrixCaller): boolean {
  if (name === 'signOut') return via === 'token'
  if (name === 'makeJwt') return via === 'jwt'
  if (name === 'makeToken') return via === 'jwt' || (scopes !== null && !scopes.includes('read'))
  return false
}
