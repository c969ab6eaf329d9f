/** API tokens: for programs that act for a user. They never may more than the user, nor more than what made them. */
import { holdToken, insertToken, listTokens, removeToken } from '#db/product/people.ts'
import { newId } from '#specs/ids.ts'
import type { Scope } from '#specs/people.ts'
import { withTeam } from '../database/tenant.ts'
import type { Handlers, UserCaller } from '../rest/handlers.ts'
import { notFound, Refusal } from '../rest/refusal.ts'
import { endGrants } from './jwt.ts'
import type { PeopleParts } from './parts.ts'
import { makeSecret } from './secret.ts'
import { pageOfRows, tokenView } from './views.ts'

export function tokenHandlers({
  pool,
  log,
  ended,
}: PeopleParts): Pick<Handlers, 'listTokens' | 'makeToken' | 'removeToken'> {
  return {
    async listTokens({ query: { limit, after = '' } }, { team, user }) {
      const rows = await withTeam(pool, team, (client) =>
        listTokens.run(client, team, user, after, limit + 1),
      )
      return pageOfRows(rows, limit, tokenView)
    },
    async makeToken({ body: { name, scopes, expiresInDays } }, caller) {
      mayGive(caller, scopes)
      const { team, user } = caller
      const { text, hash, prefix } = makeSecret('tok')
      const id = newId('token')
      const endsAt = caller.via === 'token' ? caller.expiresAt : null
      const distinct = [...new Set(scopes)]
      const [row] = await withTeam(pool, team, (client) =>
        insertToken.run(client, id, hash, team, user, name, prefix, distinct, endsAt, expiresInDays),
      )
      if (row === undefined) throw new Error('a token was inserted and did not come back')
      log.info('an API token was made', { team, user, token: id, scopes: distinct.join(' ') })
      return { token: tokenView(row), secret: text }
    },
    async removeToken({ params: { token } }, { team, user }) {
      const grants = await withTeam(pool, team, async (client) => {
        const held = await holdToken.run(client, team, user, token)
        if (held.length === 0) throw notFound()
        const ending = await endGrants(client, team, { token })
        await removeToken.run(client, team, user, token)
        return ending
      })
      ended({ what: 'token', team, credential: token })
      for (const grant of grants) ended({ what: 'jwt', team, credential: grant })
      log.info('an API token was removed', { team, user, token })
      return { done: true }
    },
  }
}

function mayGive({ via, scopes: own }: UserCaller, wanted: readonly Scope[]): void {
  if (via === 'jwt')
    throw new Refusal(
      'not_allowed',
      'A JWT is for a short time and makes no API tokens. Sign in, or use an API token.',
    )
  const missing = wanted.filter((scope) => own !== null && !own.includes(scope))
  if (missing.length === 0) return
  throw new Refusal(
    'not_allowed',
    `An API token can't give away what it has not: ${missing.join(', ')}. Sign in to do that.`,
    {
      fields: [{ path: 'scopes', message: `must be among: ${own?.join(', ')}` }],
    },
  )
}
