/** A small seeded generator (mulberry32): equal seeds give equal sequences. Not for secrets. */
export function seededRandom(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

/** `ms`, give or take up to `share` of it. */
export function jittered(ms: number, share: number, random: () => number): number {
  return ms * (1 + share * (2 * random() - 1))
}

/** A random string of `digits` hexadecimal digits. */
export function hexOf(random: () => number, digits: number): string {
  let text = ''
  while (text.length < digits) text += ((random() * 0x10000000) | 0x10000000).toString(16).slice(1)
  return text.slice(0, digits)
}
