/** Finds, of many sets of names, the one that an image comes nearest to, by looking only at sets that have one of its names. */
import type { ExpectedSet } from '#specs/pipelines/compiled.ts'

export interface Fit {
  readonly set: ExpectedSet
  readonly number: number
  /** How many of its names the image has. */
  readonly matched: number
  readonly missing: readonly number[]
}

const nowhere: readonly number[] = []
const nothing: ExpectedSet = { required: [], optional: [], edges: [] }

export class SetIndex {
  readonly #sets: readonly ExpectedSet[]
  /** By name, the sets that require it, and those where it is optional. */
  readonly #requiring: readonly (readonly number[])[]
  readonly #allowing: readonly (readonly number[])[]
  readonly #requiredCount: Int32Array
  /** By set, for the image at hand. */
  readonly #have: Int32Array
  readonly #may: Int32Array

  constructor(names: number, sets: readonly ExpectedSet[]) {
    this.#sets = sets
    this.#requiring = inverted(
      names,
      sets.map(({ required }) => required),
    )
    this.#allowing = inverted(
      names,
      sets.map(({ optional }) => optional),
    )
    this.#requiredCount = Int32Array.from(sets, ({ required }) => required.length)
    this.#have = new Int32Array(sets.length)
    this.#may = new Int32Array(sets.length)
  }

  /**
   * A set of which nothing is missing before any other; then the one with the most of the image's names, then with the
   * fewest missing, then the first, which is that of the shortest way.
   */
  nearest(present: readonly number[]): Fit {
    this.#count(present)
    let [best, bestMatched, bestMissing] = [0, -1, Infinity]
    for (let number = 0; number < this.#sets.length; number++) {
      const have = this.#have[number] ?? 0
      const matched = have + (this.#may[number] ?? 0)
      const missing = (this.#requiredCount[number] ?? 0) - have
      const isBetter =
        (missing === 0) === (bestMissing === 0)
          ? matched > bestMatched || (matched === bestMatched && missing < bestMissing)
          : missing === 0
      if (!isBetter) continue
      best = number
      bestMatched = matched
      bestMissing = missing
    }
    const set = this.#sets[best] ?? nothing
    const has = new Set(present)
    const missing = set.required.filter((name) => !has.has(name))
    return { set, number: best, matched: Math.max(bestMatched, 0), missing }
  }

  /** How many of the names each set requires, and allows. */
  #count(present: readonly number[]): void {
    const [have, may] = [this.#have.fill(0), this.#may.fill(0)]
    for (const name of present) {
      for (const set of this.#requiring[name] ?? nowhere) have[set] = (have[set] ?? 0) + 1
      for (const set of this.#allowing[name] ?? nowhere) may[set] = (may[set] ?? 0) + 1
    }
  }
}

function inverted(names: number, lists: readonly (readonly number[])[]): number[][] {
  const index: number[][] = Array.from({ length: names }, () => [])
  for (const [number, list] of lists.entries()) for (const name of list) index[name]?.push(number)
  return index
}
