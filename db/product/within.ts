import type { Queryable } from '../statement.ts'

/** Lets a declared statement run within a turn of an actor: `insertResult.run(within(ctx), ...)`. */
export function within(turn: {
  sql(text: string, params?: readonly unknown[]): Promise<Record<string, unknown>[]>
}): Queryable {
  const query = async ({ text, values }: { text: string; values: readonly unknown[] }) => ({
    rows: await turn.sql(text, values),
  })
  return { query } as unknown as Queryable
}
