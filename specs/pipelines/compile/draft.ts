/** A run while one step of it is being made. */
import { limits } from '../limits.ts'
import type { NameSets } from './name-sets.ts'
import { comparePlaces, type Ended, type Line, type Run } from './run.ts'
import { TooMuch, type Work } from './work.ts'

export class Draft {
  readonly #sets: NameSets
  readonly #work: Work
  readonly #ways: number
  #lines: Line[]
  #ended: Ended[]
  #steps: number
  #touched: bigint

  constructor(sets: NameSets, work: Work, from: Run, lines: readonly Line[]) {
    this.#sets = sets
    this.#work = work
    this.#lines = [...lines]
    this.#ended = [...from.ended]
    this.#steps = from.steps
    this.#ways = from.ways
    this.#touched = from.touched
    this.#work.spend(1 + (lines.length + from.ended.length) / 4)
  }

  copy(): Draft {
    const run = this.done()
    return new Draft(this.#sets, this.#work, run, run.lines)
  }

  goAlong(edgeBit: bigint): void {
    this.#steps += 1
    this.#touched |= edgeBit
    this.#work.spend(1)
  }

  /** Lines that come to the same place with the same marks go on as one. */
  add(line: Line, node: number): void {
    const lines = this.#lines
    let at = lines.length
    for (let known = lines[at - 1]; known; known = lines[--at - 1]) {
      const order = comparePlaces(known, line)
      if (order < 0) break
      if (order > 0) continue
      lines[at - 1] = { ...known, ...this.#both(known, line) }
      return
    }
    this.#work.spend((lines.length - at) / 8)
    if (lines.length >= limits.lines) throw new TooMuch('too_many_lines', node)
    lines.splice(at, 0, line)
  }

  end(ended: Ended): void {
    const at = this.#ended.findIndex(({ termination }) => termination >= ended.termination)
    const known = this.#ended[at]
    if (known?.termination === ended.termination) this.#ended[at] = { ...known, ...this.#both(known, ended) }
    else this.#ended.splice(at < 0 ? this.#ended.length : at, 0, ended)
  }

  done(): Run {
    return {
      lines: this.#lines,
      ended: this.#ended,
      steps: this.#steps,
      ways: this.#ways,
      touched: this.#touched,
    }
  }

  #both(a: Pick<Line, 'names' | 'flow'>, b: Pick<Line, 'names' | 'flow'>): Pick<Line, 'names' | 'flow'> {
    return { names: this.#sets.union(a.names, b.names), flow: a.flow | b.flow }
  }
}
