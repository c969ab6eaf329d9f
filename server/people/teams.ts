/** Teams, for the admins of the whole installation. */
import { insertTeam, listTeams } from '#db/product/people.ts'
import { newId } from '#specs/ids.ts'
import { withoutTeam, withTeam } from '../database/tenant.ts'
import type { Handlers } from '../rest/handlers.ts'
import { me } from './me.ts'
import type { PeopleParts } from './parts.ts'
import { addUser } from './users.ts'
import { pageOfRows } from './views.ts'

export function teamHandlers({
  pool,
  log,
  passwords,
}: PeopleParts): Pick<Handlers, 'listTeams' | 'makeTeam'> {
  return {
    async listTeams({ query: { limit, after = '' } }) {
      const rows = await withoutTeam(pool, (server) => listTeams.run(server, after, limit + 1))
      return pageOfRows(rows, limit, ({ id, name, created_at }) => ({ id, name, createdAt: created_at }))
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
  }
}
