/** Values of any JSON schema, so that the routes' own schemas say what is tried on them. */
import fc from 'fast-check'
import * as z from 'zod'

type Schema = { readonly [key: string]: unknown }

const depthMax = 4
const lengthMax = 40
const itemsMax = 3

/** What the schema accepts, as far as JSON Schema tells: a part of it is refused for what only the code knows. */
export function valuesOf(schema: z.ZodType): fc.Arbitrary<unknown> {
  const root = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Schema
  return new Values(root).of(root, 0)
}

class Values {
  readonly #root: Schema

  constructor(root: Schema) {
    this.#root = root
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
        return text(schema)
      case 'integer':
        return fc.integer(bounds(schema, Math.floor))
      case 'number':
        return fc.oneof(
          fc.integer(bounds(schema, Math.floor)),
          fc.double({ ...bounds(schema, Number), noNaN: true }),
        )
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
      Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, this.of(field, depth + 1)])),
      { requiredKeys: required, noNullPrototype: true },
    )
    if (typeof more !== 'object' || more === null) return known
    const extra = fc.dictionary(fc.string({ maxLength: lengthMax }), this.of(more as Schema, depth + 1), {
      maxKeys: itemsMax,
    })
    return fc.tuple(extra, known).map(([some, others]) => ({ ...some, ...others }))
  }

  #array(schema: Schema, depth: number): fc.Arbitrary<unknown> {
    const least = Number(schema['minItems'] ?? 0)
    const most = Math.min(Number(schema['maxItems'] ?? itemsMax), least + itemsMax)
    return fc.array(this.of((schema['items'] ?? {}) as Schema, depth + 1), {
      minLength: least,
      maxLength: most,
    })
  }

  #resolve(ref: string): Schema {
    let found: unknown = this.#root
    for (const part of ref.split('/').slice(1)) found = (found as Schema)[part]
    return found as Schema
  }
}

function text(schema: Schema): fc.Arbitrary<string> {
  const least = Number(schema['minLength'] ?? 0)
  const most = Math.min(Number(schema['maxLength'] ?? lengthMax), least + lengthMax)
  if (schema['format'] === 'email')
    return fc.stringMatching(/^[a-zA-Z0-9.]{0,8}[a-z0-9]@[a-z]{1,8}\.example$/)
  if (typeof schema['pattern'] === 'string')
    return fc
      .stringMatching(new RegExp(schema['pattern']), { size: 'small' })
      .filter((found) => found.length >= least)
  return fc.oneof(
    fc.string({ minLength: least, maxLength: most, unit: 'grapheme-ascii' }),
    fc.string({ minLength: least, maxLength: most, unit: 'grapheme' }),
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
