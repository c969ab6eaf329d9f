/**
 * Compares images with a pipeline: what is each ready for, what is missing, what is there that nothing asks for. The sets of
 * files were worked out when the pipeline was saved, and images that have the same files get one and the same answer.
 */
import { keyOf } from '#specs/pipelines/compared.ts'
import type { CompiledPipeline } from '#specs/pipelines/compiled.ts'
import { SetIndex, type Fit } from './set-index.ts'

export type MatchStatus =
  /** Has all that is required, and nothing else. */
  | 'CONSISTENT'
  /** Has all that is required, and files that nothing asks for. */
  | 'CONSISTENT_WITH_WARNING'
  /** Has some of it. */
  | 'PARTIAL'
  /** Has nothing of it. */
  | 'INCONSISTENT'

/** How an image compares with the set that it comes nearest to. */
export interface Verdict {
  readonly status: MatchStatus
  /** Has all that is required. */
  readonly ready: boolean
  /** Which of the sets. */
  readonly set: number
  /** Numbers of the pipeline's names. */
  readonly required: readonly number[]
  readonly optional: readonly number[]
  readonly missing: readonly number[]
  /** Numbers of the image's files. */
  readonly extra: readonly number[]
}
export interface ImageMatch {
  /** All ways that it has to go, to their ends. */
  readonly whole: Verdict
  /** In the pipeline's order. */
  readonly terminations: readonly Verdict[]
  /** Ready for one termination at least. */
  readonly ready: boolean
  /** Files of a name that an earlier one has already: the same in two folders. */
  readonly repeated: readonly number[]
}
export interface MatchedFile {
  readonly mark: string | null
  readonly extension: string
}

/** What can be said of all images that have the same of the pipeline's names. */
interface Shape {
  readonly whole: ShapeVerdict
  readonly terminations: readonly ShapeVerdict[]
}
interface ShapeVerdict extends Omit<Verdict, 'status' | 'extra'> {
  readonly some: boolean
  /** Of the names that the image has, those that nothing asks for. */
  readonly unasked: ReadonlySet<number>
}

/** So many shapes are remembered; a collection has a few dozen. */
const shapesMax = 20_000
const notExpected = -1
const none: readonly number[] = []

export class PipelineMatcher {
  readonly #numberOf: ReadonlyMap<string, number>
  readonly #whole: SetIndex
  readonly #terminations: readonly SetIndex[]
  readonly #shapes = new Map<string, Shape>()

  constructor({ names, whole, terminations }: CompiledPipeline) {
    this.#numberOf = new Map(names.map(({ marks, extension }, number) => [keyOf(marks + extension), number]))
    this.#whole = new SetIndex(names.length, whole)
    this.#terminations = terminations.map(({ sets }) => new SetIndex(names.length, sets))
  }

  match(files: readonly MatchedFile[]): ImageMatch {
    const numbers = files.map((file) => this.#number(file))
    const present = new Set<number>()
    const repeated: number[] = []
    for (const [at, number] of numbers.entries()) {
      if (number === notExpected) continue
      if (present.has(number)) repeated.push(at)
      present.add(number)
    }
    const shape = this.#shapeOf(present)
    const whole = verdictOf(shape.whole, numbers)
    const terminations = shape.terminations.map((verdict) => verdictOf(verdict, numbers))
    return { whole, terminations, ready: terminations.some(({ ready }) => ready), repeated }
  }

  #number({ mark, extension }: MatchedFile): number {
    return mark === null ? notExpected : (this.#numberOf.get(mark + extension) ?? notExpected)
  }

  #shapeOf(present: ReadonlySet<number>): Shape {
    const numbers = [...present].toSorted((a, b) => a - b)
    const key = numbers.join()
    const known = this.#shapes.get(key)
    if (known) return known
    if (this.#shapes.size >= shapesMax) this.#shapes.clear()
    const shape = this.#compare(numbers)
    this.#shapes.set(key, shape)
    return shape
  }

  #compare(present: readonly number[]): Shape {
    const whole = this.#whole.nearest(present)
    const fits = this.#terminations.map((index) => index.nearest(present))
    // Nothing that an image needs for one thing it is ready for is too much for another.
    const asked = new Set(
      [whole, ...fits].filter(isReady).flatMap(({ set }) => [...set.required, ...set.optional]),
    )
    return {
      whole: shapeVerdict(whole, present, asked),
      terminations: fits.map((fit) => shapeVerdict(fit, present, asked)),
    }
  }
}

function isReady({ missing }: Fit): boolean {
  return missing.length === 0
}

function shapeVerdict(fit: Fit, present: readonly number[], asked: ReadonlySet<number>): ShapeVerdict {
  const { set, number, missing, matched } = fit
  const own = new Set([...set.required, ...set.optional])
  return {
    ready: isReady(fit),
    some: matched > 0,
    set: number,
    required: set.required,
    optional: set.optional,
    missing,
    unasked: new Set(present.filter((name) => !own.has(name) && !asked.has(name))),
  }
}

function verdictOf({ some, unasked, ...shape }: ShapeVerdict, numbers: readonly number[]): Verdict {
  const extra = numbers.flatMap((number, at) => (number === notExpected || unasked.has(number) ? [at] : none))
  return { ...shape, status: statusOf(shape.ready, some, extra.length), extra }
}

function statusOf(ready: boolean, some: boolean, extra: number): MatchStatus {
  if (ready) return extra > 0 ? 'CONSISTENT_WITH_WARNING' : 'CONSISTENT'
  return some ? 'PARTIAL' : 'INCONSISTENT'
}
