/** The users of a team. There is always an admin left, for the team and for the installation. */
import pg from 'pg'
import * as statements from '#db/product/people.ts'
import { newId } from '#specs/ids.ts'
import type { UserChange } from '#specs/people.ts'
import type * as z from 'zod'
import { withTeam } from '../database/tenant.ts'
import type { Handlers, UserCaller } from '../rest/handlers.ts'
import { Refusal } from '../rest/refusal.ts'
import { me } from './me.ts'
import type { PeopleParts } from './parts.ts'
import { pageOfRows, userView } from './views.ts'

type Change = z.output<typeof UserChange>

export function userHandlers(parts: PeopleParts): Pick<Handlers, 'listUsers' | 'makeUser' | 'changeUser'> {
  const { pool, log, passwords, sessions, ended } = parts
  return {
    async listUsers({ query: { limit, after = '' } }, { team }) {
      const rows = await withTeam(pool, team, (client) =>
        statements.listUsers.run(client, team, after, limit + 1),
      )
      return pageOfRows(rows, limit, userView)
    },
    async makeUser({ body }, { team, user: by }) {
      const password = await passwords.hash(body.password)
      const id = newId('user')
      const made = await withTeam(pool, team, async (client) => {
        await addUser(client, { ...body, id, team, system: false, password })
        return await me(client, team, id)
      })
      log.info('a user was made', { team, user: id, role: body.role, by })
      return made.user
    },
    async changeUser({ params: { user }, body }, caller) {
      const { team } = caller
      const password = body.password === undefined ? null : await passwords.hash(body.password)
      const { name = null, role = null, disabled = null } = body
      const changed = await withTeam(pool, team, async (client) => {
        await mayChange(client, caller, user, body)
        await statements.changeUser.run(client, team, user, name, role, disabled, password)
        if (password !== null || disabled === true) {
          await sessions.endAll(client, team, user)
          // Those that were made with an API token too, which itself goes on.
          await statements.endJwtGrantsOfUser.run(client, team, user)
        }
        return await me(client, team, user)
      })
      if (password !== null || disabled === true)
        ended({ what: 'user', team, user, disabled: disabled === true })
      log.info('a user was changed', { team, user, what: Object.keys(body).join(' '), by: caller.user })
      return changed.user
    },
  }
}

export interface NewUserRow {
  readonly id: string
  readonly team: string
  readonly email: string
  readonly name: string
  readonly role: string
  readonly system: boolean
  readonly password: string
}

/** Refuses an e-mail that somebody has already, here or in another team. */
export async function addUser(client: pg.ClientBase, user: NewUserRow, path = 'email'): Promise<void> {
  const { id, team, email, name, role, system, password } = user
  try {
    await statements.insertUser.run(client, id, team, email, name, role, system, password)
  } catch (error) {
    if (!(error instanceof pg.DatabaseError && error.constraint === 'user_email_key')) throw error
    throw new Refusal(
      'already_exists',
      'Somebody has this e-mail already. Use another one, or change that user.',
      {
        fields: [{ path, message: 'is taken' }],
      },
    )
  }
}

/** One at a time where an admin is taken away: two who each see the other would leave none. */
async function mayChange(
  client: pg.ClientBase,
  caller: UserCaller,
  user: string,
  change: Change,
): Promise<void> {
  const takesAway = change.disabled === true || (change.role ?? 'admin') !== 'admin'
  if (takesAway) await statements.holdAdmins.run(client)
  const { user: found } = await me(client, caller.team, user)
  if (found.system && !caller.system)
    throw new Refusal(
      'not_allowed',
      'This user is an admin of the whole installation: only another such admin may change them.',
    )
  if (!takesAway || found.disabled || found.role !== 'admin') return
  const others = await statements.otherAdmins.run(client, caller.team, user)
  if (others.length === 0)
    throw new Refusal('in_use', 'This is the last admin of the team. Make another user an admin first.')
  const [row] = await statements.isLastSystemAdmin.run(client, user)
  if (row?.last === true)
    throw new Refusal(
      'in_use',
      'This is the last admin of the whole installation: without one, nobody could make teams any more.',
    )
}
