/** What a backslash and what follows it mean. */
import { PatternRefused } from './errors.ts'
import type { Text } from './text.ts'
import type { Place } from './tree.ts'

export type Escaped =
  | { readonly kind: 'character'; readonly code: number }
  | { readonly kind: 'shorthand'; readonly letter: string }
  | { readonly kind: 'place'; readonly place: Place }

/** What can stand in a set. */
export type Element = Exclude<Escaped, { readonly kind: 'place' }>

const controls = new Map([
  ['a', 0x07],
  ['f', 0x0c],
  ['n', 0x0a],
  ['r', 0x0d],
  ['t', 0x09],
  ['v', 0x0b],
])
const places = new Map<string, Place>([
  ['A', 'textStart'],
  ['Z', 'textEnd'],
  ['b', 'word'],
  ['B', 'noWord'],
])
const codePointMax = 0x10ffff
const octalMax = 0o377

/** Outside of a set. Digits may be a reference to a group, or a character in octal. */
export function escapeOf(text: Text, groups: number, open: ReadonlySet<number>): Escaped {
  const octal = text.takeMatch(/0[0-7]{0,2}|[1-3][0-7]{2}/y)
  if (octal) return { kind: 'character', code: Number.parseInt(octal[0], 8) }
  const reference = text.takeMatch(/[1-9][0-9]?/y)
  if (reference) {
    const number = Number(reference[0])
    if (/^[4-7][0-7]$/.test(reference[0]) && /^[0-7]/.test(text.rest))
      throw text.invalid(`no octal number beyond ${octalMax.toString(8)}`)
    if (number > groups || open.has(number)) throw text.invalid('a group that is not there is referred to')
    throw new PatternRefused('back references are not supported')
  }
  for (const [letter, place] of places) if (text.take(letter)) return { kind: 'place', place }
  return commonEscape(text)
}

/** Inside of a set. */
export function escapeIn(text: Text): Element {
  const octal = text.takeMatch(/[0-7]{1,3}/y)
  if (octal) {
    const code = Number.parseInt(octal[0], 8)
    if (code > octalMax) throw text.invalid(`no octal number beyond ${octalMax.toString(8)}`)
    return { kind: 'character', code }
  }
  if (text.take('b')) return { kind: 'character', code: 0x08 }
  return commonEscape(text)
}

function commonEscape(text: Text): Element {
  const shorthand = text.takeMatch(/[dDsSwW]/y)
  if (shorthand) return { kind: 'shorthand', letter: shorthand[0] }
  const hex = text.takeMatch(/x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})/y)
  if (hex) {
    const code = Number.parseInt(hex[0].slice(1), 16)
    if (code > codePointMax) throw text.invalid('no character has that number')
    return { kind: 'character', code }
  }
  if (text.sees('N{')) throw new PatternRefused('characters by their names are not supported')
  for (const [letter, code] of controls) if (text.take(letter)) return { kind: 'character', code }
  if (/^[a-zA-Z0-9]/.test(text.rest)) throw text.invalid('a letter after a backslash that means nothing')
  return { kind: 'character', code: text.next() }
}
