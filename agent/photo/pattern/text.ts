/** A pattern's text, and how far it has been read. */
import { PatternInvalid } from './errors.ts'

export class Text {
  #at = 0
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  get atEnd(): boolean {
    return this.#at >= this.#text.length
  }

  get rest(): string {
    return this.#text.slice(this.#at)
  }

  sees(what: string): boolean {
    return this.#text.startsWith(what, this.#at)
  }

  take(what: string): boolean {
    if (!this.sees(what)) return false
    this.#at += what.length
    return true
  }

  /** Takes what a sticky expression finds here. */
  takeMatch(sticky: RegExp): RegExpExecArray | null {
    sticky.lastIndex = this.#at
    const found = sticky.exec(this.#text)
    if (found) this.#at += found[0].length
    return found
  }

  /** The next character, which must be there. */
  next(): number {
    const code = this.#text.codePointAt(this.#at)
    if (code === undefined) throw this.invalid('it ends too early')
    this.#at += code > 0xffff ? 2 : 1
    return code
  }

  invalid(reason: string): PatternInvalid {
    return new PatternInvalid(reason, this.#at)
  }
}
