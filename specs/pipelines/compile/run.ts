/**
 * A run: one way in which an image can go through the pipeline, as far as it has been followed. It may be in several places
 * at once. Runs that are in the same places with the same files behind them have the same future, and become one.
 */
import type { SetId } from './name-sets.ts'
import type { MarksId } from './names.ts'

/** One of the ways that an image goes side by side. */
export interface Line {
  readonly place: number
  /** Through which input it has come to a pairing; 0 elsewhere. */
  readonly side: number
  readonly marks: MarksId
  /** The files that lie behind it. */
  readonly names: SetId
  /** The edges behind it, a bit each. */
  readonly flow: bigint
}
/** What has come to a termination. */
export interface Ended {
  readonly termination: number
  readonly names: SetId
  readonly flow: bigint
}
export interface Run {
  /** By place, side and marks: no two are alike in these. */
  readonly lines: readonly Line[]
  /** By termination. */
  readonly ended: readonly Ended[]
  /** How many edges it has gone along: of runs that become one, the shortest is shown. */
  readonly steps: number
  /** How many runs it stands for, and all edges that any of them has gone along. */
  readonly ways: number
  readonly touched: bigint
}

export function keyOf({ lines, ended }: Run): string {
  let key = ''
  for (const { place, side, marks, names } of lines) key += `${place}.${side}.${marks}.${names} `
  for (const { termination, names } of ended) key += `/${termination}.${names}`
  return key
}

/** Two runs with one future. */
export function oneOf(known: Run, other: Run): Run {
  const { lines, ended, steps } = other.steps < known.steps ? other : known
  const ways = Math.min(known.ways + other.ways, Number.MAX_SAFE_INTEGER)
  return { lines, ended, steps, ways, touched: known.touched | other.touched }
}

/** Where two lines are in a run; 0: they are the same line. */
export function comparePlaces(a: Line, b: Line): number {
  return a.place - b.place || a.side - b.side || a.marks - b.marks
}
