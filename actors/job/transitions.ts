/**
 * The one table of what may become of a job. Whatever is not in it does not happen: people are refused, agents are told
 * that their word does not count, and late timers strike in vain. README.md shows it drawn.
 */
import { hasEnded, type JobState, jobStates } from '#specs/jobs.ts'

/** Before it is created, a job is `new`. */
export type Stage = JobState | 'new'

const waiting = ['scheduled', 'pending', 'retry_wait'] as const
/** An agent works on it, as far as anybody knows. */
const held = ['assigned', 'running'] as const

const table = {
  /** Submitted. */
  create: { from: ['new'], to: ['scheduled', 'pending'] },
  /** Its time has come. */
  due: { from: ['scheduled'], to: ['pending'] },
  /** An agent has kept a slot for it. */
  grant: { from: ['pending'], to: ['offered'] },
  accept: { from: ['offered'], to: ['assigned'] },
  /** Declined, or not accepted in time. */
  pass: { from: ['offered'], to: ['pending'] },
  start: { from: ['assigned'], to: ['running'] },
  /** A result was handed in. */
  finish: { from: [...held], to: ['completed', 'no_change', 'partial'] },
  /** It can't work, says the tool. */
  fail: { from: [...held], to: ['failed'] },
  /** Failed, and worth another attempt. */
  postpone: { from: [...held], to: ['retry_wait'] },
  retry: { from: ['retry_wait'], to: ['pending'] },
  /** Its agent is gone. */
  lose: { from: [...held], to: ['pending'] },
  /** An attempt that was taken for lost is back before the next one has got anywhere. */
  return: { from: ['pending', 'offered', ...held], to: ['assigned', 'running'] },
  /** Failed, lost or crashed too often. */
  give_up: { from: [...held], to: ['dead'] },
  /** Nobody works on it yet. */
  drop: { from: [...waiting, 'offered'], to: ['cancelled'] },
  /** Its agent is told to stop. */
  cancel: { from: [...held], to: ['cancelling'] },
  /** The agent has stopped, is gone, or had time enough. */
  stop: { from: ['cancelling'], to: ['cancelled'] },
  /** Waited too long, or took too long altogether. */
  expire: { from: [...waiting, 'offered', ...held], to: ['expired'] },
} as const satisfies Record<string, { readonly from: readonly Stage[]; readonly to: readonly JobState[] }>

export type Trigger = keyof typeof table
export type Target<T extends Trigger> = (typeof table)[T]['to'][number]

export interface Transition {
  readonly on: Trigger
  readonly from: Stage
  readonly to: JobState
}

/** Every single step, in the order of the table. */
export const transitions: readonly Transition[] = Object.entries(table).flatMap(([on, { from, to }]) =>
  from.flatMap((stage) =>
    to.filter((state) => state !== stage).map((state) => ({ on: on as Trigger, from: stage, to: state })),
  ),
)

const legal = new Set(transitions.map(({ on, from, to }) => `${on} ${from} ${to}`))
const possible = new Set(transitions.map(({ on, from }) => `${on} ${from}`))

/** Whether the trigger means anything in this state. */
export function may(on: Trigger, from: Stage): boolean {
  return possible.has(`${on} ${from}`)
}

/** Throws where the table has no such step: that is a bug, because callers ask `may` first. */
export function checkStep(on: Trigger, from: Stage, to: JobState): void {
  const stays = from === to && may(on, from)
  if (!stays && !legal.has(`${on} ${from} ${to}`))
    throw new TypeError(`a job can't go from '${from}' to '${to}' on '${on}'`)
}

/** The table as a mermaid drawing. */
export function drawTransitions(): string {
  const steps = Map.groupBy(transitions, ({ from, to }) => `${nameOf(from)} --> ${to}`)
  const ends = jobStates.filter(hasEnded)
  return [
    'stateDiagram-v2',
    ...[...steps].map(([step, on]) => `  ${step}: ${on.map((transition) => transition.on).join(', ')}`),
    ...ends.map((state) => `  ${state} --> [*]`),
  ].join('\n')
}

function nameOf(stage: Stage): string {
  return stage === 'new' ? '[*]' : stage
}
