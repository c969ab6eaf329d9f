/**
 * A form made from the JSON Schema of what a tool is given. What people type is kept as they type it; reading it gives
 * the value or says what is wrong with it. What a schema says beyond what is read here is still checked by the server.
 */
import * as z from 'zod'

const kinds = ['text', 'number', 'switch', 'choice', 'list', 'json'] as const
export type Kind = (typeof kinds)[number]

export type Field = {
  readonly name: string
  readonly label: string
  readonly help: string | null
  readonly kind: Kind
  readonly required: boolean
  /** As it would be typed. */
  readonly start: Typed
  readonly choices: readonly string[]
  readonly rules: Rules
}

/** What stands in a field: a text, or a switch on or off. */
export type Typed = string | boolean
export type Form = Readonly<Record<string, Typed>>
export type Read = { readonly value: unknown } | { readonly problem: string } | { readonly absent: true }

const Rules = z.object({
  isInteger: z.boolean(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  minLength: z.number().optional(),
  maxLength: z.number().optional(),
  maxItems: z.number().optional(),
  /** Of a text, or of each of a list's items. */
  pattern: z.string().optional(),
})
type Rules = z.infer<typeof Rules>

const Property = z.looseObject({
  type: z.string().optional(),
  title: z.string().optional(),
  description: z.string().optional(),
  default: z.unknown().optional(),
  enum: z.array(z.string()).optional(),
  items: z.looseObject({ type: z.string().optional(), pattern: z.string().optional() }).optional(),
  ...Rules.omit({ isInteger: true }).shape,
})
type Property = z.infer<typeof Property>
const ObjectSchema = z.looseObject({
  properties: z.record(z.string(), Property).default({}),
  required: z.array(z.string()).default([]),
})

/** The fields of a tool's form, in the order of its schema. */
export function fieldsOf(schema: unknown): Field[] {
  const { properties, required } = ObjectSchema.parse(schema)
  return Object.entries(properties).map(([name, property]) =>
    fieldOf(name, property, required.includes(name)),
  )
}

function fieldOf(name: string, property: Property, required: boolean): Field {
  const kind = kindOf(property)
  const { success, data: rules } = Rules.safeParse({
    ...property,
    pattern: property.pattern ?? property.items?.pattern,
    isInteger: property.type === 'integer',
  })
  return {
    name,
    label: property.title ?? labelOf(name),
    help: property.description ?? null,
    kind,
    required,
    start: typedFrom(kind, property.default),
    choices: property.enum ?? [],
    rules: success ? rules : { isInteger: false },
  }
}

function kindOf({ type, enum: choices, items }: Property): Kind {
  if (choices !== undefined) return 'choice'
  if (type === 'boolean') return 'switch'
  if (type === 'number' || type === 'integer') return 'number'
  if (type === 'string') return 'text'
  if (type === 'array' && items?.type === 'string') return 'list'
  return 'json'
}

/** 'everyMs' is 'Every (ms)', 'untilAttempt' is 'Until attempt'. */
function labelOf(name: string): string {
  const isTime = /^(.*?)Ms$/.exec(name)
  const words = (isTime?.[1] ?? name).replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2').toLowerCase()
  if (words === 'ms') return 'Milliseconds'
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}${isTime ? ' (ms)' : ''}`
}

/** A value as it would be typed into a field. */
export function typedFrom(kind: Kind, value: unknown): Typed {
  if (kind === 'switch') return value === true
  if (value === undefined) return ''
  if (kind === 'list' && Array.isArray(value)) return value.join(' ')
  if (kind === 'json') return JSON.stringify(value, null, 2)
  return typeof value === 'string' || typeof value === 'number' ? String(value) : JSON.stringify(value)
}

/** Reads what stands in a field. */
export function read(field: Field, typed: Typed): Read {
  if (typeof typed === 'boolean') return { value: typed }
  if (typed.trim() === '' && field.kind !== 'list') {
    return field.required ? { problem: `${field.label} is needed.` } : { absent: true }
  }
  switch (field.kind) {
    case 'number':
      return readNumber(field.rules, typed.trim())
    case 'text':
      return readText(field.rules, typed)
    case 'list':
      return readList(field.rules, typed.split(/[\s,;]+/).filter(Boolean))
    case 'json':
      return readJson(typed)
    case 'choice':
      return field.choices.includes(typed) ? { value: typed } : { problem: 'Choose one of the list.' }
    case 'switch':
      return { value: typed === 'true' }
  }
}

function readNumber({ isInteger, minimum, maximum }: Rules, text: string): Read {
  const value = Number(text)
  if (!Number.isFinite(value)) return { problem: 'This must be a number.' }
  if (isInteger && !Number.isInteger(value)) return { problem: 'This must be a whole number.' }
  if (minimum !== undefined && value < minimum) return { problem: `The least is ${minimum}.` }
  if (maximum !== undefined && value > maximum) return { problem: `The most is ${maximum}.` }
  return { value }
}

function readText({ minLength, maxLength, pattern }: Rules, text: string): Read {
  if (minLength !== undefined && text.length < minLength)
    return { problem: `It takes at least ${minLength} characters.` }
  if (maxLength !== undefined && text.length > maxLength)
    return { problem: `It may have ${maxLength} characters; it has ${text.length}.` }
  if (pattern !== undefined && !new RegExp(pattern).test(text))
    return { problem: `It has to match ${pattern}.` }
  return { value: text }
}

function readList(rules: Rules, items: readonly string[]): Read {
  const { maxItems } = rules
  if (maxItems !== undefined && items.length > maxItems)
    return { problem: `There may be ${maxItems} of them; there are ${items.length}.` }
  const odd = items.find((item) => 'problem' in readText(rules, item))
  if (odd !== undefined) return { problem: `“${odd}” is not right; the others show how.` }
  return { value: items }
}

function readJson(text: string): Read {
  try {
    return { value: JSON.parse(text) as unknown }
  } catch {
    return { problem: 'This must be JSON: texts stand in double quotes, for example "hello".' }
  }
}

/** The form before anybody has typed, with what is known already in its place. */
export function started(fields: readonly Field[], known: Readonly<Record<string, unknown>> = {}): Form {
  return Object.fromEntries(
    fields.map(({ name, kind, start }) => [name, name in known ? typedFrom(kind, known[name]) : start]),
  )
}

/** What is wrong, by field; empty where all is right. */
export function problemsIn(fields: readonly Field[], form: Form): Readonly<Record<string, string>> {
  return Object.fromEntries(
    fields.flatMap((field) => {
      const given = read(field, form[field.name] ?? field.start)
      return 'problem' in given ? [[field.name, given.problem]] : []
    }),
  )
}

/** What the tool is given. What is as the tool has it anyway is left out. */
export function paramsOf(fields: readonly Field[], form: Form): Record<string, unknown> {
  return Object.fromEntries(
    fields.flatMap((field) => {
      const typed = form[field.name] ?? field.start
      if (typed === field.start && !field.required) return []
      const given = read(field, typed)
      return 'value' in given ? [[field.name, given.value]] : []
    }),
  )
}
