/** Teams: made by admins of the whole installation, changed by their own. */
import { changeTeam, insertTeam, listTeams } from '#db/product/people.ts'
import { newId } from '#specs/ids.ts'
import { withoutTeam, withTeam } from '../database/tenant.ts'
import type { Handlers } from '../rest/handlers.ts'
import { notFound } from '../rest/refusal.ts'
import { me } from './me.ts'
import type { PeopleParts } from './parts.ts'
import { addUser } from './users.ts'
import { pageOfRows, teamView } from './views.ts'

export function teamHandlers({
  pool,
  log,
  passwords,
  ended,
}: PeopleParts): Pick<Handlers, 'listTeams' | 'makeTeam' | 'changeTeam'> {
  return {
    async listTeams({ query: { limit, after = '' } }) {
      const rows = await withoutTeam(pool, (server) => listTeams.run(server, after, limit + 1))
      return pageOfRows(rows, limit, teamView)
    },
    async makeTeam({ body: { name, admin } }, { user: by }) {
      const password = await passwords.hash(admin.password)
      const [team, user] = [newId('team'), newId('user')]
      const made = await withTeam(pool, team, async (client) => {
        await insertTeam.run(client, team, name)
        await addUser(
          client,
          { ...admin, id: user, team, role: 'admin', system: false, password },
          'admin.email',
        )
        return await me(client, team, user)
      })
      log.info('a team was made', { team, user, by })
      return made
    },
    async changeTeam({ params, body }, { team, user: by }) {
      if (params.team !== team) throw notFound()
      const { name = null, placement = null, runningMax } = body
      const [row] = await withTeam(pool, team, (client) =>
        changeTeam.run(client, team, name, placement, runningMax !== undefined, runningMax ?? null),
      )
      if (row === undefined) throw notFound()
      if (placement !== null) ended({ what: 'placement', team, credential: team })
      log.info('a team was changed', { team, ...body, by })
      return teamView(row)
    },
  }
}
