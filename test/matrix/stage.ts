/** Two teams with one of everything each, and everybody who might call. */
import type { Person } from '../support/rest.ts'
import {
  agentCallers,
  enrol,
  type MatrixCaller,
  nobody,
  person,
  signedInAgain,
  teamCallers,
  type TeamName,
} from './callers.ts'
import { type Ground, serves } from './ground.ts'
import type { Thing, Things } from './samples.ts'
import { spentCallers } from './spent.ts'

export interface Stage {
  readonly ground: Ground
  readonly admins: Readonly<Record<TeamName, Person>>
  readonly callers: readonly MatrixCaller[]
  readonly theirs: Readonly<Record<TeamName, Things>>
  /** One that nobody has touched yet. What belongs to a user is made for the caller. */
  fresh(thing: Thing, team: TeamName, caller: MatrixCaller): Promise<string>
}

export const noId = (prefix: string) => `${prefix}_${'7'.repeat(26)}`
export const prefixOfThing: Readonly<Record<Thing, string>> = {
  team: 'ten',
  user: 'usr',
  token: 'tok',
  agent: 'agt',
  agentToken: 'art',
  job: 'job',
}

export async function setStage(ground: Ground): Promise<Stage> {
  const root = await ground.firstAdmin()
  const admins = { A: await ground.teamAdmin(root), B: await ground.teamAdmin(root) }
  const fresh = maker(ground, admins)
  const callers = [
    nobody('anonymous', {}),
    nobody('an invented token', { bearer: `tok_${'x'.repeat(51)}` }),
    person('admin of the installation', null, root, 'admin', { system: true }),
    ...(await teamCallers(ground, 'A', admins.A)),
    ...(await teamCallers(ground, 'B', admins.B)),
    ...(await spentCallers(ground, admins.A)),
    ...(await agentCallers(ground, admins)),
  ]
  const things = async (team: TeamName): Promise<Things> => {
    const owner = person('owner', team, admins[team], 'admin')
    const made: Partial<Record<Thing, string>> = {}
    for (const thing of Object.keys(prefixOfThing) as Thing[]) made[thing] = await fresh(thing, team, owner)
    return made as Things
  }
  return { ground, admins, callers, theirs: { A: await things('A'), B: await things('B') }, fresh }
}

/** What the things of other teams have in them and nothing else has. */
export function marksOfOthers({ theirs }: Stage, { team }: MatrixCaller): string[] {
  const teams = (['A', 'B'] as const).filter((other) => other !== team)
  return teams.flatMap((other) => [`canary-${other}`, ...Object.values(theirs[other])])
}

function maker(ground: Ground, admins: Readonly<Record<TeamName, Person>>): Stage['fresh'] {
  return async (thing, team, caller) => {
    const admin = admins[team]
    const canary = `canary-${team}`
    switch (thing) {
      case 'team':
        return admin.team
      case 'user': {
        const made = await ground.user(admin, 'viewer')
        await admin.api.ok('changeUser', { params: { user: made.id }, body: { name: canary } })
        return made.id
      }
      case 'token': {
        // Made with a session of the user's own: a JWT makes none.
        const owner = await signedInAgain(ground, caller.user ?? admin)
        return (await owner.ok('makeToken', { body: { name: canary, scopes: ['read'] } })).token.id
      }
      case 'agent':
        return serves(ground, 'registerAgent') ? (await enrol(ground, admin, canary)).agent : noId('agt')
      case 'agentToken':
        if (!serves(ground, 'makeAgentToken')) return noId('art')
        return (await admin.api.ok('makeAgentToken', { body: { name: canary } })).token.id
      case 'job': {
        if (!serves(ground, 'submitJob')) return noId('job')
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
