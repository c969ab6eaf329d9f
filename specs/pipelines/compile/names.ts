/** The names that files on the way get: marks, which are what steps add, and the name that a file has with them. */
import { keyOf } from '../compared.ts'
import { limits } from '../limits.ts'
import { TooMuch, type Work } from './work.ts'

export type MarksId = number

interface Marks {
  readonly methods: readonly string[]
  readonly text: string
  readonly key: string
}
const none: Marks = { methods: [], text: '', key: '' }
/** Two numbers below this make one exact number. */
const pairBase = 2 ** 26

/** Marks as numbers. */
export class Names {
  readonly #work: Work
  readonly #marks: Marks[] = [none]
  readonly #markIds = new Map<string, MarksId>([['', 0]])
  readonly #joined = new Map<number, MarksId>()
  readonly #names = new Map<string, number>()
  readonly list: { readonly marks: string; readonly extension: string }[] = []

  readonly unmarked: MarksId = 0

  constructor(work: Work) {
    this.#work = work
  }

  marked(id: MarksId, method: string, node: number): MarksId {
    if (method === '') return id
    const { methods, text, key } = this.#of(id)
    const known = this.#markIds.get(`${key}-${keyOf(method)}`)
    return known ?? this.#add([...methods, method], `${text}-${method}`, node)
  }

  /** Two ways become one: what both begin with is said once, then the first's marks, then the second's. */
  joined(first: MarksId, second: MarksId, node: number): MarksId {
    if (first === second || second === this.unmarked) return first
    if (first === this.unmarked) return second
    const pair = first * pairBase + second
    let id = this.#joined.get(pair)
    if (id === undefined) this.#joined.set(pair, (id = this.#join(first, second, node)))
    return id
  }

  /** The number of the name that a file with these marks and this ending has. */
  nameOf(id: MarksId, extension: string): number {
    const { text, key } = this.#of(id)
    const name = `${key}${extension.toLowerCase()}`
    const known = this.#names.get(name)
    if (known !== undefined) return known
    this.#names.set(name, this.list.length)
    this.list.push({ marks: text, extension })
    return this.list.length - 1
  }

  #of(id: MarksId): Marks {
    return this.#marks[id] ?? none
  }

  #join(first: MarksId, second: MarksId, node: number): MarksId {
    const [{ methods: a }, { methods: b }] = [this.#of(first), this.#of(second)]
    let common = 0
    while (common < a.length && keyOf(a[common] ?? '') === keyOf(b[common] ?? '')) common += 1
    return b.slice(common).reduce((id, method) => this.marked(id, method, node), first)
  }

  #add(methods: readonly string[], text: string, node: number): MarksId {
    if (text.length > limits.marks) throw new TooMuch('name_too_long', node)
    this.#work.spend(1 + methods.length / 8)
    const id = this.#marks.length
    const key = keyOf(text)
    this.#marks.push({ methods, text, key })
    this.#markIds.set(key, id)
    return id
  }
}
