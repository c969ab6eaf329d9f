/**
 * JWTs for clients, and the next one for what came with the one before. All of them hang on a grant, which hangs on the
 * session or the API token that it was made with:
 *
 *   session or API token ── makeJwt ──▶ grant ──▶ JWT, and what the next is asked for with ── refreshJwt ──▶ ...
 *
 * Where the session, the token or the grant ends, so does every JWT.
 */
import pg from 'pg'
import { endJwtGrantsOf, insertJwtGrant, refreshJwt } from '#db/product/people.ts'
import { newId } from '#specs/ids.ts'
import { withoutTeam, withTeam } from '../database/tenant.ts'
import type { Handlers, UserCaller } from '../rest/handlers.ts'
import { Refusal } from '../rest/refusal.ts'
import type { PeopleParts } from './parts.ts'
import { makeSecret, readSecret } from './secret.ts'

/** Who has not asked for the next JWT by then signs in again. */
export const refreshMs = 7 * 24 * 60 * 60 * 1000

export function jwtHandlers({
  pool,
  log,
  keys,
  ended,
}: PeopleParts): Pick<Handlers, 'makeJwt' | 'refreshJwt'> {
  return {
    async makeJwt({ body: { expiresInSeconds: seconds } }, maker) {
      if (maker.via === 'jwt')
        throw new Refusal(
          'not_allowed',
          'A JWT makes no other, or it would never end. Ask for the next one with what came with it, at /api/v1/jwt/refresh.',
        )
      const refresh = makeSecret('ref')
      const grant = newId('jwtGrant')
      const made = await withTeam(pool, maker.team, (client) => addGrant(client, maker, grant, refresh.hash))
      const { user, expiresAt: endsAt } = maker
      const signed = await keys.sign({ user, grant, seconds, now: made.now, endsAt })
      return { ...signed, refresh: refresh.text, refreshExpiresAt: made.expires_at }
    },
    async refreshJwt({ body }) {
      const hash = readSecret('ref', body.refresh)
      if (hash === undefined) throw worthNothing()
      const refresh = makeSecret('ref')
      const [row] = await withoutTeam(pool, (server) => refreshJwt.run(server, hash, refresh.hash, refreshMs))
      if (row === undefined) throw worthNothing()
      const { verdict, id: grant, team, user_id: user, ends_at: endsAt, now } = row
      if (verdict === 'used') {
        log.warn('what a JWT is refreshed with was used twice; all that hangs on it is void', { team, user })
        ended({ what: 'jwt', team, credential: grant })
        throw worthNothing()
      }
      const signed = await keys.sign({ user, grant, seconds: body.expiresInSeconds, now, endsAt })
      return { ...signed, refresh: refresh.text, refreshExpiresAt: row.expires_at }
    },
  }
}

/** Ends what hangs on a session or an API token, which nothing more can be made with. Returns the grants. */
export async function endGrants(
  client: pg.ClientBase,
  team: string,
  maker: { readonly session: string } | { readonly token: string },
): Promise<string[]> {
  const [session, token] = 'session' in maker ? [maker.session, null] : [null, maker.token]
  return (await endJwtGrantsOf.run(client, team, session, token)).map(({ id }) => id)
}

async function addGrant(client: pg.ClientBase, maker: UserCaller, grant: string, refresh: Buffer) {
  const { team, user, via, credential, scopes, expiresAt } = maker
  const [session, token] = via === 'session' ? [credential, null] : [null, credential]
  const own = scopes && [...scopes]
  try {
    const rows = await insertJwtGrant.run(
      client,
      grant,
      team,
      user,
      session,
      token,
      own,
      refreshMs,
      expiresAt,
      refresh,
    )
    const [row] = rows
    if (row === undefined) throw new TypeError('a grant was inserted and did not come back')
    return row
  } catch (error) {
    if (
      !(error instanceof pg.DatabaseError && /^jwt_grant_(session|token)_fkey$/.test(error.constraint ?? ''))
    )
      throw error
    throw new Refusal('not_signed_in', 'What you have signed in with has just ended. Sign in again.')
  }
}

function worthNothing(): Refusal {
  return new Refusal(
    'not_signed_in',
    'This is not known here, was used before, has expired or was made void. Sign in, or make a new JWT with an API token.',
  )
}
