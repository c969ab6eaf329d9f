/** Reads a pattern in the language of Python's `re`. */
import { PatternRefused } from './errors.ts'
import { escapeIn, escapeOf, type Element, type Escaped } from './escapes.ts'
import { between, exactly, setOf, shorthand, type Case, type Member } from './sets.ts'
import { Text } from './text.ts'
import { mayBeEmpty, type Place, type Tree } from './tree.ts'

export interface Parsed {
  readonly tree: Tree
  readonly groups: number
}

/** More is no name's pattern, and nesting can't go deeper than that. */
export const patternLengthMax = 1_000

interface Flags {
  readonly ignoreCase: boolean
  readonly lines: boolean
  readonly dotAll: boolean
  readonly ascii: boolean
}
type FlagName = keyof Flags

export function parsePattern(pattern: string): Parsed {
  if (pattern.length > patternLengthMax)
    throw new PatternRefused(
      `a pattern of ${pattern.length} characters; at most ${patternLengthMax} are taken`,
    )
  const reader = new Reader(new Text(pattern))
  return { tree: reader.whole(), groups: reader.groups }
}

class Reader {
  groups = 0
  readonly #text: Text
  readonly #names = new Set<string>()
  readonly #open = new Set<number>()

  constructor(text: Text) {
    this.#text = text
  }

  whole(): Tree {
    let flags: Flags = { ignoreCase: false, lines: false, dotAll: false, ascii: false }
    for (let more = this.#leadingFlags(flags); more !== undefined; more = this.#leadingFlags(flags))
      flags = more
    const tree = this.#choice(flags)
    if (!this.#text.atEnd) throw this.#text.invalid('a bracket is closed that was never opened')
    return tree
  }

  /** `(?i)`, which Python takes at the very beginning only. */
  #leadingFlags(flags: Flags): Flags | undefined {
    const letters = this.#text.takeMatch(/\(\?([aiLmsux]+)\)/y)?.[1]
    return letters === undefined ? undefined : this.#withFlags(flags, letters, '')
  }

  #withFlags(flags: Flags, on: string, off: string): Flags {
    if (on.includes('L')) throw this.#text.invalid('the flag L is for bytes')
    if (/[aLu]/.test(off)) throw this.#text.invalid('the flags a, L and u can not be turned off')
    if (on.includes('a') && on.includes('u')) throw this.#text.invalid('the flags a and u exclude each other')
    if (Array.from(on).some((letter) => off.includes(letter)))
      throw this.#text.invalid('a flag is turned on and off')
    if ((on + off).includes('x')) throw new PatternRefused('the flag x is not supported')
    const now: Record<FlagName, boolean> = { ...flags }
    for (const letter of on) Object.assign(now, turned(letter, true))
    for (const letter of off) Object.assign(now, turned(letter, false))
    return now
  }

