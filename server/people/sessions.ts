/** Signed-in browsers: a random secret in a cookie, of which the database knows only the hash. */
import type pg from 'pg'
import { endSession, endSessions, findSession, holdSession, insertSession } from '#db/product/people.ts'
import { newId } from '#specs/ids.ts'
import { Role } from '#specs/people.ts'
import { withoutTeam } from '../database/tenant.ts'
import type { UserCaller } from '../rest/handlers.ts'
import { endGrants } from './jwt.ts'
import { makeSecret, readSecret } from './secret.ts'

export const sessionCookie = 'safelight_session'
/** It ends when it was not used for so long. */
export const sessionMs = 30 * 24 * 60 * 60 * 1000

const userAgentMax = 300

export interface Opener {
  readonly team: string
  readonly user: string
  readonly ip: string
  readonly userAgent: string | undefined
}

export interface Sessions {
  /** Opens one, in a transaction of its team's. Returns the cookie that carries it. */
  open(client: pg.ClientBase, opener: Opener): Promise<string>
  /** Who is signed in, and a new cookie where the session was prolonged. */
  find(
    secret: string,
    ip: string,
  ): Promise<{ readonly caller: UserCaller; readonly cookie?: string } | undefined>
  /** Ends it, and what JWTs hang on that were made with it. Returns those grants. */
  end(client: pg.ClientBase, team: string, session: string): Promise<string[]>
  /** Ends all of a user's. */
  endAll(client: pg.ClientBase, team: string, user: string): Promise<void>
  /** The cookie that takes the other away. */
  readonly goodbye: string
}

export function makeSessions(pool: pg.Pool, publicUrl: string): Sessions {
  const attributes = `Path=/; HttpOnly; SameSite=Strict${publicUrl.startsWith('https:') ? '; Secure' : ''}`
  const cookieOf = (secret: string) =>
    `${sessionCookie}=${secret}; ${attributes}; Max-Age=${sessionMs / 1000}`
  return {
    goodbye: `${sessionCookie}=; ${attributes}; Max-Age=0`,
    async open(client, { team, user, ip, userAgent }) {
      const { text, hash } = makeSecret('ses')
      const agent = userAgent?.slice(0, userAgentMax) ?? null
      await insertSession.run(client, newId('session'), hash, team, user, ip, agent, sessionMs)
      return cookieOf(text)
    },
    async find(secret, ip) {
      const hash = readSecret('ses', secret)
      if (hash === undefined) return undefined
      const [row] = await withoutTeam(pool, (server) => findSession.run(server, hash, sessionMs))
      if (row === undefined) return undefined
      const { id, team, user_id: user, role, system, expires_at: expiresAt, renewed } = row
      const who = { user, team, role: Role.parse(role), system, scopes: null, expiresAt }
      const caller: UserCaller = { kind: 'user', ip, ...who, via: 'session', credential: id }
      return { caller, ...(renewed && { cookie: cookieOf(secret) }) }
    },
    async end(client, team, session) {
      await holdSession.run(client, team, session)
      const grants = await endGrants(client, team, { session })
      await endSession.run(client, team, session)
      return grants
    },
    async endAll(client, team, user) {
      await endSessions.run(client, team, user)
    },
  }
}
