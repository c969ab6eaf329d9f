/** No regular expression at all. */
export class PatternInvalid extends Error {
  override readonly name = 'PatternInvalid'
  constructor(reason: string, at: number) {
    super(`${reason}, at position ${at}`)
  }
}

/** A regular expression that can't be matched within bounded time, or is too big. */
export class PatternRefused extends Error {
  override readonly name = 'PatternRefused'
}
