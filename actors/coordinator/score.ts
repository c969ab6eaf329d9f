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
  /** What it has had lately, and the most that any of those has had that it is compared with: `agent/recent.ts`. */
  readonly recent: number
  readonly recentMost: number
}

export type Component = 'free' | 'recent' | 'liveness' | 'success' | 'load'

/**
 * What each component counts; together 1. `recent` outweighs a small difference of load or luck: of agents that are
 * nearly equal none gets all, however little there is to do.
 */
export const weights: Readonly<Record<Component, number>> = {
  free: 0.4,
  recent: 0.2,
  liveness: 0.15,
  success: 0.15,
  load: 0.1,
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
export function scoreOf({ slots, free, liveness, success, load, recent, recentMost }: Judged): Score {
  const components = {
    free: slots > 0 ? inSteps(free / slots, 100) : 0,
    recent: restOf(recent, recentMost),
    liveness: liveness === 'healthy' ? 1 : liveness === 'degraded' ? 0.5 : 0,
    success: inSteps(success, 10),
    load: load === null ? 1 : inSteps(1 - Math.max(load.cpuPercent, load.memoryPercent) / 100, 4),
  }
  const parts = Object.entries(components).map(([name, value]) => weights[name as Component] * value)
  return {
    score: inSteps(
      parts.reduce((sum, part) => sum + part, 0),
      1_000,
    ),
    components,
  }
}

/** 1 for one that has had nothing lately; the less, the more it has had of what the busiest has had. */
export function restOf(recent: number, recentMost: number): number {
  return inSteps(1 - recent / (1 + Math.max(recent, recentMost)), 100)
}

/** Rounded to so many steps between 0 and 1; what is no number counts as 0. */
function inSteps(value: number, steps: number): number {
  const kept = Number.isFinite(value) ? Math.min(1, Math.max(0, value)) : 0
  return Math.round(kept * steps) / steps
}
