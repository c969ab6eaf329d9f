/** What happened in a simulation: kept as records, hashed as it grows, and written out only on failure. */

export interface TraceRecord {
  readonly at: number
  readonly node: string
  readonly what: string
  /** The actor it is about, where it is about one. */
  readonly about: string
  readonly detail: string | number
}

const keptMax = 100_000

export class Trace {
  readonly #now: () => number
  #records: TraceRecord[] = []
  #first = 0x811c9dc5
  #second = 0x9e3779b9
  length = 0

  constructor(now: () => number) {
    this.#now = now
  }

  add(node: string, what: string, about = '', detail: string | number = ''): void {
    const at = this.#now()
    this.length += 1
    this.#mixNumber(at * 1000)
    this.#mixText(node)
    this.#mixText(what)
    this.#mixText(about)
    if (typeof detail === 'number') this.#mixNumber(detail)
    else this.#mixText(detail)
    if (this.#records.length >= 2 * keptMax) this.#records = this.#records.slice(-keptMax)
    this.#records.push({ at, node, what, about, detail })
  }

  /** Equal traces have equal hashes. */
  get hash(): string {
    return hex(this.#first) + hex(this.#second)
  }

  /** The last lines about `actor` and about what befell nodes; all of them where no actor is named. */
  lines(max: number, actor: string | null = null): string[] {
    const wanted = this.#records.filter(({ about }) => actor === null || about === '' || about === actor)
    return wanted.slice(-max).map(lineOf)
  }

  #mixNumber(value: number): void {
    this.#mix(value | 0)
    this.#mix((value / 4294967296) | 0)
  }
  #mixText(text: string): void {
    for (let at = 0; at < text.length; at += 1) this.#mix(text.charCodeAt(at))
    this.#mix(0x1f)
  }
  #mix(unit: number): void {
    this.#first = Math.imul(this.#first ^ unit, 0x01000193)
    this.#second = (Math.imul(this.#second ^ unit, 0x85ebca6b) + 0x165667b1) | 0
  }
}

function lineOf({ at, node, what, about, detail }: TraceRecord): string {
  const time = `+${at.toFixed(3)}`.padStart(13)
  return [time, node.padEnd(8), what, about, detail].filter((part) => part !== '').join(' ')
}

function hex(value: number): string {
  return (value >>> 0).toString(16).padStart(8, '0')
}
