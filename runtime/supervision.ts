/** What follows a turn that failed: a pure decision. */
import type { Supervision } from './definition.ts'
import { milliseconds } from './duration.ts'
import { reasonOf, Refused, storable, Unavailable } from './errors.ts'
import type { Attempt, DeadLetter } from './message.ts'
import { jittered } from './random.ts'

export type Verdict =
  | { readonly what: 'again'; readonly inMs: number; readonly attempts: readonly Attempt[] }
  | {
      readonly what: 'dead'
      readonly cause: DeadLetter['cause']
      readonly attempts: readonly Attempt[]
      readonly then: Supervision['then']
    }

export interface Failure {
  readonly error: Error
  readonly attempts: readonly Attempt[]
  readonly now: number
  readonly hung: boolean
}

const stackMaxLines = 8
const backoffJitter = 0.25

/** A refusal is never retried; a world that was not ready for longer than a bug. */
export function judge(
  supervision: Supervision,
  failure: Failure,
  unavailableAttemptsMax: number,
  random: () => number,
): Verdict {
  const { error } = failure
  const attempts = [...failure.attempts, attemptOf(failure)]
  if (error instanceof Refused)
    return { what: 'dead', cause: causeOfRefusal(error), attempts, then: 'continue' }
  const attemptsMax = error instanceof Unavailable ? unavailableAttemptsMax : supervision.attemptsMax
  if (attempts.length < attemptsMax)
    return { what: 'again', inMs: backoffMs(supervision, attempts.length, random), attempts }
  return { what: 'dead', cause: failure.hung ? 'hung' : 'failed', attempts, then: supervision.then }
}

/** Exponential, capped, and never the same for two messages. */
export function backoffMs(supervision: Supervision, attempt: number, random: () => number): number {
  const { first, max, factor } = supervision.backoff
  return jittered(
    Math.min(milliseconds(max), milliseconds(first) * factor ** (attempt - 1)),
    backoffJitter,
    random,
  )
}

function attemptOf({ error, now }: Failure): Attempt {
  const cause = error.cause instanceof Error ? error.cause : error
  const stack =
    error instanceof Refused
      ? undefined
      : storable(cause.stack ?? '')
          .split('\n')
          .slice(0, stackMaxLines)
          .join('\n')
  return stack === undefined
    ? { at: now, reason: reasonOf(error) }
    : { at: now, reason: reasonOf(error), stack }
}

function causeOfRefusal(refused: Refused): DeadLetter['cause'] {
  const { code } = refused
  return code === 'unknown_message' ||
    code === 'bad_message' ||
    code === 'unknown_kind' ||
    code === 'mailbox_full'
    ? code
    : 'refused'
}
