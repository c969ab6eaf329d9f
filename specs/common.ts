/** Small shapes that many contracts share. */
import * as z from 'zod'

/** What is later, or takes longer, is no date any more, or none that Postgres can keep. */
const instantMax = Date.UTC(9_999, 11, 31)
const millisecondsMax = 100 * 366 * 86_400_000

/** Milliseconds since 1970, on the database's clock. */
export const Instant = z.number().nonnegative().max(instantMax, 'must be a time before the year 10000')
export const Milliseconds = z.int().nonnegative().max(millisecondsMax, 'must be at most 100 years, in ms')

/** Of an attempt, of a frame: as many as a column of the database counts. */
export const Ordinal = z.int().nonnegative().max(2_147_483_647)

const nameMax = 100
const noteMax = 500

const breaksLines = /\p{Cc}/u

/** What people call things: one line, nothing invisible. */
export const Name = z
  .string()
  .trim()
  .min(1, 'must not be empty')
  .max(nameMax)
  .refine((text) => !breaksLines.test(text), 'must be one line without control characters')
export const Note = z.string().trim().max(noteMax)

/** What a page of a list is asked with. The cursor is the last page's `next`. */
export const PageQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  after: z.string().max(200).optional(),
})
export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.object({ items: z.array(item), next: z.string().nullable() })
}

/** `key=value`, what an agent is chosen by beyond what it can do. */
export const Tag = z.string().regex(/^[a-z0-9][a-z0-9._-]{0,62}=[a-zA-Z0-9._-]{1,63}$/, "must be 'key=value'")

/** Anything that JSON can say. */
export const Json = z.json().meta({ id: 'Json' })
export const Empty = z.strictObject({})
export const Done = z.object({ done: z.literal(true) })
