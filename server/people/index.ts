/** People: teams, users, sessions, API tokens, JWTs, and the first start. */
import type pg from 'pg'
import { listTeams, tidyPeople } from '#db/product/people.ts'
import type { Log } from '#runtime/log.ts'
import { withoutTeam } from '../database/tenant.ts'
import type { Handlers } from '../rest/handlers.ts'
import { makeProofs, type Proofs } from './identify.ts'
import { jwtHandlers } from './jwt.ts'
import { makeJwtKeys } from './jwt-keys.ts'
import { meHandlers } from './me.ts'
import type { Ended, PeopleSettings } from './parts.ts'
import { makePasswords } from './password.ts'
import { makeSessions } from './sessions.ts'
import { teamHandlers } from './teams.ts'
import { tokenHandlers } from './tokens.ts'
import { userHandlers } from './users.ts'
import { welcomeHandlers, welcomeLink } from './welcome.ts'

export type { Proofs } from './identify.ts'
export type { Ended, PeopleSettings } from './parts.ts'

const tidyMs = 60 * 60 * 1000

export const peopleDefaults: PeopleSettings = { signInsPerMinute: 10 }

export interface People {
  readonly handlers: Handlers
  readonly proofs: Proofs
  /** Where nobody is there yet: the link that makes the first admin. A new one with each call. */
  welcomeLink(): Promise<string | undefined>
  /** The oldest team; where there is none yet, it is waited for. */
  firstTeam(): Promise<string>
  /** JWTs are signed with a new key from now on; those of the old key stay good until they expire. */
  rotateJwtKey(): Promise<void>
  /** Clears away what has ended by itself; done once an hour anyway. */
  tidy(): Promise<void>
  stop(): void
}

export interface PeopleOptions {
  /** Its search path is the product's schema. The caller ends it. */
  readonly pool: pg.Pool
  readonly publicUrl: string
  readonly log: Log
  readonly settings?: Partial<PeopleSettings>
  /** Told after something that was given out has ended by somebody's will. */
  readonly ended?: (ended: Ended) => void
}

export function makePeople({ pool, publicUrl, log, settings, ended = () => {} }: PeopleOptions): People {
  const first = Promise.withResolvers<string>()
  const sessions = makeSessions(pool, publicUrl)
  const keys = makeJwtKeys(pool)
  const parts = {
    pool,
    log,
    publicUrl,
    settings: { ...peopleDefaults, ...settings },
    passwords: makePasswords(),
    sessions,
    keys,
    ended,
    welcomed: (team: string) => first.resolve(team),
  }
  async function firstTeam(): Promise<string> {
    const [team] = await withoutTeam(pool, (server) => listTeams.run(server, '', 1))
    return team?.id ?? (await first.promise)
  }
  async function tidy(): Promise<void> {
    await withoutTeam(pool, (server) => tidyPeople.run(server))
  }
  const tidying = setInterval(() => {
    tidy().catch((error: unknown) => log.warn('clearing up after people failed', { error: String(error) }))
  }, tidyMs).unref()
  return {
    handlers: {
      ...welcomeHandlers(parts),
      ...meHandlers(parts),
      ...jwtHandlers(parts),
      ...userHandlers(parts),
      ...tokenHandlers(parts),
      ...teamHandlers(parts),
    },
    proofs: makeProofs(parts),
    welcomeLink: () => welcomeLink(parts),
    firstTeam,
    rotateJwtKey: () => keys.rotate(),
    tidy,
    stop: () => clearInterval(tidying),
  }
}
