/** The kinds of actors of the product, and what the world needs to talk to them. README.md says how they fit together. */
import type { Kind } from '#runtime/index.ts'
import { agentKind } from './agent/agent.ts'
import { agentHistoryKind } from './agent/history.ts'
import { coordinatorKind } from './coordinator/coordinator.ts'
import { jobKind } from './job/job.ts'
import { type FleetSettings, fleetDefaults } from './settings.ts'

export { agent, agentHistory } from './agent/messages.ts'
export { agentOfRow } from './agent/view.ts'
export { recentOf } from './agent/recent.ts'
export { type Component, scoreOf, weights } from './coordinator/score.ts'
export { coordinator } from './coordinator/messages.ts'
export { type ActorEvent, type ActorEventOf, actorEvent } from './events.ts'
export { announced } from './job/border.ts'
export { finishing, job } from './job/messages.ts'
export { jobDetailOfRow, jobOfRow, orderOfRow } from './job/view.ts'
export { holds, placeOf } from './place.ts'
export { type FleetSettings, fleetDefaults } from './settings.ts'

/** What a node runs. What `settings` leaves out has its default. */
export function kinds(settings: Partial<FleetSettings> = {}): readonly Kind[] {
  const all = { ...fleetDefaults, ...settings }
  return [jobKind(all), agentKind(all), agentHistoryKind(), coordinatorKind(all)]
}
