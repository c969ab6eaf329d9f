/** Who calls what while the routes are fuzzed: somebody who may, so that the input is looked at and not the caller. */
import { routesWithoutHandler } from '#server/rest/app.ts'
import { allRoutes, type RouteName } from '#specs/routes.ts'
import { proofHeaders } from '../support/api.ts'
import type { RestSystem } from '../support/rest.ts'
import type { Entry, Target } from './run.ts'

/** Every route that the system serves. */
export async function fuzzTarget(system: RestSystem): Promise<Target> {
  const ada = await system.firstAdmin()
  // Somebody whom it does no harm to disable, and a token that outlives every session.
  const eve = await system.user(ada, 'viewer')
  const scopes = ['read', 'jobs', 'agents', 'admin']
  const { secret } = await ada.api.ok('makeToken', { body: { name: 'fuzzer', scopes } })
  const { token } = await ada.api.ok('makeToken', { body: { name: 'victim', scopes: ['read'] } })
  const user = proofHeaders({ bearer: secret }, system.url)
  const missing = new Set(routesWithoutHandler(system.handlers))
  const params = { user: eve.id, token: token.id }
  const entries = new Map<RouteName, Entry>()
  for (const [name, { who }] of allRoutes)
    if (!missing.has(name)) entries.set(name, { proof: who === 'anyone' ? {} : user, params })
  return { url: system.url, entries }
}
