/**
 * Runs a program over a name, from its start. It goes on with the preferred way, and comes back for the others; a
 * place in the program is never entered twice at the same place in the name, so the steps are bounded.
 */
import { op, type Program } from './program.ts'
import { asciiWord, word } from './sets.ts'

/** Where the match ends, and from where to where each group goes, -1 for a group that took no part. */
export type Found = Int32Array

export class Runner {
  readonly #program: Program
  readonly #slots: Int32Array
  #seen = new Uint32Array(64)
  /** Pairs: a place in the program and one in the name; or, negative, a slot and what was in it before. */
  #stack = new Int32Array(64)
  #height = 0

  constructor(program: Program) {
    this.#program = program
    this.#slots = new Int32Array(2 * (program.groups + 1))
  }

  /** Slot 1 is the match's end, slots 2n and 2n+1 are group n. The next run overwrites them. */
  run(text: string): Found | undefined {
    const words = ((text.length + 1) * this.#program.op.length + 31) >>> 5
    if (words > this.#seen.length) this.#seen = new Uint32Array(2 * words)
    this.#seen.fill(0, 0, words)
    this.#slots.fill(-1)
    this.#height = 0
    this.#push(0, 0)
    while (this.#height > 0) {
      this.#height -= 2
      const first = this.#stack[this.#height] as number
      const second = this.#stack[this.#height + 1] as number
      if (first < 0) this.#slots[-first] = second
      else if (this.#follow(text, first, second)) return this.#slots
    }
    return undefined
  }

  /** Goes on from a place until the pattern is at its end, or until it does not go on. */
  #follow(text: string, start: number, from: number): boolean {
    const { op: ops, a, b, sets, joins } = this.#program
    let at = start
    let position = from
    for (;;) {
      if (joins[at] === 1 && this.#wasAt(at, position, text.length)) return false
      const x = a[at] as number
      switch (ops[at] as number) {
        case op.match:
          this.#slots[1] = position
          return true
        case op.character:
        case op.set: {
          if (position >= text.length) return false
          const code = text.codePointAt(position) as number
          if (ops[at] === op.character ? code !== x : !has(sets[x], code)) return false
          position += code > 0xffff ? 2 : 1
          at += 1
          break
        }
        case op.split:
          this.#push(b[at] as number, position)
          at = x
          break
        case op.jump:
          at = x
          break
        case op.save:
          this.#push(-x, this.#slots[x] as number)
          this.#slots[x] = position
          at += 1
          break
        default:
          if (!this.#isAt(text, position, x)) return false
          at += 1
      }
    }
  }

  #wasAt(at: number, position: number, length: number): boolean {
    const bit = at * (length + 1) + position
    const index = bit >>> 5
    const mask = 1 << (bit & 31)
    const before = this.#seen[index] as number
    this.#seen[index] = before | mask
    return (before & mask) !== 0
  }

  #push(first: number, second: number): void {
    if (this.#height + 2 > this.#stack.length) {
      const bigger = new Int32Array(2 * this.#stack.length)
      bigger.set(this.#stack)
      this.#stack = bigger
    }
    this.#stack[this.#height++] = first
    this.#stack[this.#height++] = second
  }

  #isAt(text: string, position: number, index: number): boolean {
    const { place, ascii } = this.#program.places[index] as Program['places'][number]
    switch (place) {
      case 'textStart':
        return position === 0
      case 'textEnd':
        return position === text.length
      case 'end':
        return position === text.length || (position === text.length - 1 && text.endsWith('\n'))
      case 'lineStart':
        return position === 0 || text[position - 1] === '\n'
      case 'lineEnd':
        return position === text.length || text[position] === '\n'
      case 'word':
        return text !== '' && isBoundary(text, position, ascii)
      case 'noWord':
        return text !== '' && !isBoundary(text, position, ascii)
    }
  }
}

function has(set: Program['sets'][number] | undefined, code: number): boolean {
  if (set === undefined) return false
  return code < 128 ? set.ascii[code] === 1 : set.has(code)
}

function isBoundary(text: string, position: number, ascii: boolean): boolean {
  const isWord = ascii ? asciiWord : word
  const after = text.codePointAt(position)
  const low = text.codePointAt(position - 1)
  const pair = position >= 2 ? text.codePointAt(position - 2) : undefined
  const before = pair !== undefined && pair > 0xffff ? pair : low
  return (before !== undefined && isWord(before)) !== (after !== undefined && isWord(after))
}
