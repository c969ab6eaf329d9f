/**
 * States, inputs and answers are stored as JSON. What JSON can't carry is refused where a kind is declared,
 * as far as its schemas tell; where they leave it open (z.unknown() and the like), each value is looked at.
 */
import * as z from 'zod'

/** An 'input' is stored as it was given, an 'output' as its schema has made it; a 'state' is both in turn. */
type Use = 'input' | 'output' | 'state'

type Schema = z.core.$ZodType
type Definition = z.core.$ZodTypes['_zod']['def']
/** A schema within a schema. In lists JSON has no undefined, while in objects it leaves the field out. */
type Part = readonly [schema: Schema, place: string, inList: boolean]

/** Schemas looked at; one that goes on without end says nothing of its values. */
const partsMax = 1_000

const cures: Readonly<Record<string, string>> = {
  date: 'keep milliseconds (z.int()) or a text (z.iso.datetime())',
  map: 'use z.record()',
  set: 'use z.array()',
  bigint: 'use z.int() or a text',
  nan: 'use z.null()',
}
/**
 * What becomes of a type's values. 'open': it depends on the value. 'absent': undefined, which lists can't hold;
 * 'filled': the same, but only as it is given.
 */
type Fate = 'carried' | 'lost' | 'open' | 'absent' | 'filled'
const fates: Readonly<Record<Definition['type'], Fate>> = {
  any: 'open',
  array: 'carried',
  bigint: 'lost',
  boolean: 'carried',
  catch: 'filled',
  custom: 'open',
  date: 'lost',
  default: 'filled',
  enum: 'carried',
  file: 'lost',
  function: 'lost',
  intersection: 'carried',
  lazy: 'carried',
  literal: 'carried',
  map: 'lost',
  nan: 'lost',
  never: 'carried',
  nonoptional: 'carried',
  null: 'carried',
  nullable: 'carried',
  number: 'carried',
  object: 'carried',
  optional: 'absent',
  pipe: 'carried',
  prefault: 'filled',
  promise: 'lost',
  readonly: 'carried',
  record: 'carried',
  set: 'lost',
  string: 'carried',
  success: 'carried',
  symbol: 'lost',
  template_literal: 'carried',
  transform: 'open',
  tuple: 'carried',
  undefined: 'absent',
  union: 'carried',
  unknown: 'open',
  void: 'absent',
}

/**
 * The schema, held to what JSON carries. Throws TypeError where it has values that JSON does not; `place`
 * says where it stands in the declaration.
 */
export function carriedByJson<S extends z.ZodType>(schema: S, use: Use, place: string): S {
  const walk = new Walk(use)
  walk.visit([schema, place, false])
  if (use === 'input') refuseTwoNothings(schema, place)
  if (!walk.open) return schema
  if (use === 'output') return schema.check(onlyJson)
  return z.unknown().check(onlyJson).pipe(schema) as unknown as S
}

/** `null` and nothing are the same text: refuses an input that takes them for two things. */
function refuseTwoNothings(schema: z.ZodType, place: string): void {
  if (fates[unwrapped(schema)._zod.def.type] === 'open') return
  const [absent, none] = [schema.safeParse(undefined), schema.safeParse(null)]
  if (!absent.success || !none.success || absent.data === none.data) return
  throw new TypeError(
    `${place} takes both null and nothing, which JSON can't tell apart: allow one of them, with .nullable() or .optional()`,
  )
}

function unwrapped(schema: Schema): z.core.$ZodTypes {
  const { def } = (schema as z.core.$ZodTypes)._zod
  return 'innerType' in def ? unwrapped(def.innerType) : (schema as z.core.$ZodTypes)
}

/** Looks at a schema and all that it is made of. */
class Walk {
  readonly #use: Use
  readonly #seen = { inList: new Set<Schema>(), elsewhere: new Set<Schema>() }
  /** Some of the values may be such that JSON loses or changes them. */
  open = false

  constructor(use: Use) {
    this.#use = use
  }

