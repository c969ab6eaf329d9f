import type { Admission } from './admission.ts'
import type { Kind } from './definition.ts'
import type { DeferredWindow } from './deferred-window.ts'
import type { RuntimeEvent } from './events.ts'
import type { Log } from './log.ts'
import type { Received } from './mailbox.ts'
import type { Answer } from './message.ts'
import type { RecentAnswers } from './recent-answers.ts'
import type { Outgoing } from './ports.ts'
import type { Resident } from './resident.ts'
import type { Settings } from './settings.ts'

/** What the items of a group need of the node they run on. */
export interface Host {
  readonly incarnation: number
  readonly shards: number
  readonly kinds: ReadonlyMap<string, Kind>
  readonly settings: Settings
  readonly window: DeferredWindow
  readonly log: Log
  readonly random: () => number
  /** Answers given by this process, by request id: a repeated request finds its answer here first. */
  readonly answers: RecentAnswers
  /** The time on the database's clock, as well as this node knows it. */
  now(): number
  /** Whether this node owns that shard, so that it may write the shard's put-off mail itself. */
  owns(shard: number): boolean
  /** Changes whenever the shard is read anew; 0 where it is not open. */
  eraOf(shard: number): number
  /** Stores an ask that was to be run without a row, for whoever owns its actor now. */
  reroute(received: Received): void
  readonly admission: Admission
  /** Committed mail: into a mailbox here, where it may have its place already, or a hint to the node that has it. */
  handOver(mail: Outgoing, admitted?: boolean): void
  /** Answers an ask that this node made itself. */
  answer(ask: number, answer: Answer): void
  /** The actor may have something to do. */
  ready(resident: Resident): void
  /** Messages that had left the mailbox, back to its front. */
  putBack(resident: Resident, messages: readonly Received[]): void
  /** Reads a shard anew: memory was wrong about it. */
  reload(shard: number): void
  /** Whether anybody listens to events. */
  heard(): boolean
  emit(event: RuntimeEvent): void
}
