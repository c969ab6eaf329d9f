/** Who gets a job first. */
import type { Liveness, Load } from '#specs/agents.ts'

/** What an agent is judged by. */
export interface Judged {
  readonly slots: number
  readonly free: number
  readonly liveness: Liveness
  /** How its latest attempts went: 1 is well. */
  readonly success: number
  readonly load: Load | null
}

export type Component = 'free' | 'liveness' | 'success' | 'load'

/** What each component counts; together 1. */
export const weights: Readonly<Record<Component, number>> = {
  free: 0.4,
  liveness: 0.3,
  success: 0.15,
  load: 0.15,
}

export interface Score {
  /** Between 0 and 1. */
  readonly score: number
  /** Each between 0 and 1, before it is weighed. */
  readonly components: Readonly<Record<Component, number>>
}

/**
 * How good a choice an agent is. Components go in steps: agents that differ by a breath count as equal, and then the one
 * that has rested longest is next.
 */
export function scoreOf({ slots, free, liveness, success, load }: Judged): Score {
  const components = {
    free: slots > 0 ? inSteps(free / slots, 100) : 0,
    liveness: liveness === 'healthy' ? 1 : liveness === 'degraded' ? 0.5 : 0,
    success: inSteps(success, 10),
    load: load === null ? 1 : inSteps(1 - Math.max(load.cpuPercent, load.memoryPercent) / 100, 4),
  }
  const { free: room, liveness: alive, success: luck, load: ease } = components
  const sum = weights.free * room + weights.liveness * alive + weights.success * luck + weights.load * ease
  return { score: inSteps(sum, 1_000), components }
}

/** Rounded to so many steps between 0 and 1; what is no number counts as 0. */
function inSteps(value: number, steps: number): number {
  const kept = Number.isFinite(value) ? Math.min(1, Math.max(0, value)) : 0
  return Math.round(kept * steps) / steps
}
