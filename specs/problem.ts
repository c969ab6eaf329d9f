/** What every refusal looks like, over HTTP (RFC 9457) and over sockets. */
import * as z from 'zod'

/** One word per kind of refusal; it never changes, the sentences may. */
export const ProblemCode = z.enum([
  'bad_request',
  'bad_json',
  'bad_input',
  'too_large',
  'not_signed_in',
  'not_allowed',
  'not_found',
  'wrong_state',
  'already_exists',
  'in_use',
  'gone',
  'queue_full',
  'too_many_requests',
  'unsupported_version',
  'unavailable',
  'outcome_unknown',
  'internal',
])
export type ProblemCode = z.infer<typeof ProblemCode>

export const statusOf: Readonly<Record<ProblemCode, number>> = {
  bad_request: 400,
  bad_json: 400,
  bad_input: 422,
  too_large: 413,
  not_signed_in: 401,
  not_allowed: 403,
  not_found: 404,
  wrong_state: 409,
  already_exists: 409,
  in_use: 409,
  gone: 410,
  queue_full: 429,
  too_many_requests: 429,
  unsupported_version: 426,
  unavailable: 503,
  outcome_unknown: 503,
  internal: 500,
}

export const Problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: ProblemCode,
  /** What is wrong, and the way out. */
  detail: z.string(),
  /** The fields that are wrong, each with what is wrong about it. */
  fields: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  retryAfterMs: z.int().optional(),
})
export type Problem = z.infer<typeof Problem>
