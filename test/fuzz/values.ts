/** Values of any JSON schema, so that the routes' own schemas say what is tried on them. */
import fc from 'fast-check'
import * as z from 'zod'

type Schema = { readonly [key: string]: unknown }

const depthMax = 4
const textMax = 40
const itemsMax = 3
/** So many make a long one, where more may be. */
const longText = 600
const longItems = 64

/**
 * What is good for something in fields of that name: ids of what is there, secrets that count. A list is mixed with what the
 * field's schema accepts; anything else stands instead of it.
 */
export type Words = Readonly<Record<string, readonly unknown[] | fc.Arbitrary<unknown>>>

/** What the schema accepts, as far as JSON Schema tells: a part of it is refused for what only the code knows. */
export function valuesOf(schema: z.ZodType, words: Words = {}): fc.Arbitrary<unknown> {
  const root = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Schema
  return fc.oneof(
    { weight: 12, arbitrary: new Values(root, words, false).of(root, 0) },
    { weight: 1, arbitrary: new Values(root, words, true).of(root, 0) },
  )
}

class Values {
  readonly #root: Schema
  readonly #words: Words
  /** Whether all of it is as long as may be. */
  readonly #long: boolean

  constructor(root: Schema, words: Words, long: boolean) {
    this.#root = root
    this.#words = words
    this.#long = long
  }

  of(schema: Schema, depth: number): fc.Arbitrary<unknown> {
    if (typeof schema['$ref'] === 'string') return this.of(this.#resolve(schema['$ref']), depth + 1)
    if ('const' in schema) return fc.constant(schema['const'])
    if (Array.isArray(schema['enum'])) return fc.constantFrom(...(schema['enum'] as unknown[]))
    const ways = (schema['anyOf'] ?? schema['oneOf']) as Schema[] | undefined
    if (ways) return fc.oneof(...this.#shallow(ways, depth).map((way) => this.of(way, depth + 1)))
    switch (schema['type']) {
      case 'object':
        return this.#object(schema, depth)
      case 'array':
        return this.#array(schema, depth)
      case 'string':
        return text(schema, this.#long)
      case 'integer':
        return integer(schema)
      case 'number':
        return fc.oneof(integer(schema), fc.double({ ...bounds(schema, Number), noNaN: true }))
      case 'boolean':
        return fc.boolean()
      case 'null':
        return fc.constant(null)
      default:
        return anything
    }
  }

  /** Something that refers to itself ends somewhere. */
  #shallow(ways: readonly Schema[], depth: number): readonly Schema[] {
    if (depth < depthMax) return ways
    const flat = ways.filter((way) => !['object', 'array'].includes(String(way['type'])) && !('$ref' in way))
    return flat.length > 0 ? flat : ways
  }

  #object(schema: Schema, depth: number): fc.Arbitrary<unknown> {
    const fields = (schema['properties'] ?? {}) as Record<string, Schema>
    const more = schema['additionalProperties']
    const required = (schema['required'] ?? []) as string[]
    const known = fc.record(
      Object.fromEntries(
        Object.entries(fields).map(([name, field]) => [name, this.#named(name, field, depth + 1)]),
      ),
      { requiredKeys: required, noNullPrototype: true },
    )
    if (typeof more !== 'object' || more === null) return known
    const extra = fc.dictionary(fc.string({ maxLength: textMax }), this.of(more as Schema, depth + 1), {
      maxKeys: itemsMax,
    })
    return fc.tuple(extra, known).map(([some, others]) => ({ ...some, ...others }))
  }

  #named(name: string, field: Schema, depth: number): fc.Arbitrary<unknown> {
    const known = this.#words[name] ?? []
    if (!Array.isArray(known)) return known as fc.Arbitrary<unknown>
    const any = this.of(field, depth)
    if (known.length === 0) return any
    const words = fc.constantFrom(...(known as unknown[]))
    return fc.oneof({ weight: 3, arbitrary: words }, { weight: 1, arbitrary: any })
  }

  #array(schema: Schema, depth: number): fc.Arbitrary<unknown> {
    const min = Number(schema['minItems'] ?? 0)
    const max = Number(schema['maxItems'] ?? itemsMax)
    const [minLength, maxLength] = this.#long
      ? [Math.min(max, longItems), Math.min(max, longItems)]
      : [min, Math.min(max, min + itemsMax)]
    return fc.array(this.of((schema['items'] ?? {}) as Schema, depth + 1), { minLength, maxLength })
  }

  #resolve(ref: string): Schema {
    let found: unknown = this.#root
    for (const part of ref.split('/').slice(1)) found = (found as Schema)[part]
    return found as Schema
  }
}

// Each is made once: fast-check takes long to make them.
const texts = new Map<string, fc.Arbitrary<string>>()

function text(schema: Schema, long: boolean): fc.Arbitrary<string> {
  const { minLength = 0, maxLength, format, pattern } = schema
  const key = JSON.stringify([minLength, maxLength, format, pattern, long])
  const made = texts.get(key) ?? newText(schema, long)
  texts.set(key, made)
  return made
}

function newText(schema: Schema, long: boolean): fc.Arbitrary<string> {
  const min = Number(schema['minLength'] ?? 0)
  const max = Number(schema['maxLength'] ?? textMax)
  if (schema['format'] === 'email')
    return fc.stringMatching(/^[a-zA-Z0-9.]{0,8}[a-z0-9]@[a-z]{1,8}\.example$/)
  if (typeof schema['pattern'] === 'string')
    return fc
      .stringMatching(new RegExp(schema['pattern']), { size: long ? 'max' : 'small' })
      .filter((found) => found.length >= min)
  const [minLength, maxLength] = long
    ? [Math.min(max, longText), Math.min(max, longText)]
    : [min, Math.min(max, min + textMax)]
  return fc.oneof(
    fc.string({ minLength, maxLength, unit: 'grapheme-ascii' }),
    fc.string({ minLength, maxLength, unit: 'grapheme' }).map((found) => found.slice(0, max).toWellFormed()),
  )
}

/** Small ones too: attempts and frames are numbered from 1 on. */
function integer(schema: Schema): fc.Arbitrary<number> {
  const { min, max } = bounds(schema, Math.floor)
  return fc.oneof(
    fc.integer({ min, max }),
    fc.integer({ min, max: Math.min(max, min + 3) }),
    fc.constant(max),
  )
}

function bounds(schema: Schema, round: (value: number) => number): { min: number; max: number } {
  const above = Number(schema['minimum'] ?? schema['exclusiveMinimum'] ?? -1_000_000)
  const below = Number(schema['maximum'] ?? schema['exclusiveMaximum'] ?? 1_000_000_000)
  return {
    min: round(Math.max(above, Number.MIN_SAFE_INTEGER)),
    max: round(Math.min(below, Number.MAX_SAFE_INTEGER)),
  }
}

export const anything: fc.Arbitrary<unknown> = fc.jsonValue({ maxDepth: 3 })
