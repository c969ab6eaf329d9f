/** Turns a pattern's tree into instructions. */
import { PatternRefused } from './errors.ts'
import type { CharacterSet } from './sets.ts'
import type { Place, Tree } from './tree.ts'

/** As numbers: the runner's switch is the hottest place there is. */
export const op = { match: 0, character: 1, set: 2, split: 3, jump: 4, save: 5, at: 6 } as const

/** Instruction i is op[i] with a[i] and b[i]: a split prefers a to b. */
export interface Program {
  readonly op: Uint8Array
  readonly a: Int32Array
  readonly b: Int32Array
  /** 1 where more than one way leads to. */
  readonly joins: Uint8Array
  readonly sets: readonly CharacterSet[]
  readonly places: readonly { readonly place: Place; readonly ascii: boolean }[]
  readonly groups: number
}

/** Instructions of one pattern. Steps of one match are at most this times the length of the name. */
export const programMax = 1_000
/** Parts that are written down, repeats counted: those that match nothing make no instruction, but take time. */
const partsMax = 10 * programMax

export function programOf(tree: Tree, groups: number): Program {
  const writer = new Writer()
  writer.write(tree)
  writer.add(op.match)
  return {
    op: Uint8Array.from(writer.ops),
    a: Int32Array.from(writer.a),
    b: Int32Array.from(writer.b),
    joins: joinsOf(writer),
    sets: writer.sets,
    places: writer.places,
    groups,
  }
}

function joinsOf({ ops, a, b }: Writer): Uint8Array {
  const joins = new Uint8Array(ops.length)
  ops.forEach((code, at) => {
    if (code === op.jump || code === op.split) joins[a[at] ?? 0] = 1
    if (code === op.split) joins[b[at] ?? 0] = 1
  })
  return joins
}

function tooBig(): PatternRefused {
  return new PatternRefused(`the pattern stands for more than ${programMax} steps; repeat less`)
}

class Writer {
  readonly ops: number[] = []
  readonly a: number[] = []
  readonly b: number[] = []
  readonly sets: CharacterSet[] = []
  readonly places: { place: Place; ascii: boolean }[] = []
  #parts = 0

  add(code: number, a = 0, b = 0): number {
    if (this.ops.length >= programMax) throw tooBig()
    this.ops.push(code)
    this.a.push(a)
    this.b.push(b)
    return this.ops.length - 1
  }

  write(tree: Tree): void {
    this.#parts += 1
    if (this.#parts > partsMax) throw tooBig()
    switch (tree.kind) {
      case 'character':
        return void this.add(op.character, tree.code)
      case 'set':
        return void this.add(op.set, this.sets.push(tree.set) - 1)
      case 'at':
        return void this.add(op.at, this.places.push(tree) - 1)
      case 'sequence':
        return tree.items.forEach((item) => this.write(item))
      case 'choice':
        return this.#choice(tree.branches)
      case 'repeat':
        return this.#repeat(tree)
      case 'group':
        return this.#group(tree.number, tree.item)
    }
  }

  #group(number: number | undefined, item: Tree): void {
    if (number !== undefined) this.add(op.save, 2 * number)
    this.write(item)
    if (number !== undefined) this.add(op.save, 2 * number + 1)
  }

  #choice(branches: readonly Tree[]): void {
    const ends = branches.slice(0, -1).map((branch) => {
      const split = this.#split(false)
      this.write(branch)
      const end = this.add(op.jump)
      this.#leave(split, false)
      return end
    })
    const last = branches.at(-1)
    if (last) this.write(last)
    for (const end of ends) this.a[end] = this.ops.length
  }

  #repeat({ item, least, most, lazy }: Tree & { kind: 'repeat' }): void {
    for (let count = most === Infinity ? 1 : 0; count < least; count++) this.write(item)
    if (most === Infinity) return this.#again(item, least === 0, lazy)
    const splits: number[] = []
    for (let count = least; count < most; count++) {
      splits.push(this.#split(lazy))
      this.write(item)
    }
    for (const split of splits) this.#leave(split, lazy)
  }

  /** At least once, around which it may be left out: so an item that matches nothing still leaves its groups behind. */
  #again(item: Tree, optional: boolean, lazy: boolean): void {
    const skip = optional ? this.#split(lazy) : undefined
    const start = this.ops.length
    this.write(item)
    const split = this.#split(lazy)
    if (lazy) this.b[split] = start
    else this.a[split] = start
    this.#leave(split, lazy)
    if (skip !== undefined) this.#leave(skip, lazy)
  }

  /** Goes on with the next instruction, preferably unless lazy. Where else it goes, `leave` says. */
  #split(lazy: boolean): number {
    const next = this.ops.length + 1
    return lazy ? this.add(op.split, 0, next) : this.add(op.split, next, 0)
  }

  #leave(split: number, lazy: boolean): void {
    if (lazy) this.a[split] = this.ops.length
    else this.b[split] = this.ops.length
  }
}
