/** Two teams with one of everything each, and everybody who might call. */
import type { Role, Scope } from '#specs/people.ts'
import type { RouteName } from '#specs/routes.ts'
import { type Api, cookieOf, type Proof } from '../support/api.ts'
import { type Person, type RestSystem } from '../support/rest.ts'
import type { Thing, Things } from './samples.ts'

export interface MatrixCaller {
  readonly name: string
  readonly team: 'A' | 'B' | null
  readonly kind: 'anyone' | 'user' | 'agent'
  readonly role: Role | null
  readonly system: boolean
  readonly scopes: readonly Scope[] | null
  readonly via: 'session' | 'token' | 'jwt' | 'key' | null
  /** Whether what it shows still counts. */
  readonly counts: boolean
  readonly proof: Proof
  /** The user it stands for. */
  readonly user: Person | null
}

export interface Stage {
  readonly system: RestSystem
  readonly callers: readonly MatrixCaller[]
  readonly theirs: Readonly<Record<'A' | 'B', Things>>
  /** One that nobody has touched yet. What belongs to a user is made for the caller. */
  fresh(thing: Thing, team: 'A' | 'B', caller: MatrixCaller): Promise<string>
}

const allScopes: readonly Scope[] = ['read', 'jobs', 'agents', 'admin']
export const noId = (prefix: string) => `${prefix}_${'7'.repeat(26)}`
export const prefixOfThing: Readonly<Record<Thing, string>> = {
  team: 'ten',
  user: 'usr',
  token: 'tok',
  agent: 'agt',
  agentToken: 'art',
  job: 'job',
}

export async function setStage(system: RestSystem): Promise<Stage> {
  const root = await system.firstAdmin()
  const admins = { A: await system.teamAdmin(root), B: await system.teamAdmin(root) }
  const fresh = maker(system, admins)
  const callers = [
    ...anyones(),
    person('admin of the installation', null, root, 'admin', { system: true }),
    ...(await teamCallers(system, 'A', admins.A)),
    ...(await teamCallers(system, 'B', admins.B)),
    ...(await spentCallers(system, admins.A)),
    ...(await agentCallers(system, admins)),
  ]
  const things = async (team: 'A' | 'B'): Promise<Things> => {
    const owner = person('owner', team, admins[team], 'admin')
    const made: Partial<Record<Thing, string>> = {}
    for (const thing of Object.keys(prefixOfThing) as Thing[]) made[thing] = await fresh(thing, team, owner)
    return made as Things
  }
  return { system, callers, theirs: { A: await things('A'), B: await things('B') }, fresh }
}

function anyones(): MatrixCaller[] {
  const nobody = {
    team: null,
    kind: 'anyone',
    role: null,
    system: false,
    scopes: null,
    via: null,
    user: null,
  } as const
  return [
    { ...nobody, name: 'anonymous', counts: false, proof: {} },
    { ...nobody, name: 'an invented token', counts: false, proof: { bearer: `tok_${'x'.repeat(51)}` } },
  ]
}

function person(
  name: string,
  team: 'A' | 'B' | null,
  user: Person,
  role: Role,
  more: Partial<MatrixCaller> = {},
): MatrixCaller {
  return {
    name,
    team,
    kind: 'user',
    role,
    system: false,
    scopes: null,
    via: 'session',
    counts: true,
    proof: { cookie: user.cookie },
    user,
    ...more,
  }
}

async function teamCallers(system: RestSystem, team: 'A' | 'B', admin: Person): Promise<MatrixCaller[]> {
  const viewer = await system.user(admin, 'viewer')
  const operator = await system.user(admin, 'operator')
  const boss = await system.user(admin, 'admin')
  const callers = [
    person(`viewer of ${team}`, team, viewer, 'viewer'),
    person(`operator of ${team}`, team, operator, 'operator'),
    person(`admin of ${team}`, team, boss, 'admin'),
  ]
  for (const scopes of [...allScopes.map((scope) => [scope]), allScopes]) {
    const { secret } = await boss.api.ok('makeToken', { body: { name: `canary-${team}`, scopes } })
    const more = { via: 'token', scopes, proof: { bearer: secret } } as const
    callers.push(person(`token of ${team} for ${scopes.join(' ')}`, team, boss, 'admin', more))
  }
  // With a session of its own: the other is signed out by then.
  const { jwt } = await (
    await signedInAgain(system, boss)
  ).ok('makeJwt', {
    body: { expiresInSeconds: 86_400 },
  })
  callers.push(person(`JWT of ${team}`, team, boss, 'admin', { via: 'jwt', proof: { bearer: jwt } }))
  return callers
}

/** Another session of the same user. */
async function signedInAgain(system: RestSystem, { email, password }: Person): Promise<Api> {
  const { headers } = await system.anyone.try('signIn', { body: { email, password } })
  return system.as({ cookie: cookieOf(headers) })
}

