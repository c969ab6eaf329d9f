import type { Life } from './life.ts'

/** What a node counts and holds; plain numbers, for any exporter. */
export interface Metrics {
  readonly node: string
  readonly incarnation: number | null
  readonly shards: number
  readonly residents: number
  readonly waiting: number
  readonly uncommitted: number
  readonly turns: number
  readonly failures: number
  readonly commits: number
  readonly committedItems: number
  readonly bisections: number
  readonly unknownCommits: number
  readonly reads: number
  readonly sweeps: number
  readonly notifications: number
  readonly deferredInMemory: number
  readonly suspectsWaiting: number
  readonly asksWaiting: number
}

export function metricsOf(node: string, life: Life | null, asksWaiting: number): Metrics {
  return {
    node,
    incarnation: life?.incarnation ?? null,
    shards: life?.intake.shards.length ?? 0,
    residents: life?.residents.size ?? 0,
    waiting: life?.residents.load.waiting ?? 0,
    uncommitted: life?.coordinator.uncommitted ?? 0,
    turns: life?.runner.turns ?? 0,
    failures: life?.runner.failures ?? 0,
    commits: life?.committer.commits ?? 0,
    committedItems: life?.coordinator.items ?? 0,
    bisections: life?.coordinator.bisections ?? 0,
    unknownCommits: life?.committer.unknown ?? 0,
    reads: life?.intake.reads ?? 0,
    sweeps: life?.membership.sweeps ?? 0,
    notifications: life?.notifier.sent ?? 0,
    deferredInMemory: life?.window.size ?? 0,
    suspectsWaiting: life?.suspects.waiting ?? 0,
    asksWaiting,
  }
}
