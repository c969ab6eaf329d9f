/**
 * How Postgres's types look in TypeScript: `TypeOf<'int8?'>` is `number | null`. One table serves the compiler, the
 * parsers and the spec that compares declarations with the database, so the three can't drift apart.
 */
import pg from 'pg'

type Scalar = {
  bool: boolean
  bytea: Buffer
  date: string
  float8: number
  int2: number
  int4: number
  int8: number
  /** Left as text: whoever reads it parses it once, with a schema. */
  json: string
  jsonb: string
  /** An identifier, as the catalogues hold them. */
  name: string
  numeric: string
  text: string
  /** Milliseconds since 1970. */
  timestamptz: number
  uuid: string
  /** What a function returns that returns nothing. */
  void: string
}

type Part = keyof Scalar | `${keyof Scalar}?`

/** A type's name as Postgres spells it; `?` after it says that null may come, `[]` that it is an array. */
export type PgType = Part | `${Part}[]` | `${Part}[]?`

export type TypeOf<T extends string> = T extends `${infer Inner}?`
  ? TypeOf<Inner> | null
  : T extends `${infer Inner}[]`
    ? readonly TypeOf<Inner>[]
    : T extends keyof Scalar
      ? Scalar[T]
      : never

type Parse = (text: string) => unknown

const textArrayOid: number = 1009
const oid = { date: 1082, int8: 20, json: 114, jsonb: 3802, timestamptz: 1184 }
const arrayOid = { date: 1182, int8: 1016, json: 199, jsonb: 3807, timestamptz: 1185, uuid: 2951 }

const keepText: Parse = (text) => text
const builtInTimestamp: Parse = pg.types.getTypeParser(oid.timestamptz)
const builtInTextArray: (text: string) => (string | null)[] = pg.types.getTypeParser(textArrayOid, 'text')

const parsers = new Map<number, Parse>([
  [oid.date, keepText],
  [oid.int8, parseInt8],
  [oid.json, keepText],
  [oid.jsonb, keepText],
  [oid.timestamptz, parseTimestamp],
  [arrayOid.date, arrayOf(keepText)],
  [arrayOid.int8, arrayOf(parseInt8)],
  [arrayOid.json, arrayOf(keepText)],
  [arrayOid.jsonb, arrayOf(keepText)],
  [arrayOid.timestamptz, arrayOf(parseTimestamp)],
  [arrayOid.uuid, arrayOf(keepText)],
])

/** Type parsers for one session; everything not named here parses as pg does by default. */
export const sessionTypes: pg.CustomTypesConfig = {
  getTypeParser(id, format) {
    if (format === 'binary') return pg.types.getTypeParser(id, 'binary')
    return parsers.get(id) ?? pg.types.getTypeParser(id, 'text')
  },
}

function parseInt8(text: string): number {
  const value = Number(text)
  if (Number.isSafeInteger(value)) return value
  throw new RangeError(`${text} is an int8 beyond 2^53 and would lose digits; select it as text`)
}

function parseTimestamp(text: string): number {
  return Number(builtInTimestamp(text))
}

function arrayOf(parse: Parse): Parse {
  return (text) => builtInTextArray(text).map((item) => (item === null ? null : parse(item)))
}

/** The form in which pg sends a value of the given type. */
export function toParameter(type: string, value: unknown): unknown {
  if (!type.startsWith('timestamptz') || value === null) return value
  return Array.isArray(value) ? value.map(timestampText) : timestampText(value)
}

function timestampText(value: unknown): string | null {
  return value === null ? null : new Date(Number(value)).toISOString()
}
