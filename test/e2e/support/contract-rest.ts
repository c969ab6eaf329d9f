/** The REST side of the scripted server: the routes that the dashboard uses. */
import express, { type Request, type Response, type Router } from 'express'
import { sha256Of } from '#server/fleet/canonical.ts'
import { newId } from '#specs/ids.ts'
import { Job } from '#specs/jobs.ts'
import { Problem } from '#specs/problem.ts'
import type { AnswerOf, Given, Route } from '#specs/route.ts'
import { allRoutes, type RouteName, type RouteOf } from '#specs/routes.ts'
import { toolView, tools } from '#specs/tools.ts'
import type { Events } from '../../support/events.ts'
import type { Asked } from './contract-server.ts'
import type { World } from './contract-world.ts'
import { problem } from './problem.ts'
import { hourMs, sampleJob, sampleMe } from './samples.ts'

type Handlers = {
  readonly [N in RouteName]?: (given: Given<RouteOf<N>>) => AnswerOf<RouteOf<N>> | Problem
}
type AnyHandler = (given: unknown) => unknown

export function restRouter(world: World, asked: Events<Asked>): Router {
  const router = express.Router()
  router.use(express.json())
  const handlers = { ...people(world), ...agents(world), ...jobs(world) } as Handlers
  for (const [name, route] of allRoutes) {
    const handler = handlers[name] as AnyHandler | undefined
    const path = route.path.slice('/api'.length).replaceAll(/\{(\w+)\}/g, ':$1')
    router[route.method](path, (request, response) => {
      asked.push({ kind: 'asked', route: name, body: request.body })
      if (!world.silent.has(name)) answer(world, name, route, handler, request, response)
    })
  }
  router.use((_request, response) => refuse(response, problem('not_found', 'Nothing is here.')))
  return router
}

function answer(
  world: World,
  name: RouteName,
  route: Route,
  handler: AnyHandler | undefined,
  { params, query, body }: Request,
  response: Response,
): void {
  const refused = world.refused.get(name)
  if (refused !== undefined) return refuse(response, refused)
  if (route.who !== 'anyone' && world.me === null) {
    return refuse(response, problem('not_signed_in', 'Sign in first.'))
  }
  const given = {
    params: route.params?.parse(params),
    query: route.query?.parse(query),
    body: route.body?.parse(body),
  }
  const said = handler?.(given) ?? problem('internal', `no script for ${name}`)
  const { data: found } = Problem.safeParse(said)
  if (found !== undefined) return refuse(response, found)
  response.status(route.status ?? 200).json(route.answer.parse(said))
}

function refuse(response: Response, refused: Problem): void {
  response.status(refused.status).type('application/problem+json').send(JSON.stringify(refused))
}

function people(world: World): Handlers {
  return {
    me: () => world.me ?? problem('not_signed_in', 'Sign in first.'),
    signIn({ body }) {
      if (body.password !== 'correct horse battery')
        return problem('not_signed_in', 'E-mail or password is wrong. Try again.')
      world.me = sampleMe()
      return world.me
    },
    signOut() {
      world.me = null
      return { done: true }
    },
    welcome({ body }) {
      if (body.token !== 'wel_once') return problem('gone', 'This link is used up. Sign in instead.')
      world.me = sampleMe()
      return world.me
    },
  }
}

function agents(world: World): Handlers {
  const known = (id: string, change: Parameters<World['changeAgent']>[1]) =>
    world.agents.has(id) ? world.changeAgent(id, change) : problem('not_found', 'There is no such agent.')
  return {
    listAgents: () => ({ items: [...world.agents.values()], next: null }),
    pool: () => world.pool(),
    agentEvents: () => ({ items: world.events, next: null }),
    pauseAgent: ({ params, body }) => known(params.agent, { standing: 'paused', note: body.note ?? null }),
    resumeAgent: ({ params }) => known(params.agent, { standing: 'active', note: null }),
    cordonAgent: ({ params }) => known(params.agent, { standing: 'cordoned' }),
    drainAgent: ({ params }) => known(params.agent, { standing: 'draining' }),
    revokeAgent: ({ params }) => known(params.agent, { standing: 'revoked' }),
    changeAgent: ({ params, body: { name, tags, slots } }) =>
      known(params.agent, { ...(name && { name }), ...(tags && { tags }), ...(slots && { slots }) }),
    removeAgent({ params }) {
      world.removeAgent(params.agent)
      return { done: true }
    },
    makeAgentToken({ body }) {
      const createdAt = Date.now()
      const expiresAt = createdAt + body.expiresInHours * hourMs
      const createdBy = { by: world.me?.user.id ?? 'server', name: world.me?.user.name ?? null }
      const token = {
        id: newId('agentToken'),
        name: body.name,
        createdAt,
        createdBy,
        expiresAt,
        usedBy: null,
      }
      world.tokens.push(token)
      return { token, secret: 'art_scripted_token_0123456789' }
    },
    listAgentTokens: () => ({ items: world.tokens.toReversed(), next: null }),
    removeAgentToken({ params }) {
      const at = world.tokens.findIndex(({ id }) => id === params.token)
      if (at === -1) return problem('not_found', 'There is no such token.')
      world.tokens.splice(at, 1)
      return { done: true }
    },
  }
}

function jobs(world: World): Handlers {
  const missing = () => problem('not_found', 'There is no such job.')
  return {
    listTools: () => ({ items: [...tools.values()].map(toolView) }),
    listJobs: ({ query }) => world.page(query),
    submitJob({ body: { tool, params, priority, agent } }) {
      const job = sampleJob({ tool, params, priority, boundTo: agent ?? null, submittedAt: Date.now() })
      world.putJob(job)
      return Job.parse(job)
    },
    getJob: ({ params }) => world.jobs.get(params.job) ?? missing(),
    cancelJob({ params }) {
      if (!world.jobs.has(params.job)) return missing()
      return Job.parse(world.changeJob(params.job, { state: 'cancelled', endedAt: Date.now() }))
    },
    changeJob: ({ params, body }) =>
      world.jobs.has(params.job) ? Job.parse(world.changeJob(params.job, body)) : missing(),
    retryJob({ params }) {
      const { tool = 'photostats', params: given = {} } = world.jobs.get(params.job) ?? {}
      const job = sampleJob({ tool, params: given, submittedAt: Date.now(), retryOf: params.job })
      world.putJob(job)
      world.changeJob(params.job, { retriedAs: job.id })
      return Job.parse(job)
    },
    jobResult({ params }) {
      const job = world.jobs.get(params.job)
      if (job === undefined || job.agent === null) return missing()
      const { id, attempt, agent, tool } = job
      const output = world.results.get(id) ?? null
      const hash = sha256Of(output).toString('hex')
      return {
        job: id,
        attempt,
        agent,
        tool,
        outcome: 'completed',
        finishedAt: job.endedAt ?? 0,
        output,
        hash,
      }
    },
    jobLog: ({ params }) => ({ items: [...(world.logs.get(params.job) ?? [])], next: null }),
  }
}
