/** What the parts of this folder are handed. */
import type pg from 'pg'
import type { Log } from '#runtime/log.ts'
import type { JwtKeys } from './jwt-keys.ts'
import type { Passwords } from './password.ts'
import type { Sessions } from './sessions.ts'

/** Something that was given out counts no more: whoever holds a connection that came in by it closes that too. */
export type Ended =
  /** A way in. That of a JWT is its grant. */
  | { readonly what: 'session' | 'token' | 'jwt'; readonly team: string; readonly credential: string }
  /** Everything that was given out to the user so far: disabled, or a new password. API tokens only if disabled. */
  | { readonly what: 'user'; readonly team: string; readonly user: string; readonly disabled: boolean }
  /** What the team's agents were told when they connected: whether jobs are offered, or they have to claim. */
  | { readonly what: 'placement'; readonly team: string; readonly credential: string }

export interface PeopleSettings {
  /** Tries to sign in, by an address and for an e-mail. */
  readonly signInsPerMinute: number
}

export interface PeopleParts {
  /** Its search path is the product's schema. */
  readonly pool: pg.Pool
  readonly log: Log
  /** Where browsers find this server. */
  readonly publicUrl: string
  readonly settings: PeopleSettings
  readonly passwords: Passwords
  readonly sessions: Sessions
  readonly keys: JwtKeys
  readonly ended: (ended: Ended) => void
  /** The first admin has come, and made the first team. */
  readonly welcomed: (team: string) => void
}
