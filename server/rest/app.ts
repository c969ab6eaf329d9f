/**
 * The REST interface: every route of `specs/routes.ts` that has a handler, the API document, and its reader. What is not
 * under /api is passed on to whatever else the server answers.
 */
import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express'
import type { Route } from '#specs/route.ts'
import { allRoutes, type RouteName } from '#specs/routes.ts'
import { sendRefusal } from './answer.ts'
import { type AnyHandler, type CallParts, makeServe, type Serve } from './call.ts'
import { docsRouter } from './docs.ts'
import type { Handlers } from './handlers.ts'
import { securityHeaders } from './headers.ts'
import { Refusal } from './refusal.ts'

export interface RestParts extends CallParts {
  readonly handlers: Handlers
  readonly publicUrl: string
  /** Of the program, for the API document. */
  readonly version: string
}

export function makeRest({ handlers, publicUrl, version, ...parts }: RestParts): Express {
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  app.set('query parser', false)
  app.enable('case sensitive routing')
  app.enable('strict routing')
  app.use(securityHeaders(publicUrl))
  app.use('/api', docsRouter(version))
  addRoutes(app, handlers, makeServe(parts))
  app.use('/api', (request, response) => sendRefusal(request, response, noSuchRoute(), parts.log))
  app.use(lastResort(parts))
  return app
}

/** The routes that nobody handles yet. A server that is whole has none. */
export function routesWithoutHandler(handlers: Handlers): RouteName[] {
  return [...allRoutes.keys()].filter((name) => handlers[name] === undefined)
}

/** Throws where a route of the table has no handler: a server that is whole answers what its document says. */
export function requireAllHandlers(handlers: Handlers): void {
  const missing = routesWithoutHandler(handlers)
  if (missing.length > 0) throw new Error(`no handler for ${missing.join(', ')}: hand them to makeRest`)
}

/** For what no part of the server answers. */
export function notHere({ log }: Pick<CallParts, 'log'>): RequestHandler {
  return (request, response) => sendRefusal(request, response, noSuchRoute(), log)
}

function addRoutes(app: Express, handlers: Handlers, serve: Serve): void {
  const declared = [...allRoutes].filter(([name]) => handlers[name] !== undefined)
  const byPath = Map.groupBy(declared, ([, { path }]) => path)
  // A fixed word goes before a parameter, which would match it too.
  const paths = [...byPath.keys()].toSorted((one, other) => one.split('{').length - other.split('{').length)
  for (const path of paths) {
    const place = app.route(path.replaceAll(/\{(\w+)\}/g, ':$1'))
    const here = byPath.get(path) ?? []
    for (const [name, route] of here) {
      const handler = handlers[name] as AnyHandler
      place[route.method]((request, response) => serve(route, handler, request, response))
    }
    place.all(otherMethods(here.map(([, route]) => route)))
  }
}

function otherMethods(here: readonly Route[]): RequestHandler {
  const methods = here.map(({ method }) => method.toUpperCase())
  const allowed = [...methods, ...(methods.includes('GET') ? ['HEAD'] : []), 'OPTIONS'].join(', ')
  return (request, response, next) => {
    response.setHeader('allow', allowed)
    if (request.method === 'OPTIONS') response.status(204).end()
    else
      next(new Refusal('bad_request', `${request.method} is not done here; ${allowed} are.`, { status: 405 }))
  }
}

function noSuchRoute(): Refusal {
  return new Refusal('not_found', 'Nothing is at this address. /api/docs lists what there is.')
}

/** An address that can't be decoded, and whatever else goes wrong before a route is reached. */
function lastResort({ log }: Pick<CallParts, 'log'>): ErrorRequestHandler {
  // Express knows a handler of errors by its four parameters.
  return (error: unknown, request, response, _next) => {
    const isBadAddress =
      error instanceof URIError || (error instanceof Error && 'status' in error && error.status === 400)
    const shown = isBadAddress
      ? new Refusal('bad_request', 'The address has a % that is not followed by two digits.')
      : error
    sendRefusal(request, response, shown, log)
  }
}
