/** Requests as the table of routes declares them. */
import type * as z from 'zod'
import type { Route } from '#specs/route.ts'

type In<Schema> = Schema extends z.ZodType ? z.input<Schema> : never

/** What a route is asked with. */
export type Asked<R extends Route> = {
  readonly [Part in 'params' | 'query' | 'body' as R[Part] extends z.ZodType ? Part : never]: In<R[Part]>
}

/** Everything that may stand in an address. */
type Words = Readonly<Record<string, string | number | boolean | null | undefined>>

/** The address of a route: parameters in their places, the query behind, what is undefined left out. */
export function addressOf(path: string, params: Words = {}, query: Words = {}): string {
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(params[name])))
  const search = new URLSearchParams(
    Object.entries(query).flatMap(([name, value]) =>
      value === null || value === undefined ? [] : [[name, String(value)]],
    ),
  )
  return search.size === 0 ? filled : `${filled}?${search}`
}
