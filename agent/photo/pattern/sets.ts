/** Sets of characters, by code point. */

export interface CharacterSet {
  /** The first 128, where nearly all names are. */
  readonly ascii: Uint8Array
  readonly has: (code: number) => boolean
}

export type Member = (code: number) => boolean

export interface Case {
  readonly ignore: boolean
  readonly ascii: boolean
}

export function setOf(members: readonly Member[], negated: boolean, { ignore, ascii }: Case): CharacterSet {
  const among = (code: number) => members.some((member) => member(code))
  const cased = ignore ? (code: number) => variants(code, ascii).some(among) : among
  const has = negated ? (code: number) => !cased(code) : cased
  return { ascii: Uint8Array.from({ length: 128 }, (_, code) => (has(code) ? 1 : 0)), has }
}

export function exactly(code: number): Member {
  return (other) => other === code
}

export function between(first: number, last: number): Member {
  return (code) => code >= first && code <= last
}

/** Python's shorthands, which are Unicode's unless the pattern says ASCII. */
export function shorthand(letter: string, ascii: boolean): Member {
  const member = {
    d: ascii ? asciiDigit : digit,
    s: ascii ? asciiSpace : space,
    w: ascii ? asciiWord : word,
  }[letter.toLowerCase() as 'd' | 's' | 'w']
  return letter === letter.toLowerCase() ? member : (code) => !member(code)
}

const asciiDigit = between(0x30, 0x39)
const asciiSpace: Member = (code) => code === 0x20 || (code >= 0x09 && code <= 0x0d)
export const asciiWord: Member = (code) => /^\w$/.test(String.fromCodePoint(code))
const digit: Member = (code) => /^\p{Nd}$/u.test(String.fromCodePoint(code))
/** Blanks and separators, of which ASCII has four that \s of JavaScript does not know. */
const space: Member = (code) =>
  asciiSpace(code) ||
  (code >= 0x1c && code <= 0x1f) ||
  code === 0x85 ||
  /^\p{Z}$/u.test(String.fromCodePoint(code))
/** Letters and everything that has the value of a number. */
export const word: Member = (code) => /^[\p{L}\p{N}_]$/u.test(String.fromCodePoint(code))

function variants(code: number, ascii: boolean): number[] {
  if (ascii && code > 127) return [code]
  const letter = String.fromCodePoint(code)
  return [code, single(letter.toLowerCase()), single(letter.toUpperCase())].filter(
    (variant): variant is number => variant !== undefined && (!ascii || variant <= 127),
  )
}

/** Letters whose other case is more than one letter have none here. */
function single(letters: string): number | undefined {
  const code = letters.codePointAt(0)
  return code !== undefined && String.fromCodePoint(code) === letters ? code : undefined
}
