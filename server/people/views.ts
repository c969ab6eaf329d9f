/** Rows as the outside world sees them. */
import type * as z from 'zod'
import type { findUser, insertToken, listTeams, listUsers } from '#db/product/people.ts'
import type { RowOf } from '#db/statement.ts'
import { type Me, Placement, Role, Scope, type Team, type Token, type User } from '#specs/people.ts'

type UserRow = RowOf<typeof listUsers>

export function userView({ id, team, email, name, role, system, disabled, created_at }: UserRow): User {
  return { id, team, email, name, role: Role.parse(role), system, disabled, createdAt: created_at }
}

export function teamView(row: RowOf<typeof listTeams>): z.infer<typeof Team> {
  const { id, name, placement, running_max, created_at } = row
  return { id, name, placement: Placement.parse(placement), runningMax: running_max, createdAt: created_at }
}

export function meView(row: RowOf<typeof findUser>): Me {
  const { team: id, team_name: name, team_placement: placement } = row
  const { team_running_max: running_max, team_created_at: created_at } = row
  return { user: userView(row), team: teamView({ id, name, placement, running_max, created_at }) }
}

export function tokenView(row: RowOf<typeof insertToken>): z.infer<typeof Token> {
  return {
    id: row.id,
    name: row.name,
    prefix: row.prefix,
    scopes: row.scopes.map((scope) => Scope.parse(scope)),
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    lastUsedAt: row.last_used_at,
  }
}

/** A page of rows that were asked for with one more than fits: that one says that there is a next page. */
export function pageOfRows<Row extends { readonly id: string }, Item>(
  rows: readonly Row[],
  limit: number,
  view: (row: Row) => Item,
): { items: Item[]; next: string | null } {
  const shown = rows.slice(0, limit)
  const next = rows.length > limit ? (shown.at(-1)?.id ?? null) : null
  return { items: shown.map(view), next }
}
