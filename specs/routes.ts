/** Every route of the REST interface. The server, the document, the matrix of callers and the fuzzer all read this table. */
import type { Route } from './route.ts'
import { agentRoutes } from './routes/agents.ts'
import { jobRoutes } from './routes/jobs.ts'
import { linkRoutes } from './routes/link.ts'
import { peopleRoutes } from './routes/people.ts'

export const routes = { ...peopleRoutes, ...agentRoutes, ...jobRoutes, ...linkRoutes } as const
export type RouteName = keyof typeof routes
export type RouteOf<N extends RouteName> = (typeof routes)[N]
export const allRoutes: ReadonlyMap<RouteName, Route> = new Map(
  Object.entries(routes) as [RouteName, Route][],
)
