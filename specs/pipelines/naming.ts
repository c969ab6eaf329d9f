/** How a photo's name begins: which camera took it, and its number. What comes after it is the rest. */
import type { Naming } from './pipeline.ts'

export interface NameStart {
  readonly camera: string
  readonly counter: string
  /** What is left of the name: '' or what was done to the file, as -HDR or -2. */
  readonly rest: string
}
/** `stem` is a name without its ending. Null where the name does not begin as the rule says. */
export interface NameMatcher {
  match(stem: string): NameStart | null
}

/**
 * A regular expression, compiled by an engine whose time grows with the length of a name and nothing else: one that steps
 * back and tries again takes hours for the wrong pattern and a name of 30 letters.
 */
export interface CompiledPattern {
  readonly groups: number
  /** Where a match at the very beginning ends, and its groups; null for a group that took no part. */
  match(text: string): { readonly end: number; readonly groups: readonly (string | null)[] } | undefined
}
/** Throws an error whose message says what is wrong with the pattern: that it is none, or one that takes too long. */
export type PatternEngine = (pattern: string) => CompiledPattern

export const standardLength = 8

export const standardMatcher: NameMatcher = {
  match(stem) {
    if (stem.length < standardLength) return null
    for (let at = 0; at < standardLength; at++) {
      const code = stem.charCodeAt(at)
      const digit = code >= 0x30 && code <= 0x39
      if (!digit && (at >= 4 || code < 0x41 || code > 0x5a)) return null
    }
    const counter = stem.slice(4, standardLength)
    if (counter === '0000') return null
    return { camera: stem.slice(0, 4), counter, rest: stem.slice(standardLength) }
  },
}

/** Throws where the pattern can't be used; a pipeline that was checked has none such. */
export function matcherOf(naming: Naming, patterns: PatternEngine): NameMatcher {
  if (naming.rule === 'standard') return standardMatcher
  return patternMatcher(patterns(naming.pattern), naming.cameraGroup)
}

export function patternMatcher(pattern: CompiledPattern, cameraGroup: 1 | 2): NameMatcher {
  const [camera, counter] = cameraGroup === 1 ? [0, 1] : [1, 0]
  return {
    match(stem) {
      const found = pattern.match(stem)
      if (found === undefined) return null
      const names = { camera: found.groups[camera] ?? null, counter: found.groups[counter] ?? null }
      // A group that took no part, or is empty, tells no photo from another.
      if (!names.camera || !names.counter) return null
      return { camera: names.camera, counter: names.counter, rest: stem.slice(found.end) }
    },
  }
}
