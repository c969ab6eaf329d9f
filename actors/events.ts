/**
 * What actors tell the world, after each commit, on the node that owns them. It is news, not truth: whoever misses some
 * reads the tables again.
 */
import type { Cancel, Offer } from '#specs/agent-link.ts'
import type { Agent } from '#specs/agents.ts'
import type { Job } from '#specs/jobs.ts'

export type ActorEvent =
  /** A job has changed. */
  | { readonly type: 'job'; readonly team: string; readonly job: Job }
  /** An agent has changed; null: it was removed. */
  | { readonly type: 'agent'; readonly team: string; readonly id: string; readonly agent: Agent | null }
  /** For the agent's own connection, wherever that is. */
  | { readonly type: 'offer'; readonly agent: string; readonly offer: Offer }
  | { readonly type: 'cancel'; readonly agent: string; readonly cancel: Cancel }
  /** It counts as gone, so this connection does too: close it, and the agent says hello again. */
  | { readonly type: 'drop'; readonly agent: string; readonly connection: string }
  | { readonly type: 'drain'; readonly agent: string; readonly reason: string }
  /** Its key is void, or it was removed. */
  | { readonly type: 'dismissed'; readonly agent: string; readonly reason: string }

export type ActorEventOf<Type extends ActorEvent['type']> = Extract<ActorEvent, { type: Type }>

const types: ReadonlySet<string> = new Set<ActorEvent['type']>([
  'job',
  'agent',
  'offer',
  'cancel',
  'drop',
  'drain',
  'dismissed',
])

/** A published event of the runtime as one of ours; undefined where it is none. */
export function actorEvent(event: { readonly type: string }): ActorEvent | undefined {
  return types.has(event.type) ? (event as ActorEvent) : undefined
}
