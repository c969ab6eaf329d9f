/** What can go wrong in a simulated cluster, and how a seed decides what does. */
import type { Random } from '#runtime/ports.ts'

/** Chances per store call or per notification, and mean times between what happens by itself. */
export interface Faults {
  /** The process dies as it calls the store: before the call leaves, or after it was executed. */
  readonly crashBefore: number
  readonly crashAfter: number
  /** The call fails, and certainly did nothing. */
  readonly unavailable: number
  /** The answer is lost: the call was executed, was not, or will be when nobody expects it any more. */
  readonly lostAnswer: number
  readonly lostRequest: number
  readonly zombie: number
  /** The call takes up to `slowMaxMs`. */
  readonly slow: number
  /** A commit is refused although nothing is wrong with it. */
  readonly rejected: number
  /** The process stands still right after a call has left. */
  readonly pauseInCall: number
  readonly wakeLost: number
  readonly wakeLate: number
  readonly wakeDoubled: number
  readonly crashEveryMs: number
  readonly pauseEveryMs: number
  readonly databaseRestartEveryMs: number
  readonly linkDropEveryMs: number
  /** How far a node's clock may be off, and how much it may gain or lose. */
  readonly skewMaxMs: number
  readonly driftMax: number
}

const never = Number.POSITIVE_INFINITY

export const noFaults: Faults = {
  crashBefore: 0,
  crashAfter: 0,
  unavailable: 0,
  lostAnswer: 0,
  lostRequest: 0,
  zombie: 0,
  slow: 0,
  rejected: 0,
  pauseInCall: 0,
  wakeLost: 0,
  wakeLate: 0,
  wakeDoubled: 0,
  crashEveryMs: never,
  pauseEveryMs: never,
  databaseRestartEveryMs: never,
  linkDropEveryMs: never,
  skewMaxMs: 0,
  driftMax: 0,
}

/** From how weak to how strong each fault is drawn. */
const ranges: { readonly [Name in keyof Faults]: readonly [number, number] } = {
  crashBefore: [0.0003, 0.004],
  crashAfter: [0.0003, 0.004],
  unavailable: [0.002, 0.08],
  lostAnswer: [0.002, 0.05],
  lostRequest: [0.002, 0.05],
  zombie: [0.002, 0.05],
  slow: [0.005, 0.1],
  rejected: [0.001, 0.02],
  pauseInCall: [0.0005, 0.005],
  wakeLost: [0.02, 1],
  wakeLate: [0.02, 0.5],
  wakeDoubled: [0.02, 0.5],
  crashEveryMs: [40_000, 4_000],
  pauseEveryMs: [40_000, 4_000],
  databaseRestartEveryMs: [60_000, 8_000],
  linkDropEveryMs: [30_000, 2_000],
  skewMaxMs: [10, 3_600_000],
  driftMax: [0.0001, 0.01],
}

export type FaultName = keyof Faults
export const faultNames = Object.keys(ranges) as FaultName[]

/** A swarm: each seed has some of the faults, each as strong as it draws, and so every mix comes up. */
export function drawFaults(random: Random, allowed: readonly FaultName[] = faultNames): Faults {
  const drawn: Partial<Record<FaultName, number>> = {}
  for (const name of faultNames) {
    const [on, strength] = [random() < 0.5, random()]
    const [weak, strong] = ranges[name]
    if (on && allowed.includes(name)) drawn[name] = weak * (strong / weak) ** strength
  }
  return { ...noFaults, ...drawn }
}

/** The faults that are on, in one line. */
export function describeFaults(faults: Faults): string {
  const on = faultNames.filter((name) => faults[name] !== noFaults[name])
  return on.map((name) => `${name}=${Number(faults[name].toPrecision(2))}`).join(' ') || 'none'
}
