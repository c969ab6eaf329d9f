/** The routes of agents and jobs, put together. */
import type { Handlers } from '../rest/handlers.ts'
import type { Registration } from '../link/registration.ts'
import { agentHandlers } from './agents.ts'
import { jobHandlers } from './jobs.ts'
import type { SubmitParts } from './submit.ts'

export interface FleetParts extends SubmitParts {
  readonly registration: Pick<Registration, 'revokeKeys'>
}

export function fleetHandlers(parts: FleetParts): Handlers {
  return { ...agentHandlers(parts), ...jobHandlers(parts) }
}
