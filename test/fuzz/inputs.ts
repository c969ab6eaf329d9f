/** Inputs for a route, made from its own schemas: good ones, and ones that are spoilt in some way. */
import fc from 'fast-check'
import type { Route } from '#specs/route.ts'
import { type Draft, type Input, oddHeaders, spoilt, spoiltBytes } from './harm.ts'
import { anything, valuesOf, type Words } from './values.ts'

export interface Known {
  readonly words: Words
  /** Where the route's own schema says too little of what is good. */
  readonly body?: fc.Arbitrary<unknown>
}

/** As many inputs as asked for; the same seed makes the same. */
export function inputsFor(route: Route, count: number, seed: number, known: Known): Input[] {
  const draft = draftsOf(route, known)
  const inputs = fc.oneof(
    { weight: 3, arbitrary: draft.map(plain) },
    { weight: 6, arbitrary: draft.chain((good) => part(good, route)).map(plain) },
    { weight: 2, arbitrary: draft.chain(withOddBody) },
    {
      weight: 1,
      arbitrary: fc.tuple(draft, oddHeaders).map(([good, headers]) => ({ ...plain(good), headers })),
    },
    { weight: 1, arbitrary: draft.chain(withOddAddress) },
  )
  return fc.sample(inputs, { numRuns: count, seed })
}

function draftsOf({ params, query, body }: Route, known: Known): fc.Arbitrary<Draft> {
  const { words } = known
  return fc.record(
    {
      params: params ? valuesOf(params, words) : fc.constant({}),
      query: query
        ? fc.oneof(
            { weight: 1, arbitrary: fc.constant({}) },
            { weight: 3, arbitrary: valuesOf(query, words) },
          )
        : fc.constant({}),
      body: known.body ?? (body ? valuesOf(body, words) : fc.constant(undefined)),
    },
    { noNullPrototype: true },
  )
}

/** One part of it is spoilt, the rest stays good: so that the spoilt part is looked at. */
function part(good: Draft, { params, query, body }: Route): fc.Arbitrary<Draft> {
  const ways: fc.Arbitrary<Draft>[] = [anything.map((other) => ({ ...good, body: other }))]
  if (body) ways.push(spoilt(good.body).map((other) => ({ ...good, body: other })))
  if (body)
    ways.push(
      spoilt(good.body)
        .chain(spoilt)
        .map((other) => ({ ...good, body: other })),
    )
  if (query) ways.push(spoilt(good.query).map((other) => ({ ...good, query: other })))
  if (params) ways.push(spoilt(good.params).map((other) => ({ ...good, params: other })))
  return fc.oneof(...ways)
}

function plain({ params, query, body }: Draft): Input {
  const text = JSON.stringify(body)
  return {
    params: texts(params),
    search: new URLSearchParams(texts(query)).toString(),
    body: text === undefined ? undefined : Buffer.from(text),
    headers: text === undefined ? {} : { 'content-type': 'application/json' },
  }
}

function withOddBody(good: Draft): fc.Arbitrary<Input> {
  return spoiltBytes(good.body).map((body) => ({
    ...plain(good),
    body,
    headers: { 'content-type': 'application/json' },
  }))
}

const oddSearch = fc.oneof(
  fc.constantFrom(
    'limit=1&limit=2',
    '%',
    '%zz=%ff',
    '=&=&',
    'limit[]=1',
    'limit[a]=1',
    'after=%00',
    '__proto__=1',
    'after='.padEnd(6_000, 'x'),
  ),
  fc.string({ unit: fc.constantFrom(...'ak1=&&%[].+-_~;:@/?'.split('')), maxLength: 60 }),
)

function withOddAddress(good: Draft): fc.Arbitrary<Input> {
  return oddSearch.map((search) => ({ ...plain(good), search }))
}

/** What can stand in an address is text; anything else is written as JSON. */
function texts(value: unknown): Record<string, string> {
  if (typeof value !== 'object' || value === null) return { value: JSON.stringify(value) ?? '' }
  const pairs = Object.entries(value).filter(([, inner]) => inner !== undefined)
  return Object.fromEntries(
    pairs.map(([key, inner]) => [
      key.toWellFormed(),
      typeof inner === 'string' ? inner.toWellFormed() : JSON.stringify(inner),
    ]),
  )
}