/** Ways in that were good once. */
async function spentCallers(system: RestSystem, admin: Person): Promise<MatrixCaller[]> {
  const [gone, old, removed] = [
    await system.user(admin, 'admin'),
    await system.user(admin, 'admin'),
    await system.user(admin, 'admin'),
  ]
  const { secret } = await gone.api.ok('makeToken', { body: { name: 'x', scopes: allScopes } })
  const { jwt } = await gone.api.ok('makeJwt', { body: { expiresInSeconds: 86_400 } })
  const made = await removed.api.ok('makeToken', { body: { name: 'x', scopes: allScopes } })
  const ofToken = await system.as({ bearer: made.secret }).ok('makeJwt', { body: {} })
  await removed.api.ok('removeToken', { params: { token: made.token.id } })
  const left = await signedInAgain(system, removed)
  const ofSession = await left.ok('makeJwt', { body: {} })
  await left.ok('signOut')
  await system.pool.query(`update session set expires_at = now() where user_id = $1`, [old.id])
  await admin.api.ok('changeUser', { params: { user: gone.id }, body: { disabled: true } })
  const no = { counts: false } as const
  return [
    person('expired session', 'A', old, 'admin', no),
    person('disabled user', 'A', gone, 'admin', no),
    person('token of a disabled user', 'A', gone, 'admin', {
      ...no,
      via: 'token',
      proof: { bearer: secret },
    }),
    person('JWT of a disabled user', 'A', gone, 'admin', { ...no, via: 'jwt', proof: { bearer: jwt } }),
    person('removed token', 'A', removed, 'admin', { ...no, via: 'token', proof: { bearer: made.secret } }),
    person('JWT of a removed token', 'A', removed, 'admin', {
      ...no,
      via: 'jwt',
      proof: { bearer: ofToken.jwt },
    }),
    person('JWT of a session that was signed out', 'A', removed, 'admin', {
      ...no,
      via: 'jwt',
      proof: { bearer: ofSession.jwt },
    }),
  ]
}

async function agentCallers(
  system: RestSystem,
  admins: Readonly<Record<'A' | 'B', Person>>,
): Promise<MatrixCaller[]> {
  if (!serves(system, 'registerAgent')) return []
  const callers: MatrixCaller[] = []
  for (const [name, team] of [
    ['A1', 'A'],
    ['A2', 'A'],
    ['B1', 'B'],
  ] as const) {
    const { key } = await enrol(system, admins[team], name)
    callers.push({
      name: `agent ${name}`,
      team,
      kind: 'agent',
      role: null,
      system: false,
      scopes: null,
      via: 'key',
      counts: true,
      proof: { bearer: key },
      user: null,
    })
  }
  return callers
}

let enrolled = 0

async function enrol(
  system: RestSystem,
  admin: Person,
  name: string,
): Promise<{ agent: string; key: string }> {
  const { secret } = await admin.api.ok('makeAgentToken', { body: { name } })
  const platform = { os: 'linux', arch: 'x64', hostname: name, release: '1', cores: 2, memoryBytes: 1e9 }
  const facts = { platform, programVersion: '1', capabilities: ['tool:selftest.echo:1'], roots: [], slots: 1 }
  const body = {
    token: secret,
    name: `${name} ${++enrolled}`,
    installation: `matrix-${enrolled}-0000`,
    facts,
  }
  return await system.anyone.ok('registerAgent', { body })
}

function maker(system: RestSystem, admins: Readonly<Record<'A' | 'B', Person>>): Stage['fresh'] {
  return async (thing, team, caller) => {
    const admin = admins[team]
    const canary = `canary-${team}`
    switch (thing) {
      case 'team':
        return admin.team
      case 'user': {
        const made = await system.user(admin, 'viewer')
        await admin.api.ok('changeUser', { params: { user: made.id }, body: { name: canary } })
        return made.id
      }
      case 'token': {
        // Made with a session of the user's own: a JWT makes none.
        const owner = await signedInAgain(system, caller.user ?? admin)
        return (await owner.ok('makeToken', { body: { name: canary, scopes: ['read'] } })).token.id
      }
      case 'agent':
        return serves(system, 'registerAgent') ? (await enrol(system, admin, canary)).agent : noId('agt')
      case 'agentToken':
        if (!serves(system, 'makeAgentToken')) return noId('art')
        return (await admin.api.ok('makeAgentToken', { body: { name: canary } })).token.id
      case 'job': {
        if (!serves(system, 'submitJob')) return noId('job')
        const body = {
          tool: 'selftest.echo',
          params: { say: canary },
          tags: [`canary=${team.toLowerCase()}`],
        }
        return (await admin.api.ok('submitJob', { body })).id
      }
    }
  }
}

export function serves(system: RestSystem, name: RouteName): boolean {
  return system.handlers[name] !== undefined
}
