/** The first start: nobody is there yet, so whoever holds the link that the server has printed becomes the first admin. */
import { insertTeam, insertUser, isWelcome, offerWelcomeLink, takeWelcomeLink } from '#db/product/people.ts'
import { newId } from '#specs/ids.ts'
import { withoutTeam, withTeam } from '../database/tenant.ts'
import type { Handlers } from '../rest/handlers.ts'
import { Refusal } from '../rest/refusal.ts'
import { me } from './me.ts'
import type { PeopleParts } from './parts.ts'
import { makeSecret, readSecret } from './secret.ts'

const linkMs = 24 * 60 * 60 * 1000

/** Makes a link if there is no user yet; the one before is void. */
export async function welcomeLink({
  pool,
  publicUrl,
}: Pick<PeopleParts, 'pool' | 'publicUrl'>): Promise<string | undefined> {
  const { text, hash } = makeSecret('wel')
  const offered = await withoutTeam(pool, (server) => offerWelcomeLink.run(server, hash, linkMs))
  // After the #: browsers keep that to themselves, so no log on the way has it.
  return offered.length > 0 ? `${publicUrl}/app/welcome#token=${text}` : undefined
}

export function welcomeHandlers({
  pool,
  log,
  passwords,
  sessions,
  welcomed,
}: PeopleParts): Pick<Handlers, 'welcome'> {
  return {
    async welcome({ body }, { ip }, { headers, reply }) {
      const link = readSecret('wel', body.token)
      if (link === undefined) throw linkGone()
      const [row] = await withoutTeam(pool, (server) => isWelcome.run(server, link))
      if (row?.welcome !== true) throw linkGone()
      const password = await passwords.hash(body.password)
      const [team, user] = [newId('team'), newId('user')]
      const made = await withTeam(pool, team, async (client) => {
        const [link_] = await takeWelcomeLink.run(client, link)
        if (link_?.taken !== true) throw linkGone()
        await insertTeam.run(client, team, body.team)
        await insertUser.run(client, user, team, body.email, body.name, 'admin', true, password)
        const cookie = await sessions.open(client, { team, user, ip, userAgent: headers['user-agent'] })
        return { cookie, me: await me(client, team, user) }
      })
      log.info('the first admin has come', { team, user, ip })
      reply.header('set-cookie', made.cookie)
      welcomed(team)
      return made.me
    },
  }
}

function linkGone(): Refusal {
  return new Refusal(
    'gone',
    'This link is used up or too old. Where there is no admin yet, restart the server: it prints a new one. Otherwise sign in.',
  )
}
