/** Signing in and out, and who one is then. */
import type pg from 'pg'
import { countTries, endJwtGrant, findPassword, findUser, improvePassword } from '#db/product/people.ts'
import type { Me } from '#specs/people.ts'
import { withoutTeam, withTeam } from '../database/tenant.ts'
import type { Handlers, UserCaller } from '../rest/handlers.ts'
import { networkOf } from '../rest/address.ts'
import { notFound, Refusal } from '../rest/refusal.ts'
import type { PeopleParts } from './parts.ts'
import { meView } from './views.ts'

const minuteMs = 60_000

export async function me(client: pg.ClientBase, team: string, user: string): Promise<Me> {
  const [row] = await findUser.run(client, team, user)
  if (row === undefined) throw notFound()
  return meView(row)
}

export function meHandlers(parts: PeopleParts): Pick<Handlers, 'signIn' | 'signOut' | 'me'> {
  const { pool, log, sessions } = parts
  return {
    async signIn({ body: { email, password } }, { ip }, { headers, reply }) {
      await mayTry(parts, email, ip)
      const { team, user } = await rightPassword(parts, email, password, ip)
      const opened = await withTeam(pool, team, async (client) => ({
        cookie: await sessions.open(client, { team, user, ip, userAgent: headers['user-agent'] }),
        me: await me(client, team, user),
      }))
      log.info('signed in', { team, user, ip })
      reply.header('set-cookie', opened.cookie)
      return opened.me
    },
    async signOut(_given, caller, { reply }) {
      if (caller.via === 'token')
        throw new Refusal(
          'not_allowed',
          'A session or a JWT signs out. To make an API token void, remove it.',
        )
      await (caller.via === 'jwt' ? endJwt(parts, caller) : endSession(parts, caller))
      if (caller.via === 'session') reply.header('set-cookie', sessions.goodbye)
      return { done: true }
    },
    me: (_given, { team, user }) => withTeam(pool, team, (client) => me(client, team, user)),
  }
}

/** Whatever was made with it ends too. */
async function endSession({ pool, sessions, ended }: PeopleParts, { team, credential }: UserCaller) {
  const grants = await withTeam(pool, team, (client) => sessions.end(client, team, credential))
  ended({ what: 'session', team, credential })
  for (const grant of grants) ended({ what: 'jwt', team, credential: grant })
}

/** The JWT, those before it and those to come; what they were made with goes on. */
async function endJwt({ pool, ended }: PeopleParts, { team, credential }: UserCaller) {
  await withTeam(pool, team, (client) => endJwtGrant.run(client, team, credential))
  ended({ what: 'jwt', team, credential })
}

/** Counted before the password is looked at, and whether the e-mail is known or not. */
async function mayTry({ pool, log, settings }: PeopleParts, email: string, ip: string): Promise<void> {
  const keys = [`ip ${networkOf(ip)}`, `email ${email}`]
  const [row] = await withoutTeam(pool, (server) =>
    countTries.run(server, keys, settings.signInsPerMinute, minuteMs),
  )
  const waitMs = row?.wait_ms ?? 0
  if (waitMs <= 0) return
  log.warn('too many tries to sign in', { ip })
  throw new Refusal(
    'too_many_requests',
    `Too many tries to sign in. Wait ${Math.ceil(waitMs / 1000)} s, then try again.`,
    {
      retryAfterMs: waitMs,
    },
  )
}

/** The same answer, after the same work, for a wrong password, an unknown e-mail and a disabled user. */
async function rightPassword(
  { pool, log, passwords }: PeopleParts,
  email: string,
  password: string,
  ip: string,
): Promise<{ team: string; user: string }> {
  const [row] = await withoutTeam(pool, (server) => findPassword.run(server, email))
  const { right, outdated } = await passwords.check(password, row?.password)
  if (row === undefined || !right) {
    log.warn('a sign-in was refused', { ip })
    throw new Refusal(
      'not_signed_in',
      'E-mail or password is wrong. An admin of your team can set a new password.',
    )
  }
  const { id: user, team } = row
  if (outdated) {
    const better = await passwords.hash(password)
    await withTeam(pool, team, (client) => improvePassword.run(client, team, user, row.password, better))
  }
  return { team, user }
}
