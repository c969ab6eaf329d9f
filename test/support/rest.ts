/** The REST interface on a database of its own, for specs: real HTTP, real Postgres, the handlers that the server has. */
import type pg from 'pg'
import type { Log } from '#runtime/log.ts'
import { serve } from '#server/http.ts'
import { type Ended, makePeople, type People, type PeopleOptions } from '#server/people/index.ts'
import { addressReader } from '#server/rest/address.ts'
import { makeRest } from '#server/rest/app.ts'
import { makeGuard } from '#server/rest/guard.ts'
import type { Handlers } from '#server/rest/handlers.ts'
import { type AllowedFrom, Places } from '#server/rest/places.ts'
import type { Policy } from '#server/rest/policy.ts'
import { rateDefaults, type RateLimits } from '#server/rest/rate-limit.ts'
import type { Role } from '#specs/people.ts'
import { Api, cookieOf, type Proof } from './api.ts'
import { freshDatabase, type TestDatabase } from './database.ts'
import { startFleet } from './fleet.ts'

export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  readonly line: string
  readonly facts: unknown
}

export interface RestOptions {
  readonly database?: TestDatabase
  readonly publicUrl?: string
  readonly trustedProxies?: readonly string[]
  /** Where agents and admins may call from. */
  readonly from?: Partial<AllowedFrom>
  readonly policy?: (log: Log) => Policy
  readonly limits?: Partial<RateLimits>
  readonly people?: PeopleOptions['settings']
  readonly now?: () => number
  /** Something around the pool, such as a wall that is taken away. */
  readonly through?: (pool: pg.Pool) => pg.Pool
  readonly handlers?: Handlers
  /** With agents and jobs, and the actors behind them. */
  readonly fleet?: true
}

export interface RestSystem {
  readonly url: string
  readonly database: TestDatabase
  readonly pool: pg.Pool
  readonly people: People
  /** All that are served. */
  readonly handlers: Handlers
  readonly log: readonly LogLine[]
  readonly ended: readonly Ended[]
  /** Somebody without proof. */
  readonly anyone: Api
  as(proof: Proof): Api
  /** The first admin, who comes by the link. */
  firstAdmin(): Promise<Person>
  /** Another team's first admin. */
  teamAdmin(by: Person): Promise<Person>
  /** Another user of the same team. */
  user(by: Person, role: Role): Promise<Person>
  /** Rejects where the server has logged a bug or left a connection open. */
  stop(): Promise<void>
}

export interface Person {
  readonly api: Api
  readonly id: string
  readonly team: string
  readonly email: string
  readonly password: string
  readonly cookie: string
}

export const password = 'correct horse battery'
let count = 0

/** No limit is in the way of a spec that is about something else. */
export const unlimited: RateLimits = { anonymousPerMinute: 1e9, userPerMinute: 1e9, agentPerMinute: 1e9 }

export async function startRest(options: RestOptions = {}): Promise<RestSystem> {
  const database = options.database ?? (await freshDatabase())
  const owned = database.pool({ schema: 'product' })
  const pool = options.through?.(owned) ?? owned
  const [log, ended]: [LogLine[], Ended[]] = [[], []]
  const publicUrl = options.publicUrl ?? 'http://safelight.test'
  const people = makePeople({
    pool,
    publicUrl,
    log: logTo(log),
    settings: { signInsPerMinute: 1e9, ...options.people },
    ended: (what) => ended.push(what),
  })
  const fleet = options.fleet && (await startFleet({ url: database.url, pool, log: logTo(log) }))
  const handlers: Handlers = { ...people.handlers, ...fleet?.handlers, ...options.handlers }
  const app = makeRest({
    handlers,
    guard: makeGuard({
      proofs: people.proofs,
      identifyAgent: fleet?.identifyAgent ?? (() => Promise.resolve(undefined)),
      publicUrl,
      places: new Places({ agentsFrom: [], adminsFrom: [], ...options.from }),
      ...(options.policy && { policy: options.policy(logTo(log)) }),
    }),
    publicUrl,
    readAddress: addressReader(options.trustedProxies ?? []),
    limits: { ...rateDefaults, ...unlimited, ...options.limits },
    clock: { now: options.now ?? Date.now },
    version: '1.2.3',
    log: logTo(log),
  })
  const http = await serve(app, { host: '127.0.0.1', port: 0 })
  const as = (proof: Proof) => new Api(http.url, proof)
  async function stop(): Promise<void> {
    people.stop()
    await http.stop()
    await fleet?.stop()
    await owned.end()
    if (options.database === undefined) await database.drop()
    const bugs = log.filter(({ level }) => level === 'error')
    if (bugs.length > 0) throw new Error(`the server has logged bugs: ${JSON.stringify(bugs, null, 2)}`)
  }
  return {
    url: http.url,
    database,
    pool: owned,
    people,
    handlers,
    log,
    ended,
    anyone: as({}),
    as,
    ...persons(as, people),
    stop,
  }
}

/** How people come in. */
export function persons(
  as: (proof: Proof) => Api,
  people: People,
): Pick<RestSystem, 'firstAdmin' | 'teamAdmin' | 'user'> {
  async function signedIn(email: string): Promise<Person> {
    const { headers, body } = await as({}).try('signIn', { body: { email, password } })
    const { user } = body as { user: { id: string; team: string } }
    const cookie = cookieOf(headers)
    return { api: as({ cookie }), id: user.id, team: user.team, email, password, cookie }
  }
  return {
    async firstAdmin() {
      const link = (await people.welcomeLink()) ?? ''
      const email = newEmail()
      const body = { token: link.split('#token=')[1] ?? '', email, name: 'Ada', password, team: 'A' }
      await as({}).ok('welcome', { body })
      return await signedIn(email)
    },
    async teamAdmin(by) {
      const email = newEmail()
      await by.api.ok('makeTeam', { body: { name: 'B', admin: { email, name: 'Ben', password } } })
      return await signedIn(email)
    },
    async user(by, role) {
      const email = newEmail()
      await by.api.ok('makeUser', { body: { email, name: `A ${role}`, role, password } })
      return await signedIn(email)
    },
  }
}

export function newEmail(): string {
  return `person${++count}@example.org`
}

function logTo(lines: LogLine[]) {
  const at = (level: LogLine['level']) => (line: string, facts?: unknown) =>
    void lines.push({ level, line, facts })
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}
