/** The actor runtime on Postgres: declare kinds with `actor`, run them on nodes. README.md teaches it. */
export type { Context, SendOptions, TimerOptions } from './context.ts'
export {
  type ActorKind,
  actor,
  type Declaration,
  type Declarations,
  type Handlers,
  type Kind,
  type MessageDeclaration,
  type Reference,
  reference,
  type Supervision,
  type Target,
} from './definition.ts'
export type { DoctorOptions, Finding } from './doctor.ts'
export type { Duration } from './duration.ts'
export { HandlerFailed, OutcomeUnknown, Refused, Unavailable } from './errors.ts'
export type { RuntimeEvent } from './events.ts'
export type { Explanation } from './explain.ts'
export type { Log } from './log.ts'
export type { Attempt, DeadLetter, Message } from './message.ts'
export type { Metrics } from './metrics.ts'
export { type AskOptions, Node, type NodeParts, type SendFromOutside, startNode, type Turn } from './node.ts'
export type { Clock, Random, Scheduler, Store, Wake } from './ports.ts'
export type { Redriven } from './redrive.ts'
export { defaults, type Settings } from './settings.ts'
