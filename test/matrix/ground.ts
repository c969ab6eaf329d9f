/** What the matrix stands on: a server and its database, with sockets or without. */
import type { RouteName } from '#specs/routes.ts'
import type { Border } from '../server/link/border.ts'
import { Api } from '../support/api.ts'
import { password, persons, type RestSystem } from '../support/rest.ts'

export type Ground = Pick<
  RestSystem,
  'url' | 'pool' | 'handlers' | 'anyone' | 'as' | 'firstAdmin' | 'teamAdmin' | 'user'
>

/** The first server of a border. Whoever has it ends the pool before the border. */
export function groundOn({ server, database, admin }: Border): Ground {
  const { url, handlers, people } = server
  const as: Ground['as'] = (proof) => new Api(url, proof)
  return {
    url,
    pool: database.pool({ schema: 'product', max: 2 }),
    handlers,
    anyone: as({}),
    as,
    ...persons(as, people),
    // The link for the first one has been used.
    firstAdmin: () => Promise.resolve({ ...admin, password }),
  }
}

export function serves({ handlers }: Pick<Ground, 'handlers'>, name: RouteName): boolean {
  return handlers[name] !== undefined
}
