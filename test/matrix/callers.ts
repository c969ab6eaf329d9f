/** Everybody who might call, and how they prove who they are. Those whose proof was good once are in `spent.ts`. */
import type { Role, Scope } from '#specs/people.ts'
import { type Api, cookieOf, type Proof } from '../support/api.ts'
import type { Person } from '../support/rest.ts'
import { type Ground, serves } from './ground.ts'

export type TeamName = 'A' | 'B'

export interface MatrixCaller {
  readonly name: string
  readonly team: TeamName | null
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
  /** The agent that it is. */
  readonly agent: Enrolled | null
}

export interface Enrolled {
  readonly agent: string
  readonly key: string
  readonly installation: string
}

export const allScopes: readonly Scope[] = ['read', 'jobs', 'agents', 'admin']

export const agentFacts = {
  platform: { os: 'linux', arch: 'x64', hostname: 'studio', release: '1', cores: 2, memoryBytes: 1e9 },
  programVersion: '1',
  capabilities: ['tool:selftest.echo:1'],
  roots: [],
  slots: 1,
}

export function nobody(name: string, proof: Proof): MatrixCaller {
  return {
    name,
    team: null,
    kind: 'anyone',
    role: null,
    system: false,
    scopes: null,
    via: null,
    counts: false,
    proof,
    user: null,
    agent: null,
  }
}

export function person(
  name: string,
  team: TeamName | null,
  user: Person,
  role: Role,
  more: Partial<MatrixCaller> = {},
): MatrixCaller {
  return {
    ...nobody(name, { cookie: user.cookie }),
    team,
    kind: 'user',
    role,
    via: 'session',
    counts: true,
    user,
    ...more,
  }
}

export function agentCaller(name: string, team: TeamName, agent: Enrolled): MatrixCaller {
  return { ...nobody(name, { bearer: agent.key }), team, kind: 'agent', via: 'key', counts: true, agent }
}

export async function teamCallers(ground: Ground, team: TeamName, admin: Person): Promise<MatrixCaller[]> {
  const viewer = await ground.user(admin, 'viewer')
  const operator = await ground.user(admin, 'operator')
  const boss = await ground.user(admin, 'admin')
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
  const again = await signedInAgain(ground, boss)
  const { jwt } = await again.ok('makeJwt', { body: { expiresInSeconds: 86_400 } })
  callers.push(person(`JWT of ${team}`, team, boss, 'admin', { via: 'jwt', proof: { bearer: jwt } }))
  return callers
}

export async function agentCallers(
  ground: Ground,
  admins: Readonly<Record<TeamName, Person>>,
): Promise<MatrixCaller[]> {
  if (!serves(ground, 'registerAgent')) return []
  const callers: MatrixCaller[] = []
  for (const [name, team] of [
    ['A1', 'A'],
    ['A2', 'A'],
    ['B1', 'B'],
  ] as const)
    callers.push(agentCaller(`agent ${name}`, team, await enrol(ground, admins[team], name)))
  return callers
}

/** Another session of the same user. */
export async function signedInAgain(ground: Ground, { email, password }: Person): Promise<Api> {
  const { headers } = await ground.anyone.try('signIn', { body: { email, password } })
  return ground.as({ cookie: cookieOf(headers) })
}

let enrolled = 0

export async function enrol(ground: Ground, admin: Person, name: string): Promise<Enrolled> {
  const { secret: token } = await admin.api.ok('makeAgentToken', { body: { name } })
  const installation = `matrix-${++enrolled}-0000`
  const body = { token, name: `${name} ${enrolled}`, installation, facts: agentFacts }
  const { agent, key } = await ground.anyone.ok('registerAgent', { body })
  return { agent, key, installation }
}
