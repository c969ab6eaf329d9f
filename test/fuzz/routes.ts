/** Every route, called by somebody who may: so that the input is looked at and not the caller. */
import fc from 'fast-check'
import { makeSecret } from '#server/people/secret.ts'
import { NewJob } from '#specs/jobs.ts'
import type { Route } from '#specs/route.ts'
import { allRoutes, type RouteName } from '#specs/routes.ts'
import { tools } from '#specs/tools.ts'
import { load } from '../server/link/test-agent.ts'
import { Api, cookieOf, proofHeaders } from '../support/api.ts'
import { newEmail, password } from '../support/rest.ts'
import { type Cast, framesWords, giveJobs, nobodys, takeJobs, waitingJob } from './cast.ts'
import type { Input } from './harm.ts'
import { inputsFor, type Known } from './inputs.ts'
import { faultInReceived } from './judge.ts'
import type { Endpoint, Try } from './run.ts'
import type { Sender } from './sender.ts'
import { valuesOf, type Words } from './values.ts'

/** Who calls, and what they can name. */
interface Call extends Known {
  readonly proof: Readonly<Record<string, string>>
  readonly end?: () => Promise<void>
}

/** They may wait for something to happen. */
const waits: ReadonlySet<RouteName> = new Set(['agentBeat', 'agentClaim', 'submitJob'])
/** Whoever calls them is gone. */
const leaves: ReadonlySet<RouteName> = new Set(['signOut', 'deregister'])
/** They end what others look at. */
const ends: ReadonlySet<RouteName> = new Set(['cancelJob', 'removeJob', 'revokeAgent', 'removeAgent'])
/** They fill the queue, which others need. */
const fills: ReadonlySet<RouteName> = new Set(['submitJob', 'retryJob'])

export function routeEndpoints(sender: Sender): Endpoint[] {
  const inOrder = [...allRoutes].toSorted((one, other) => rankOf(...one) - rankOf(...other))
  const endpoints = inOrder.map(([name, route]) => endpointOf(sender, name, route))
  const full = inOrder
    .filter(([name]) => fills.has(name))
    .map(([name, route]) => withFullQueue(endpointOf(sender, name, route)))
  return [...endpoints, ...full]
}

/** What reads goes first, and what spoils most goes last. */
function rankOf(name: RouteName, { method }: Route): number {
  if (method === 'get') return 0
  return fills.has(name) ? 3 : ends.has(name) ? 2 : 1
}

function endpointOf(sender: Sender, name: RouteName, route: Route): Endpoint {
  return {
    name,
    ...(waits.has(name) && { atOnce: 50 }),
    ...(leaves.has(name) && { inChunk: 10 }),
    async chunk(cast, count, seed) {
      const { proof, end, ...known } = await callOf(cast, name, route, seed)
      const tries = inputsFor(route, count, seed, known).map((input) => tryOf(sender, route, input, proof))
      return { tries, ...(end && { end }) }
    },
  }
}

/** The same, where no more jobs may wait. */
function withFullQueue(endpoint: Endpoint): Endpoint {
  return {
    ...endpoint,
    name: `${endpoint.name} (full queue)`,
    async chunk(cast, count, seed) {
      const body = { tool: 'selftest.echo', capabilities: nobodys }
      for (let status = 0; status !== 429;) ({ status } = await cast.api.try('submitJob', { body }))
      return await endpoint.chunk(cast, count, seed)
    },
  }
}

function tryOf(sender: Sender, route: Route, input: Input, proof: Call['proof']): Try {
  return {
    shown: () => {
      const { params, search, headers, body } = input
      return JSON.stringify({ params, search, headers, body: body?.toString('utf8', 0, 1_000) }).slice(
        0,
        1_500,
      )
    },
    async run() {
      const received = await sender.send(route, input, proof)
      return { status: received.status, fault: faultInReceived(route, received) }
    },
  }
}

