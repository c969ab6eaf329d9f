/** Turns what a request carries into what its route declares, or says which fields are wrong, and how. */
import * as z from 'zod'
import { Empty } from '#specs/common.ts'
import type { Route } from '#specs/route.ts'
import { type Fault, notFound, Refusal } from './refusal.ts'

const faultsMax = 20
const namesMax = 10

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
  const fields = faults.slice(0, faultsMax)
  const named = fields.map(({ path, message }) => (path === '' ? message : `${path} ${message}`)).join('; ')
  return new Refusal('bad_input', `Put this right and send it again: ${named}.`, { fields })
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
    .replace(/^Too (big|small): expected \w+/, 'must be')
}

/** What Postgres can't store: NUL, and halves of characters. `__proto__` is what only attackers send. */
function unstorable(value: unknown, prefix: string): Fault[] {
  const faults: Fault[] = []
  const left: [path: (string | number)[], value: unknown][] = [[[], value]]
  for (let next = left.pop(); next !== undefined && faults.length < faultsMax; next = left.pop()) {
    const [path, item] = next
    if (typeof item === 'string' && !isStorable(item))
      faults.push(faultAt(prefix, path, 'has a character that is none: NUL, or half of one'))
    if (typeof item !== 'object' || item === null) continue
    for (const [key, inner] of Object.entries(item)) {
      if (!isStorable(key) || key === '__proto__')
        faults.push(faultAt(prefix, path, 'has a field whose name is not allowed'))
      else left.push([[...path, Array.isArray(item) ? Number(key) : key], inner])
    }
  }
  return faults
}

function faultAt(prefix: string, path: readonly (string | number)[], message: string): Fault {
  return { path: (prefix + z.core.toDotPath([...path])).replace(/\.$/, ''), message }
}

function isStorable(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed()
}

/** What comes by another way than HTTP, checked the same way. */
export function parseInput<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  return checked(schema, value, '', []) as z.output<S>
}