  #choice(flags: Flags): Tree {
    const branches = [this.#sequence(flags)]
    while (this.#text.take('|')) branches.push(this.#sequence(flags))
    return branches.length === 1 && branches[0] ? branches[0] : { kind: 'choice', branches }
  }

  #sequence(flags: Flags): Tree {
    const items: Tree[] = []
    while (!this.#text.atEnd && !this.#text.sees('|') && !this.#text.sees(')')) {
      const repeats = this.#quantifier()
      if (repeats === undefined) items.push(...this.#item(flags))
      else items.push(this.#repeated(items.pop(), repeats))
    }
    return { kind: 'sequence', items }
  }

  #repeated(item: Tree | undefined, [least, most]: readonly [number, number]): Tree {
    if (item === undefined || item.kind === 'at') throw this.#text.invalid('there is nothing to repeat')
    if (item.kind === 'repeat') throw this.#text.invalid('a repeat of a repeat')
    if (this.#text.take('+')) throw new PatternRefused('possessive repeats are not supported')
    if (most > 1 && most > least && mayBeEmpty(item))
      throw new PatternRefused('what may be empty can be repeated a fixed number of times only')
    return { kind: 'repeat', item, least, most, lazy: this.#text.take('?') }
  }

  /** Braces that hold no two numbers are plain text. */
  #quantifier(): readonly [number, number] | undefined {
    if (this.#text.take('*')) return [0, Infinity]
    if (this.#text.take('+')) return [1, Infinity]
    if (this.#text.take('?')) return [0, 1]
    const found = this.#text.takeMatch(/\{(?!\})(\d*)(,?)(\d*)\}/y)
    if (!found) return undefined
    const [, first = '', comma, second = ''] = found
    const least = first === '' ? 0 : Number(first)
    const last = comma === '' ? first : second
    const most = last === '' ? Infinity : Number(last)
    if (most < least) throw this.#text.invalid('the most is less than the least')
    return [least, most]
  }

  #item(flags: Flags): Tree[] {
    const text = this.#text
    if (text.sees('(')) return this.#bracket(flags)
    if (text.take('[')) return [this.#set(flags)]
    if (text.take('.'))
      return [{ kind: 'set', set: setOf(flags.dotAll ? [] : [exactly(newline)], true, noCase) }]
    if (text.take('^')) return [this.#at(flags.lines ? 'lineStart' : 'textStart', flags)]
    if (text.take('$')) return [this.#at(flags.lines ? 'lineEnd' : 'end', flags)]
    if (text.take('\\')) return [this.#escaped(escapeOf(text, this.groups, this.#open), flags)]
    return [characterOf(text.next(), flags)]
  }

  #at(place: Place, { ascii }: Flags): Tree {
    return { kind: 'at', place, ascii }
  }

  #escaped(escaped: Escaped, flags: Flags): Tree {
    if (escaped.kind === 'character') return characterOf(escaped.code, flags)
    if (escaped.kind === 'place') return this.#at(escaped.place, flags)
    return { kind: 'set', set: setOf([shorthand(escaped.letter, flags.ascii)], false, caseOf(flags)) }
  }

  #bracket(flags: Flags): Tree[] {
    const text = this.#text
    if (text.takeMatch(/\(\?#[^)]*\)/y)) return []
    if (text.take('(?:')) return [this.#group(undefined, flags)]
    const scoped = text.takeMatch(/\(\?([aiLmsux]*)(?:-([aiLmsux]+))?:/y)
    if (scoped) return [this.#group(undefined, this.#withFlags(flags, scoped[1] ?? '', scoped[2] ?? ''))]
    const name = text.takeMatch(/\(\?P<([^>]*)>/y)?.[1]
    if (name !== undefined) this.#declare(name)
    else this.#refuseExtensions()
    if (name === undefined) text.take('(')
    this.groups += 1
    return [this.#group(this.groups, flags)]
  }

  #declare(name: string): void {
    if (!/^[\p{ID_Start}_]\p{ID_Continue}*$/u.test(name))
      throw this.#text.invalid('a group has no proper name')
    if (this.#names.has(name)) throw this.#text.invalid('two groups of one name')
    this.#names.add(name)
  }

  #refuseExtensions(): void {
    const text = this.#text
    if (!text.sees('(?')) return
    const named = text.takeMatch(/\(\?P=([^)]*)\)/y)
    if (named && !this.#names.has(named[1] ?? ''))
      throw text.invalid('a group that is not there is referred to')
    if (named) throw new PatternRefused('back references are not supported')
    if (/^\(\?(=|!|<=|<!)/.test(text.rest))
      throw new PatternRefused('lookahead and lookbehind are not supported')
    if (text.sees('(?>')) throw new PatternRefused('atomic groups are not supported')
    if (text.sees('(?(')) throw new PatternRefused('conditions are not supported')
    throw text.invalid('a kind of bracket that there is not')
  }

  #group(number: number | undefined, flags: Flags): Tree {
    if (number !== undefined) this.#open.add(number)
    const item = this.#choice(flags)
    if (!this.#text.take(')')) throw this.#text.invalid('a bracket is not closed')
    if (number !== undefined) this.#open.delete(number)
    return { kind: 'group', number, item }
  }

  #set(flags: Flags): Tree {
    const negated = this.#text.take('^')
    const members: Member[] = []
    for (let first = true; first || !this.#text.take(']'); first = false) members.push(...this.#member(flags))
    return { kind: 'set', set: setOf(members, negated, caseOf(flags)) }
  }

  #member(flags: Flags): Member[] {
    const low = this.#element()
    if (!this.#text.sees('-') || this.#text.sees('-]')) return [memberOf(low, flags)]
    this.#text.take('-')
    const high = this.#element()
    if (low.kind !== 'character' || high.kind !== 'character' || low.code > high.code)
      throw this.#text.invalid('a range from nothing to nothing')
    return [between(low.code, high.code)]
  }

  #element(): Element {
    if (this.#text.atEnd) throw this.#text.invalid('a set is not closed')
    if (this.#text.take('\\')) return escapeIn(this.#text)
    return { kind: 'character', code: this.#text.next() }
  }
}

const newline = 0x0a
const noCase: Case = { ignore: false, ascii: false }

function turned(letter: string, on: boolean): Partial<Flags> {
  if (letter === 'i') return { ignoreCase: on }
  if (letter === 'm') return { lines: on }
  if (letter === 's') return { dotAll: on }
  if (letter === 'a') return { ascii: true }
  return letter === 'u' ? { ascii: false } : {}
}

function caseOf({ ignoreCase, ascii }: Flags): Case {
  return { ignore: ignoreCase, ascii }
}

function memberOf(element: Element, { ascii }: Flags): Member {
  return element.kind === 'character' ? exactly(element.code) : shorthand(element.letter, ascii)
}

function characterOf(code: number, flags: Flags): Tree {
  if (!flags.ignoreCase) return { kind: 'character', code }
  return { kind: 'set', set: setOf([exactly(code)], false, caseOf(flags)) }
}
