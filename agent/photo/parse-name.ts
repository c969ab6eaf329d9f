/**
 * What a photo's name says: which camera took it, its number, which of several separate images with that number it is,
 * and what was done to it. `AB3D0001-HDR-2.CR3`: camera AB3D, number 0001, HDR, the second image of that number.
 */
import { keyOf } from '#specs/pipelines/compared.ts'
import { standardLength, standardMatcher, type NameMatcher } from '#specs/pipelines/naming.ts'

export interface PhotoName {
  readonly camera: string
  readonly counter: string
  /** What all names of its files begin with: AB3D0001. */
  readonly base: string
  /** Digits, or '': the first property that is a number. */
  readonly separate: string
  /** The other properties, as written, in their order. */
  readonly methods: readonly string[]
  /**
   * What pipelines compare: the rest of the name without the number of the separate image, in lower case. Null where
   * that number does not stand last: then it is none of the names that a pipeline expects.
   */
  readonly mark: string | null
}

/** Why a name says nothing: of all that is wrong with it, the first from the left. */
export type InvalidReason =
  | 'CAMERA_TOO_SHORT'
  | 'CAMERA_LOWERCASE'
  | 'CAMERA_CHARSET'
  | 'COUNTER_NOT_4_DIGITS'
  | 'COUNTER_ZERO'
  | 'COUNTER_NON_ASCII'
  | 'PROPERTY_EMPTY'
  | 'PROPERTY_CHARSET'
  /** By a pattern of one's own: it does not begin as that says, or goes on without a dash. */
  | 'PATTERN_MISMATCH'
  | 'REST_WITHOUT_DASH'

export type ParsedName =
  | { readonly name: PhotoName; readonly reason?: undefined }
  | { readonly name?: undefined; readonly reason: InvalidReason }

/** `stem` is a name without its ending, accents in one piece. */
export function parseName(stem: string, matcher: NameMatcher): ParsedName {
  const standard = matcher === standardMatcher
  const start = matcher.match(stem)
  if (start === null) return { reason: standard ? standardReason(stem) : 'PATTERN_MISMATCH' }
  const { camera, counter, rest } = start
  const base = stem.slice(0, stem.length - rest.length)
  if (rest === '') return { name: { camera, counter, base, separate: '', methods: [], mark: '' } }
  if (!rest.startsWith('-')) return { reason: standard ? restReason(stem) : 'REST_WITHOUT_DASH' }
  if (rest.endsWith('-') || rest.includes('--')) return { reason: 'PROPERTY_EMPTY' }
  if (standard && !isStandardRest(rest)) return { reason: 'PROPERTY_CHARSET' }
  const properties = rest.slice(1).split('-')
  const at = properties.findIndex(isNumber)
  if (at < 0) return { name: { camera, counter, base, separate: '', methods: properties, mark: keyOf(rest) } }
  const [separate = ''] = properties.splice(at, 1)
  const isLast = at === properties.length
  const mark = isLast ? keyOf(rest.slice(0, rest.length - separate.length - 1)) : null
  return { name: { camera, counter, base, separate, methods: properties, mark } }
}

/** Which of the rules the beginning of a name breaks. Characters are counted, not halves of them. */
function standardReason(stem: string): InvalidReason {
  const characters = Array.from(stem)
  const [camera, counter] = [characters.slice(0, 4).join(''), characters.slice(4, standardLength)]
  if (characters.length < 4) return 'CAMERA_TOO_SHORT'
  if (!/^[A-Z0-9]{4}$/.test(camera))
    return /\p{Lowercase}/u.test(camera) ? 'CAMERA_LOWERCASE' : 'CAMERA_CHARSET'
  if (counter.length < 4 || !counter.every(isAnyDigit)) return 'COUNTER_NOT_4_DIGITS'
  return counter.join('') === '0000' ? 'COUNTER_ZERO' : 'COUNTER_NON_ASCII'
}

function restReason(stem: string): InvalidReason {
  return stem.includes('--') || stem.endsWith('-') ? 'PROPERTY_EMPTY' : 'PROPERTY_CHARSET'
}

/** Digits of other scripts, and those above or below the line, or in a circle. */
function isAnyDigit(character: string): boolean {
  return /^(?:\p{Nd}|[²³¹⁰⁴-⁹₀-₉①-⑨⑴-⑼⒈-⒐⓪⓵-⓽⓿❶-❾➀-➈➊-➒])$/u.test(character)
}

function isStandardRest(rest: string): boolean {
  for (let at = 0; at < rest.length; at++) {
    const code = rest.charCodeAt(at)
    const letter = (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a)
    const digit = code >= 0x30 && code <= 0x39
    // A dash, a blank, an underscore.
    if (!letter && !digit && code !== 0x2d && code !== 0x20 && code !== 0x5f) return false
  }
  return true
}

function isNumber(property: string): boolean {
  for (let at = 0; at < property.length; at++) {
    const code = property.charCodeAt(at)
    if (code < 0x30 || code > 0x39) return false
  }
  return property.length > 0
}
