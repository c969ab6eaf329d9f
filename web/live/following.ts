/**
 * How a page follows one topic, as a function from where it stands and what happened to where it stands then.
 *
 *            up                    snapshot, or what was missed
 *   cut ─────────────▶ asking ──────────────────────────────────▶ live ──┐ the next delta: taken
 *    ▲                 │ └─ deltas meanwhile: held, taken after   │ └────┘ an old one: passed over
 *    └────── down ─────┴──────────────────────────────────────────┘
 *                      ▲                                          │
 *                      └── a delta is missing, another epoch, or  ┘
 *                          the value is spent: ask again
 *
 * The value stays through all of it: what was known is shown until something newer is.
 */
import type { Delta, Position, Snapshot } from '#specs/live.ts'
import type { Merging } from './merge.ts'

type Topic = Snapshot['topic']
type SnapshotOf<T extends Topic> = Extract<Snapshot, { topic: T }>
type DeltaOf<T extends Topic> = Extract<Delta, { topic: T }>

export type Following<Value, T extends Topic> = {
  readonly phase: 'cut' | 'asking' | 'live'
  readonly value?: Value
  /** Whose count it is, and how far it was followed. Absent: only a whole snapshot will do. */
  readonly at?: Position
  readonly held: readonly DeltaOf<T>[]
  /** Counts the times it had to ask. */
  readonly asked: number
}

export type Happening<Value, T extends Topic> =
  | { readonly kind: 'up' }
  | { readonly kind: 'down' }
  | { readonly kind: 'answer'; readonly answer: SnapshotOf<T> | { readonly resumed: readonly DeltaOf<T>[] } }
  | { readonly kind: 'delta'; readonly delta: DeltaOf<T> }
  /** Something else than a delta that the value takes in. */
  | { readonly kind: 'told'; readonly take: (value: Value) => Value }

export const unfollowed = { phase: 'cut', held: [], asked: 0 } as const

/** Deltas that come before an answer are few; more than this, and the answer is taken as lost. */
const heldMax = 10_000

export function followed<Value, T extends Topic>(
  merging: Merging<Value, T>,
  now: Following<Value, T>,
  happening: Happening<Value, T>,
): Following<Value, T> {
  switch (happening.kind) {
    case 'up':
      return asking(now)
    case 'down':
      return { ...now, phase: 'cut', held: [] }
    case 'told':
      return now.value === undefined ? now : checked(merging, { ...now, value: happening.take(now.value) })
    case 'delta':
      if (now.phase === 'asking') return hold(now, happening.delta)
      return now.phase === 'live' ? checked(merging, taken(merging, now, happening.delta)) : now
    case 'answer':
      return now.phase === 'asking' ? answered(merging, now, happening.answer) : now
  }
}

function answered<Value, T extends Topic>(
  merging: Merging<Value, T>,
  now: Following<Value, T>,
  answer: SnapshotOf<T> | { readonly resumed: readonly DeltaOf<T>[] },
): Following<Value, T> {
  const ready = { ...now, phase: 'live' as const, held: [] }
  if ('resumed' in answer) {
    const caughtUp = allTaken(merging, ready, answer.resumed)
    // What the server says was missed has gaps itself: only all of it helps.
    if (caughtUp.phase === 'asking') return afresh(caughtUp)
    return checked(merging, allTaken(merging, caughtUp, now.held))
  }
  const value = merging.snapshot(answer, now.value)
  return allTaken(merging, { ...ready, value, at: answer.at }, now.held)
}

function allTaken<Value, T extends Topic>(
  merging: Merging<Value, T>,
  now: Following<Value, T>,
  deltas: readonly DeltaOf<T>[],
): Following<Value, T> {
  return deltas.reduce(
    (before, delta) => (before.phase === 'live' ? taken(merging, before, delta) : hold(before, delta)),
    now,
  )
}

function taken<Value, T extends Topic>(
  merging: Merging<Value, T>,
  now: Following<Value, T>,
  delta: DeltaOf<T>,
): Following<Value, T> {
  const { at, value } = now
  if (at === undefined || value === undefined) return afresh(hold(now, delta))
  if (delta.at.epoch !== at.epoch) return afresh(hold(now, delta))
  if (delta.at.version <= at.version) return now
  if (delta.at.version > at.version + 1) return asking(hold(now, delta))
  return { ...now, value: merging.delta(delta, value), at: delta.at }
}

function checked<Value, T extends Topic>(
  merging: Merging<Value, T>,
  now: Following<Value, T>,
): Following<Value, T> {
  if (now.value === undefined || now.phase !== 'live') return now
  if (merging.spent?.(now.value) === true) return afresh(now)
  return merging.misses?.(now.value) === true ? asking(now) : now
}

function asking<Value, T extends Topic>(now: Following<Value, T>): Following<Value, T> {
  return { ...now, phase: 'asking', asked: now.asked + 1 }
}

function afresh<Value, T extends Topic>({ at: _, ...now }: Following<Value, T>): Following<Value, T> {
  return asking(now)
}

function hold<Value, T extends Topic>(now: Following<Value, T>, delta: DeltaOf<T>): Following<Value, T> {
  return { ...now, held: now.held.length < heldMax ? [...now.held, delta] : [delta] }
}
