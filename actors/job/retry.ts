/** What follows a failed attempt. */
import type { ErrorClass, JobError } from '#specs/jobs.ts'
import type { FleetSettings } from '../settings.ts'
import type { JobRecord } from './state.ts'

export type Verdict =
  | { readonly what: 'retry'; readonly afterMs: number }
  /** The tool's own last word. */
  | { readonly what: 'fail' }
  /** Nobody tries any longer. */
  | { readonly what: 'give_up'; readonly why: string }
  /** Not the job's fault: offered again at once. */
  | { readonly what: 'offer_again' }

type Counts = Pick<JobRecord, 'failures' | 'losses' | 'crashes' | 'retry'>
type Limits = Pick<FleetSettings, 'lossesMax' | 'crashesMax'>

/** Adds the failure to the job's counts. Those lost with their agent are counted apart. */
export function counted<C extends Counts>(counts: C, failure: ErrorClass): C {
  if (failure === 'lost' || failure === 'cancelled') return { ...counts, losses: counts.losses + 1 }
  return {
    ...counts,
    failures: counts.failures + 1,
    crashes: counts.crashes + (failure === 'crashed' ? 1 : 0),
  }
}

/** What becomes of a job whose failure is counted already. `random` in [0, 1) spreads the retries of many. */
export function judge(
  { class: failure }: Pick<JobError, 'class'>,
  { failures, losses, crashes, retry }: Counts,
  { lossesMax, crashesMax }: Limits,
  random: number,
): Verdict {
  switch (failure) {
    case 'fatal':
      return { what: 'fail' }
    case 'lost':
    case 'cancelled':
      if (losses < lossesMax) return { what: 'offer_again' }
      return { what: 'give_up', why: `it was lost with its agent ${losses} times` }
    case 'crashed':
      if (crashes >= crashesMax) return { what: 'give_up', why: `it has crashed its worker ${crashes} times` }
      break
    case 'retriable':
    case 'timeout':
      break
  }
  if (failures >= retry.attemptsMax) return { what: 'give_up', why: `it has failed ${failures} times` }
  return { what: 'retry', afterMs: delayMs(retry, failures, random) }
}

const jitter = 0.25

/** Grows with every failure, up to the limit; give or take a quarter. */
export function delayMs(
  { firstMs, factor, maxMs }: JobRecord['retry'],
  failures: number,
  random: number,
): number {
  const grown = Math.min(maxMs, firstMs * factor ** (failures - 1))
  return Math.round(grown * (1 - jitter + 2 * jitter * random))
}
