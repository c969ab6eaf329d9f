/**
 * Whether the time of a refusal tells that another team has a thing of that id. Both are asked in turn, and each thing only now and
 * then, as by somebody who guesses.
 */
import { Client } from '#server/cli/client.ts'
import { newId, type Thing as IdOf } from '#specs/ids.ts'
import { type RouteName, routes } from '#specs/routes.ts'
import { type FleetSystem, tokenAfter } from '../../fleet/system.ts'
import { nowMs } from '../../load.ts'
import { type Row, rowOf } from '../../row.ts'
import { median } from '../../statistics.ts'

const differenceMax = 1.2
const thingsOfEach = 20
const things = ['job', 'agent', 'user', 'agentToken'] as const satisfies readonly IdOf[]
type Thing = (typeof things)[number]
type Ids = Readonly<Record<Thing, readonly string[]>>
type Call = (id: string) => Promise<Response>

const facts = {
  platform: { os: 'linux', arch: 'x64', hostname: 'bench', release: '1', cores: 2, memoryBytes: 1e9 },
  programVersion: '1',
  capabilities: [],
  roots: [],
  slots: 1,
}

export async function foreignVsUnknown(system: FleetSystem): Promise<Row[]> {
  const { quick, say } = system.options
  const theirs = await fill(system, await otherTeam(system))
  const nobodys = Object.fromEntries(
    things.map((thing) => [thing, Array.from({ length: thingsOfEach }, () => newId(thing))]),
  ) as Record<Thing, string[]>
  const found: [name: string, ratio: number][] = []
  for (const [name, thing, call] of await questions(system)) {
    const asked = { foreign: theirs[thing], unknown: nobodys[thing] }
    await compared(call, asked, quick ? 20 : 100)
    const { foreign, unknown } = await compared(call, asked, quick ? 50 : 500)
    say(`${name}: foreign ${foreign.toFixed(3)} ms, unknown ${unknown.toFixed(3)} ms`)
    found.push([name, Math.max(foreign / unknown, unknown / foreign)])
  }
  const note = found.map(([name, ratio]) => `${name} ${ratio.toFixed(2)}`).join(', ')
  const worst = Math.max(...found.map(([, ratio]) => ratio))
  return [
    rowOf({
      name: 'foreign_vs_unknown',
      unit: 'times as long',
      better: 'less',
      ours: [worst],
      limit: differenceMax,
      note: `of medians, the larger by the smaller, the worst of ${note}`,
    }),
  ]
}

/** Whoever comes first in a pair changes from pair to pair. */
async function compared(
  call: Call,
  asked: Readonly<Record<'foreign' | 'unknown', readonly string[]>>,
  pairs: number,
): Promise<Record<'foreign' | 'unknown', number>> {
  const took = { foreign: [] as number[], unknown: [] as number[] }
  for (let pair = 0; pair < pairs; pair++)
    for (const kind of pair % 2 === 0
      ? (['foreign', 'unknown'] as const)
      : (['unknown', 'foreign'] as const)) {
      const id = asked[kind][pair % thingsOfEach] ?? ''
      const began = nowMs()
      const response = await call(id)
      await response.arrayBuffer()
      took[kind].push(nowMs() - began)
    }
  return { foreign: median(took.foreign), unknown: median(took.unknown) }
}

/** What people and agents ask that names something. */
async function questions(system: FleetSystem): Promise<[name: string, thing: Thing, call: Call][]> {
  const { server, token } = system
  const named = (route: RouteName, thing: Thing, body?: object): [string, Thing, Call] => [
    route,
    thing,
    (id) => send(server.url, token, route, { id, ...(body && { body }) }),
  ]
  const { secret } = await system.client.call('makeAgentToken', { body: { name: 'bench' } })
  const { key } = await system.client.call('registerAgent', {
    body: { token: secret, name: 'bench', installation: 'bench-0000', facts },
  })
  await new Client(server.url, key).call('agentHello', { body: { facts, running: [] } })
  const word = (route: RouteName, more: object = {}): [string, Thing, Call] => [
    route,
    'job',
    (job) => send(server.url, key, route, { body: { job, attempt: 1, ...more } }),
  ]
  return [
    named('getJob', 'job'),
    named('jobResult', 'job'),
    named('changeJob', 'job', { priority: 'low' }),
    named('cancelJob', 'job', {}),
    named('getAgent', 'agent'),
    named('agentEvents', 'agent'),
    named('pauseAgent', 'agent', {}),
    named('changeUser', 'user', { name: 'Eve' }),
    named('removeAgentToken', 'agentToken'),
    word('agentAccept'),
    word('agentFrames', { frames: [{ type: 'log', seq: 1, at: 1, level: 'info', text: 'mine' }] }),
    word('agentFinish', { outcome: 'completed', output: 'mine', frames: 1 }),
  ]
}

function send(
  url: string,
  bearer: string,
  route: RouteName,
  { id = '', body }: { id?: string; body?: object },
): Promise<Response> {
  const { method, path } = routes[route]
  return fetch(`${url}${path.replace(/\{\w+\}/, id)}`, {
    method: method.toUpperCase(),
    headers: {
      authorization: `Bearer ${bearer}`,
      ...(body && { 'content-type': 'application/json' }),
    },
    ...(body && { body: JSON.stringify(body) }),
  })
}

async function otherTeam({ server, client }: FleetSystem): Promise<Client> {
  const [email, password] = ['other@example.org', 'a benchmark needs no secret']
  await client.call('makeTeam', { body: { name: 'Other', admin: { email, name: 'Other', password } } })
  const stranger = new Client(server.url, null)
  const signedIn = await stranger.fetch('signIn', { body: { email, password } })
  return new Client(server.url, await tokenAfter(signedIn, stranger))
}

async function fill({ server }: FleetSystem, client: Client): Promise<Ids> {
  const ids: Record<Thing, string[]> = { job: [], agent: [], user: [], agentToken: [] }
  for (let at = 0; at < thingsOfEach; at++) {
    const name = `bench ${at}`
    const { secret, token } = await client.call('makeAgentToken', { body: { name } })
    const body = { token: secret, name, installation: `other-${1000 + at}`, facts }
    ids.agent.push((await new Client(server.url, null).call('registerAgent', { body })).agent)
    ids.agentToken.push(token.id)
    ids.job.push((await client.call('submitJob', { body: { tool: 'selftest.echo' } })).id)
    const user = {
      email: `${at}@example.org`,
      name,
      role: 'viewer',
      password: 'a benchmark needs no secret',
    } as const
    ids.user.push((await client.call('makeUser', { body: user })).id)
  }
  return ids
}
