/** What a tree holds, and how names and sizes are drawn. */
import type { Random } from './random.ts'

/** A file unless `k` says otherwise: p path, s bytes, m mtime in seconds, t a link's target. */
export interface Entry {
  readonly p: string
  readonly s: number
  readonly m: number
  readonly k?: 'symlink' | 'fifo' | 'dir'
  readonly t?: string
}

const MB = 1 << 20
/** Smallest and biggest, as cameras and programs write them. */
const realSizes = new Map<string, readonly [number, number]>([
  ['.cr3', [20 * MB, 60 * MB]],
  ['.cr2', [20 * MB, 40 * MB]],
  ['.arw', [24 * MB, 62 * MB]],
  ['.nef', [25 * MB, 55 * MB]],
  ['.dng', [40 * MB, 120 * MB]],
  ['.tif', [80 * MB, 300 * MB]],
  ['.tiff', [80 * MB, 300 * MB]],
  ['.jpg', [1 * MB, 18 * MB]],
  ['.heic', [1 * MB, 6 * MB]],
  ['.xmp', [2000, 30000]],
  ['.mov', [50 * MB, 900 * MB]],
  ['.psd', [100 * MB, 900 * MB]],
])
const otherSize = [10, 5000] as const

const mtimeFirst = 1_500_000_000
const mtimeSpan = 250_000_000

export class Plan {
  entries: Entry[] = []
  readonly #random: Random
  readonly #sizes: 'tiny' | 'zero' | 'sparse'
  readonly #paths = new Set<string>()

  constructor(random: Random, sizes: 'tiny' | 'zero' | 'sparse') {
    this.#random = random
    this.#sizes = sizes
  }

  /** A path that is there already is left as it is. */
  add(folder: string, name: string, kind?: Entry['k'], target?: string): void {
    const path = folder === '' ? name : `${folder}/${name}`
    if (this.#paths.has(path)) return
    this.#paths.add(path)
    const size = kind === undefined ? this.#size(name) : 0
    this.entries.push({
      p: path,
      s: size,
      m: mtimeFirst + this.#random.below(mtimeSpan),
      ...(kind === undefined ? {} : { k: kind }),
      ...(target === undefined ? {} : { t: target }),
    })
  }

  #size(name: string): number {
    const random = this.#random
    // Files of no bytes are everywhere. The second draw decides nothing; the sequence has it.
    if (random.chance(1, 97)) return random.below(1)
    if (this.#sizes === 'zero') return 0
    if (this.#sizes === 'tiny') return 1 + random.below(64)
    const dot = name.lastIndexOf('.')
    const [least, most] = (dot < 0 ? undefined : realSizes.get(name.slice(dot).toLowerCase())) ?? otherSize
    return least + random.below(most - least)
  }
}

/** An extension in the case that somebody or some camera happens to use. */
export function anyCase(random: Random, extension: string, messy: boolean): string {
  if (!messy) return random.chance(1, 2) ? extension.toUpperCase() : extension
  const kind = random.below(10)
  if (kind < 5) return extension.toUpperCase()
  if (kind < 9) return extension
  return extension.replace(/(.)(.)/g, (_, first: string, second: string) => first + second.toUpperCase())
}

export const cameras = ['AB3D', 'XYZW', 'R5M2', 'A1B2', '7D2X', '0001', 'ZZZZ', '9999'] as const

export function padded(number: number, digits: number): string {
  return String(number).padStart(digits, '0')
}