async function callOf(cast: Cast, name: RouteName, { who }: Route, seed: number): Promise<Call> {
  const words = { ...cast.words, ...(await own[name]?.(cast)) }
  if (who === 'agent') return agentCall(cast, words, seed + name.length)
  if (name === 'signOut') return { words, proof: await sessionOf(cast) }
  const caller = { anyone: {}, system: cast.system.proof }[String(who)] ?? cast.api.proof
  const body = name === 'submitJob' ? submissions(words) : undefined
  return { words, proof: proofHeaders(caller, cast.border.server.url), ...(body && { body }) }
}

/** A route that uses something up is given a few of it each time. */
const own: Partial<Record<RouteName, (cast: Cast) => Promise<Words>>> = {
  welcome: async () => ({ token: [makeSecret('wel').text] }),
  registerAgent: async ({ border, api }) => ({
    token: await thrice(() => border.agentToken(api)),
    installation: ['installation-fuzz-1'],
    name: ['worker', 'agent 1'],
  }),
  removeToken: async ({ api }) => ({
    token: await thrice(
      async () => (await api.ok('makeToken', { body: { name: 'spare', scopes: ['read'] } })).token.id,
    ),
  }),
  removeAgentToken: async ({ api }) => ({
    token: await thrice(async () => (await api.ok('makeAgentToken', { body: {} })).token.id),
  }),
  changeAgent: async () => ({ name: ['worker'] }),
  agentFrames: async () => framesWords,
  pauseAgent: withAgents,
  resumeAgent: withAgents,
  cordonAgent: withAgents,
  drainAgent: withAgents,
  revokeAgent: withAgents,
  removeAgent: async (cast) => ({ agent: await spareAgents(cast) }),
  changeJob: withJobs,
  cancelJob: withJobs,
  removeJob: withJobs,
}

async function withAgents(cast: Cast): Promise<Words> {
  return { agent: [...(await spareAgents(cast)), ...(cast.words['agent'] as string[])] }
}

function spareAgents({ border, api }: Cast): Promise<string[]> {
  return thrice(async () => (await border.register({ api })).agent)
}

async function withJobs({ api, words }: Cast): Promise<Words> {
  return { job: [...(await thrice(() => waitingJob(api))), ...(words['job'] as string[])] }
}

async function thrice<T>(make: () => Promise<T>): Promise<T[]> {
  return [await make(), await make(), await make()]
}

/** With a session that is there to be ended. */
async function sessionOf({ api, border }: Cast): Promise<Call['proof']> {
  const { url } = border.server
  const email = newEmail()
  await api.ok('makeUser', { body: { email, name: 'Eve', role: 'viewer', password } })
  const { headers } = await new Api(url).try('signIn', { body: { email, password } })
  return proofHeaders({ cookie: cookieOf(headers) }, url)
}

/** Parameters that go with the tool. */
function submissions(words: Words): fc.Arbitrary<unknown> {
  return fc
    .constantFrom(...tools.values())
    .chain(({ name, params }) =>
      valuesOf(NewJob, { ...words, tool: fc.constant(name), params: valuesOf(params) }),
    )
}

/** An agent without a socket. Most hold jobs; some have nothing to do, and some have not said hello. */
async function agentCall({ border, api }: Cast, words: Words, seed: number): Promise<Call> {
  const dial = await border.register({ api, facts: { slots: 4 } })
  const agent = new Api(border.server.url, { bearer: dial.key })
  const proof = proofHeaders(agent.proof, border.server.url)
  const [kind] = fc.sample(fc.constantFrom('silent', 'idle', 'busy', 'busy', 'busy'), { numRuns: 1, seed })
  if (kind !== 'silent') await agent.ok('agentHello', { body: { facts: dial.facts, running: [] } })
  if (kind !== 'busy') return { words, proof }
  const jobs = await giveJobs(api, {
    id: dial.agent,
    offers: async () =>
      (await agent.ok('agentBeat', { body: { load, running: [], draining: false } })).offers,
    accept: (body) => agent.ok('agentAccept', { body }),
    start: (body) => agent.ok('agentStarted', { body }),
  })
  const job = [...jobs, ...jobs, ...(words['job'] as string[])]
  return { words: { ...words, job }, proof, end: () => takeJobs(api, jobs) }
}
