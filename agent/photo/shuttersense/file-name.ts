/** What a file's name says: the camera, its counter, and what was done to the image. */
import { PatternInvalid } from '../pattern/errors.ts'
import type { CompilePattern, Pattern } from '../pattern/pattern.ts'
import { hasLowercase, isAllDigits } from './text.ts'

export interface ParsedName {
  readonly camera: string
  readonly counter: string
  readonly properties: readonly string[]
}

/** A name that has no meaning is undefined. A part is null where a pattern's optional group took no part. */
export type ParseName = (
  stem: string,
  extension: string,
) =>
  | ParsedName
  | {
      readonly camera: string | null
      readonly counter: string | null
      readonly properties: readonly string[]
    }
  | undefined

const standard = /^([A-Z0-9]{4})(?!0000)([0-9]{4})((?:-[A-Za-z0-9 _]+)*)(\n?)$/
const plainExtension = /^\.[A-Za-z0-9]+$/

/** Camera in 4 characters, counter in 4 digits, properties behind dashes. A newline at the end is not minded. */
export function parseStandard(stem: string, extension: string): ParsedName | undefined {
  const found = standard.exec(stem)
  if (!found || !plainExtension.test(extension)) return undefined
  const [, camera = '', counter = '', tail = '', newline = ''] = found
  if (tail === '') return { camera, counter, properties: [] }
  return { camera, counter, properties: (tail + newline).slice(1).split('-') }
}

export type InvalidReason =
  | 'CAMERA_TOO_SHORT'
  | 'CAMERA_LOWERCASE'
  | 'CAMERA_CHARSET'
  | 'COUNTER_NOT_4_DIGITS'
  | 'COUNTER_ZERO'
  | 'COUNTER_NON_ASCII'
  | 'PROPERTY_EMPTY'
  | 'PROPERTY_CHARSET'
  | 'EXTENSION_CHARSET'

/** Why a name is not a standard one: the first thing that is wrong with it. Null where nothing is. */
export function reasonAgainst(stem: string, extension: string): InvalidReason | null {
  if (parseStandard(stem, extension)) return null
  const letters = Array.from(stem)
  const camera = letters.slice(0, 4).join('')
  const counter = letters.slice(4, 8).join('')
  if (letters.length < 4) return 'CAMERA_TOO_SHORT'
  if (!/^[A-Z0-9]{4}$/.test(camera)) return hasLowercase(camera) ? 'CAMERA_LOWERCASE' : 'CAMERA_CHARSET'
  if (letters.length < 8 || !isAllDigits(counter)) return 'COUNTER_NOT_4_DIGITS'
  if (counter === '0000') return 'COUNTER_ZERO'
  if (!/^[0-9]{4}$/.test(counter)) return 'COUNTER_NON_ASCII'
  if (stem.includes('--') || stem.endsWith('-')) return 'PROPERTY_EMPTY'
  return standard.test(stem) ? 'EXTENSION_CHARSET' : 'PROPERTY_CHARSET'
}

/** Says what a name means by a pattern, or as the standard does where the pattern is none. */
export function parserOf(expression: string, cameraGroup: 1 | 2, compile: CompilePattern): ParseName {
  const pattern = compiled(expression, compile)
  return pattern === undefined ? parseStandard : (stem) => parseWith(pattern, cameraGroup, stem)
}

function compiled(expression: string, compile: CompilePattern): Pattern | undefined {
  try {
    return compile(expression)
  } catch (error) {
    if (error instanceof PatternInvalid) return undefined
    throw error
  }
}

/** The pattern stands for the start of the stem; what follows are properties, with or without a dash before them. */
export function parseWith(pattern: Pattern, cameraGroup: 1 | 2, stem: string): ReturnType<ParseName> {
  if (pattern.groups < 2) return undefined
  const found = pattern.match(stem)
  if (!found) return undefined
  const [first = null, second = null] = found.groups
  const named = cameraGroup === 1 ? { camera: first, counter: second } : { camera: second, counter: first }
  const rest = stem.slice(found.end)
  if (rest === '') return { ...named, properties: [] }
  const properties = rest.replace(/^-+/, '').split('-')
  return properties.includes('') ? undefined : { ...named, properties }
}
