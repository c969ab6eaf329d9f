/** Sets of numbers that are kept once each, so that a set is a number and equal sets are the same one. */
import type { Work } from './work.ts'

export type SetId = number

/** Two numbers below this make one exact number. */
const pairBase = 2 ** 26

export class NameSets {
  readonly #work: Work
  readonly #sets: (readonly number[])[] = [[]]
  /** By a hash of the members; sets that share one by chance are told apart by looking. */
  readonly #ids = new Map<number, SetId[]>([[0, [0]]])
  readonly #unions = new Map<number, SetId>()
  readonly #singles = new Map<number, SetId>()

  readonly empty: SetId = 0

  constructor(work: Work) {
    this.#work = work
  }

  members(id: SetId): readonly number[] {
    return this.#sets[id] ?? []
  }

  with(id: SetId, member: number): SetId {
    let single = this.#singles.get(member)
    if (single === undefined) this.#singles.set(member, (single = this.#idOf([member])))
    return this.union(id, single)
  }

  union(a: SetId, b: SetId): SetId {
    if (a === b || b === this.empty) return a
    if (a === this.empty) return b
    const pair = a < b ? a * pairBase + b : b * pairBase + a
    const known = this.#unions.get(pair)
    if (known !== undefined) return known
    const made = this.#idOf(merged(this.members(a), this.members(b)))
    this.#unions.set(pair, made)
    return made
  }

  #idOf(members: readonly number[]): SetId {
    this.#work.spend(1 + members.length / 8)
    const hash = hashOf(members)
    const alike = this.#ids.get(hash)
    const known = alike?.find((id) => areEqual(this.members(id), members))
    if (known !== undefined) return known
    const id = this.#sets.length
    this.#sets.push(members)
    if (alike) alike.push(id)
    else this.#ids.set(hash, [id])
    return id
  }
}

function hashOf(members: readonly number[]): number {
  let hash = 0
  for (const member of members) hash = Math.imul(hash ^ (member + 1), 0x9e3779b1) ^ (hash >>> 15)
  return hash
}

function areEqual(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((member, at) => member === b[at])
}

/** Of two lists in order, one in order. */
function merged(a: readonly number[], b: readonly number[]): number[] {
  const all: number[] = []
  let [atA, atB] = [0, 0]
  while (atA < a.length || atB < b.length) {
    const left = a[atA] ?? Infinity
    const right = b[atB] ?? Infinity
    all.push(Math.min(left, right))
    if (left <= right) atA += 1
    if (right <= left) atB += 1
  }
  return all
}