  visit(part: Part): void {
    const [schema, place, inList] = part
    const seen = inList ? this.#seen.inList : this.#seen.elsewhere
    if (seen.has(schema)) return
    seen.add(schema)
    if (seen.size > partsMax) {
      this.open = true
      return
    }
    const { def } = (schema as z.core.$ZodTypes)._zod
    const fate = fateOf(def, this.#use)
    if (fate === 'lost') throw new TypeError(refusal(def.type, place))
    this.open ||= isOpen(fate, this.#use, inList)
    for (const inner of this.#partsOf(def, part)) this.visit(inner)
  }

  /** One that refers to what is declared later can't be looked into yet. */
  #partsOf(def: Definition, part: Part): Part[] {
    try {
      return partsOf(def, part, this.#use)
    } catch {
      this.open = true
      return []
    }
  }
}

/** A date or a bigint may be given as what JSON makes of it, where its schema makes it anew. */
function fateOf(def: Definition, use: Use): Fate {
  if ((def.type === 'date' || def.type === 'bigint') && def.coerce && use === 'input') return 'carried'
  if (def.type !== 'literal') return fates[def.type]
  if (def.values.some((value) => typeof value === 'bigint')) return 'lost'
  return def.values.includes(undefined) ? 'absent' : 'carried'
}

function isOpen(fate: Fate, use: Use, inList: boolean): boolean {
  return fate === 'open' || (inList && (fate === 'absent' || (fate === 'filled' && use === 'input')))
}

function partsOf(def: Definition, [, place, inList]: Part, use: Use): Part[] {
  if (def.type === 'object') {
    const fields = Object.entries(def.shape).map(([name, field]): Part => [field, `${place}.${name}`, false])
    return def.catchall ? [...fields, [def.catchall, `${place}.*`, false]] : fields
  }
  if (def.type === 'record') return [def.keyType, def.valueType].map((part) => [part, `${place}.*`, false])
  if (def.type === 'array') return [[def.element, `${place}[]`, true]]
  if (def.type === 'tuple')
    return [...def.items, ...(def.rest ? [def.rest] : [])].map((item, at) => [item, `${place}[${at}]`, true])
  if (def.type === 'union') return def.options.map((option) => [option, place, inList])
  if (def.type === 'intersection') return [def.left, def.right].map((side) => [side, place, inList])
  if (def.type === 'pipe') return sidesOf(def, use).map((side) => [side, place, inList])
  if (def.type === 'lazy') return [[def.getter(), place, inList]]
  return 'innerType' in def ? [[def.innerType, place, inList]] : []
}

function sidesOf({ in: given, out: made }: z.core.$ZodPipeDef, use: Use): Schema[] {
  if (use === 'input') return [given]
  return use === 'output' ? [made] : [given, made]
}

function refusal(type: string, place: string): string {
  const cure = cures[type]
  return `${place} is a ${type}, which JSON does not carry${cure === undefined ? '' : `: ${cure}`}`
}

/** Finds values that JSON would lose or change. */
function onlyJson(payload: z.core.ParsePayload): void {
  const found = lostIn(payload.value, [], false)
  if (found)
    payload.issues.push({
      code: 'custom',
      input: payload.value,
      path: found.path,
      message: `JSON does not carry ${found.what}`,
    })
}

type Found = { readonly path: PropertyKey[]; readonly what: string }

function lostIn(value: unknown, path: PropertyKey[], inList: boolean): Found | undefined {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return undefined
  if (value === undefined) return inList ? { path, what: 'undefined in a list' } : undefined
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : { path, what: String(value) }
  if (typeof value !== 'object') return { path, what: `a ${typeof value}` }
  if (Array.isArray(value)) return firstLost(Array.from(value).entries(), path, true)
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype === Object.prototype || prototype === null)
    return firstLost(Object.entries(value), path, false)
  return { path, what: `a ${value.constructor.name}` }
}

function firstLost(
  entries: Iterable<[PropertyKey, unknown]>,
  path: PropertyKey[],
  inList: boolean,
): Found | undefined {
  for (const [name, value] of entries) {
    const found = lostIn(value, [...path, name], inList)
    if (found) return found
  }
  return undefined
}
