/** Turns what a request carries into what its route declares, or says which fields are wrong, and how. */
import * as z from 'zod'
import { Empty } from '#specs/common.ts'
import type { Route } from '#specs/route.ts'
import { type Fault, notFound, Refusal } from './refusal.ts'

const faultsMax = 20
const namesMax = 10
/** Names of fields come from the caller, and are said again with each fault. */
const pathMax = 200

export interface Parsed {
  readonly params: unknown
  readonly query: unknown
  readonly body: unknown
}

/** An id that is none is as unknown as one that is not there. */
export function parseParams({ params }: Route, given: unknown): unknown {
  if (params === undefined) return undefined
  const result = params.safeParse(given)
  if (!result.success) throw notFound()
  return result.data
}

export function parseQuery({ query }: Route, search: URLSearchParams): unknown {
  const faults: Fault[] = []
  const given: [string, string][] = []
  for (const name of new Set(search.keys())) {
    const values = search.getAll(name)
    if (values.length > 1)
      faults.push({ path: `query.${name}`, message: 'is given more than once; give it once' })
    given.push([name, values[0] ?? ''])
  }
  const parsed = checked(query ?? Empty, Object.fromEntries(given), 'query.', faults)
  return query === undefined ? undefined : parsed
}

export function parseBody({ body }: Route, value: unknown): unknown {
  const parsed = checked(body ?? Empty, value, '', [])
  return body === undefined ? undefined : parsed
}

function checked(schema: z.ZodType, value: unknown, prefix: string, before: readonly Fault[]): unknown {
  const faults = [...before, ...unstorable(value, prefix)]
  if (faults.length > 0) throw badInput(faults)
  const result = schema.safeParse(value)
  if (result.success) return result.data
  throw badInput(result.error.issues.flatMap((issue) => faultsOf(issue, schema, prefix)))
}

export function badInput(faults: readonly Fault[]): Refusal {
  const fields = faults.slice(0, faultsMax).map(({ path, message }) => ({ path: cut(path), message }))
  const named = fields.map(({ path, message }) => (path === '' ? message : `${path} ${message}`)).join('; ')
  return new Refusal('bad_input', `Put this right and send it again: ${named}.`, { fields })
}

function cut(path: string): string {
  return path.length <= pathMax ? path : `${path.slice(0, pathMax).toWellFormed()}...`
}

function faultsOf(issue: z.core.$ZodIssue, schema: z.ZodType, prefix: string): Fault[] {
  const path = prefix + z.core.toDotPath(issue.path)
  if (issue.code !== 'unrecognized_keys') return [{ path: path.replace(/\.$/, ''), message: sentence(issue) }]
  const known = issue.path.length === 0 && schema instanceof z.ZodObject ? Object.keys(schema.shape) : []
  const hint = known.length > 0 ? `; known are ${known.join(', ')}` : '; leave it out'
  return issue.keys.slice(0, namesMax).map((key) => ({
    path: prefix + z.core.toDotPath([...issue.path, key]),
    message: `is not known here${hint}`,
  }))
}

function sentence(issue: z.core.$ZodIssue): string {
  if (issue.message.endsWith('received undefined')) return 'is missing'
  if (issue.code === 'invalid_union') {
    const ways = issue.errors.flatMap((issues) => issues.slice(0, 1).map(sentence))
    return ways.length > 0 ? [...new Set(ways)].join(', or ') : 'is of none of the forms that it may have'
  }
  return issue.message
    .replace(/^Invalid (input|option): expected/, 'must be')
    .replace(/^Too (?:big|small): expected \w+ to (have|be) /, 'must $1 ')
    .replace(/(?<=^must (?:have|be) )[<>]=?/, (sign) => bounds[sign] ?? sign)
}

const bounds: Readonly<Record<string, string>> = {
  '<=': 'at most ',
  '>=': 'at least ',
  '<': 'less than ',
  '>': 'more than ',
}

/** The way to a value, from its end. */
interface Trail {
  readonly key: string | number
  readonly within: Trail | null
}

/**
 * What Postgres can't store: NUL, and halves of characters. What JSON can't say: bytes. `__proto__` is what only attackers
 * send. A body may have half a million values, so the way is only written out where there is a fault.
 */
function unstorable(value: unknown, prefix: string): Fault[] {
  const faults: Fault[] = []
  const left: { readonly items: object; readonly trail: Trail | null }[] = []
  const fault = (trail: Trail | null, message: string) => {
    if (faults.length < faultsMax) faults.push(faultAt(prefix, trail, message))
  }
  const look = (item: unknown, trail: () => Trail | null) => {
    if (typeof item === 'string') {
      if (!isStorable(item)) fault(trail(), 'has a character that is none: NUL, or half of one')
    } else if (ArrayBuffer.isView(item)) fault(trail(), 'is bytes; say it in JSON')
    else if (typeof item === 'object' && item !== null) left.push({ items: item, trail: trail() })
  }
  look(value, () => null)
  for (let next = left.pop(); next !== undefined && faults.length < faultsMax; next = left.pop()) {
    const { items, trail: within } = next
    if (Array.isArray(items)) items.forEach((item, key) => look(item, () => ({ key, within })))
    else
      for (const key of Object.keys(items)) {
        if (!isStorable(key) || key === '__proto__') fault(within, 'has a field whose name is not allowed')
        else look((items as Record<string, unknown>)[key], () => ({ key, within }))
      }
  }
  return faults
}

function faultAt(prefix: string, trail: Trail | null, message: string): Fault {
  const path: (string | number)[] = []
  for (let at = trail; at !== null; at = at.within) path.unshift(at.key)
  return { path: (prefix + z.core.toDotPath(path)).replace(/\.$/, ''), message }
}

function isStorable(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed()
}

/** What comes by another way than HTTP, checked the same way. */
export function parseInput<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  return checked(schema, value, '', []) as z.output<S>
}
