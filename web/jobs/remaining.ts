/** How long a job will still take, by how fast it went lately. */
import type { Progress } from '#specs/jobs.ts'
import type { Sample } from '../live/log.ts'

const enoughMs = 1_000

/** Null where nobody can know: no total, too little seen, or it stands still. */
export function remainingMs(progress: Progress | null, samples: readonly Sample[]): number | null {
  const first = samples[0]
  const last = samples.at(-1)
  if (progress === null || progress.total === null) return null
  if (first === undefined || last === undefined) return null
  const rate = (last.done - first.done) / (last.at - first.at)
  if (last.at - first.at < enoughMs || !(rate > 0)) return null
  return Math.max(0, progress.total - progress.done) / rate
}

/** How much is done a second. Null where too little was seen. */
export function perSecond(samples: readonly Sample[]): number | null {
  const first = samples[0]
  const last = samples.at(-1)
  if (first === undefined || last === undefined || last.at - first.at < enoughMs) return null
  return ((last.done - first.done) / (last.at - first.at)) * 1_000
}
