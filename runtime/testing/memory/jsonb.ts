import { CommitRejected, reasonOf } from '#runtime/errors.ts'

/** Refuses what Postgres's jsonb refuses: what is no JSON, and texts with \u0000 or half a surrogate pair. */
export function checkJsonb(text: string): void {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new CommitRejected(`invalid input syntax for type json: ${text.slice(0, 80)}`)
  }
  // Written again, only what jsonb can't hold is still escaped this way.
  if (text.includes('\\u') && /(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f])/.test(JSON.stringify(value))) {
    throw new CommitRejected('unsupported Unicode escape sequence')
  }
}

/** The same for a value that has no text yet. */
export function checkStorable(value: unknown): void {
  let text: string
  try {
    text = JSON.stringify(value)
  } catch (error) {
    throw new CommitRejected(reasonOf(error), { cause: error })
  }
  checkJsonb(text)
}
