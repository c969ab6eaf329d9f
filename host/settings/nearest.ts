/** The known word that is nearest to one that nobody knows. */

/** Further away, and it is another word rather than a slip. */
const slipsMax = 4

/** Undefined where none is near. */
export function nearest(word: string, known: Iterable<string>): string | undefined {
  let best: string | undefined
  let least = Math.min(slipsMax, Math.floor(word.length / 2)) + 1
  for (const candidate of known) {
    const slips = slipsBetween(word, candidate)
    if (slips >= least) continue
    best = candidate
    least = slips
  }
  return best
}

/** How many letters have to be added, taken away or exchanged (Levenshtein). */
function slipsBetween(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, at) => at)
  for (let at = 0; at < one.length; at++) {
    const next = [at + 1]
    for (let to = 1; to <= other.length; to++) {
      const exchanged = (row[to - 1] ?? 0) + (one[at] === other[to - 1] ? 0 : 1)
      next.push(Math.min(exchanged, (row[to] ?? 0) + 1, (next[to - 1] ?? 0) + 1))
    }
    row = next
  }
  return row.at(-1) ?? 0
}
