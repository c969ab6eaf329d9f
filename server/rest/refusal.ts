/** What a handler throws to say no, and how any error looks to the caller. */
import { randomUUID } from 'node:crypto'
import { HandlerFailed, OutcomeUnknown, Refused, Unavailable } from '#runtime/index.ts'
import { type Problem, type ProblemCode, statusOf } from '#specs/problem.ts'

export interface Fault {
  /** Where it is: 'admin.email', 'tags[2]'; of the query 'query.limit'. */
  readonly path: string
  readonly message: string
}

export interface RefusalOptions {
  readonly fields?: readonly Fault[]
  readonly retryAfterMs?: number
  /** Where the code's own status is too coarse. */
  readonly status?: number
  readonly cause?: unknown
}

/** The caller gets this as it is: the code, a sentence that says what is wrong, and the way out. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly code: ProblemCode
  readonly detail: string
  readonly fields: readonly Fault[] | undefined
  readonly retryAfterMs: number | undefined
  readonly status: number

  constructor(code: ProblemCode, detail: string, options: RefusalOptions = {}) {
    super(detail, { cause: options.cause })
    this.code = code
    this.detail = detail
    this.fields = options.fields
    this.retryAfterMs = options.retryAfterMs
    this.status = options.status ?? statusOf[code]
  }
}

/** The same words for a foreign, an unknown and a malformed id: whoever guesses learns nothing. */
export function notFound(): Refusal {
  return new Refusal(
    'not_found',
    'There is nothing of that id in your team. Look at the list, and copy the id as a whole.',
  )
}

const titles: Readonly<Record<ProblemCode, string>> = {
  bad_request: 'The request is not one that this server understands',
  bad_json: 'The body is not JSON',
  bad_input: 'Something in the input is not right',
  too_large: 'The body is too large',
  not_signed_in: 'Nobody knows who is calling',
  not_allowed: 'This caller may not do that',
  not_found: 'There is no such thing',
  wrong_state: 'That does not go in its present state',
  already_exists: 'It exists already',
  in_use: 'It is in use',
  gone: 'It is not there any more',
  queue_full: 'The queue is full',
  too_many_requests: 'Too many requests',
  unsupported_version: 'This version is too old',
  unavailable: 'The server is not ready for this',
  outcome_unknown: 'Nobody can tell whether it was done',
  internal: 'The server has a fault',
}

const retryMs = 1_000

/** What an error comes to: the refusal that the caller sees. One that is nobody's no is a bug of ours. */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof Refusal) return error
  if (error instanceof Unavailable)
    return new Refusal('unavailable', 'Nothing was done. Try again in a moment.', {
      retryAfterMs: retryMs,
      cause: error,
    })
  if (error instanceof OutcomeUnknown)
    return new Refusal(
      'outcome_unknown',
      'The answer was lost on the way. Look whether it was done, or send it again with the same Idempotency-Key.',
      { retryAfterMs: retryMs, cause: error },
    )
  if (error instanceof Refused) return fromActor(error)
  return internal(error)
}

/** Actors refuse with a code of ours in `detail` (`ctx.refuse(text, { code })`); other refusals are the runtime's own. */
function fromActor(error: Refused): Refusal {
  if (error.code === 'mailbox_full' || error.code === 'stopping' || error.code === 'parked')
    return new Refusal('unavailable', 'Nothing was done. Try again in a moment.', {
      retryAfterMs: retryMs,
      cause: error,
    })
  if (error.code !== 'refused' && error.code !== 'not_allowed') return internal(error)
  const { code, retryAfterMs } = (error.detail ?? {}) as { code?: string; retryAfterMs?: number }
  const known = code !== undefined && code in statusOf ? (code as ProblemCode) : 'wrong_state'
  return new Refusal(known, error.message, {
    ...(typeof retryAfterMs === 'number' && { retryAfterMs }),
    cause: error,
  })
}

function internal(error: unknown): Refusal {
  const mark = randomUUID()
  const what = error instanceof HandlerFailed ? 'An actor' : 'The server'
  return new Refusal(
    'internal',
    `${what} failed on this; nothing was changed. The log says why, under ${mark}.`,
    {
      cause: error,
    },
  )
}

/** The body of the answer, as RFC 9457 has it. */
export function problemOf(refusal: Refusal): Problem {
  const { code, detail, fields, retryAfterMs, status } = refusal
  return {
    type: `urn:safelight:problem:${code}`,
    title: titles[code],
    status,
    code,
    detail,
    ...(fields && { fields: [...fields] }),
    ...(retryAfterMs !== undefined && { retryAfterMs: Math.ceil(retryAfterMs) }),
  }
}
