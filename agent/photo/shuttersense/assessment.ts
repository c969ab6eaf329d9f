/** How far the files that an image has are those that a pipeline expects. */
import { endingsOf, type Expectation, type Expectations } from './expectations.ts'
import { sortedTexts } from './text.ts'

/** From best to worst. */
export const statuses = ['CONSISTENT', 'CONSISTENT_WITH_WARNING', 'PARTIAL', 'INCONSISTENT'] as const
export type Status = (typeof statuses)[number]

/** Names are written without camera and counter, which all of an image have in common. */
export interface TerminationAssessment {
  readonly termination: string
  readonly status: Status
  readonly ready: boolean
  /** Expected files that are there, in per cent. */
  readonly completion: number
  readonly expected: readonly string[]
  readonly missing: readonly string[]
  readonly extra: readonly string[]
}

export interface Assessment {
  readonly terminations: readonly TerminationAssessment[]
  /** The worst of all terminations. */
  readonly status: Status
  readonly ready: boolean
  /** The nodes of the way that the image has most likely gone; nothing where there is none. */
  readonly path: readonly string[] | undefined
}

/** Assesses images by the endings of their file names. Most images have the same ones as another, so answers are kept. */
export class Assessor {
  readonly #expectations: Expectations
  readonly #bySuffix = new Map<string, ReadonlyMap<string, readonly Candidate[]>>()
  readonly #answers = new Map<string, Assessment>()
  readonly #suffixesMax: number

  constructor(expectations: Expectations) {
    this.#expectations = expectations
    const sets = [...expectations.values()].reduce((sum, all) => sum + all.length, 0)
    this.#suffixesMax = Math.max(1, Math.floor(candidatesMax / Math.max(1, sets)))
  }

  /** Endings are in lower case, in any order. */
  assess(suffix: string, endings: readonly string[]): Assessment {
    const actual = sortedTexts(new Set(endings))
    const key = [suffix, ...actual].join('\0')
    const known = this.#answers.get(key)
    if (known) return known
    const assessment = assessmentOf(this.#candidates(suffix), new Set(actual))
    if (this.#answers.size >= answersMax) this.#answers.clear()
    this.#answers.set(key, assessment)
    return assessment
  }

  #candidates(suffix: string): ReadonlyMap<string, readonly Candidate[]> {
    const known = this.#bySuffix.get(suffix)
    if (known) return known
    const candidates = new Map(
      Array.from(this.#expectations, ([type, all]) => [type, all.map((one) => candidateOf(one, suffix))]),
    )
    if (this.#bySuffix.size >= this.#suffixesMax) this.#bySuffix.clear()
    this.#bySuffix.set(suffix, candidates)
    return candidates
  }
}

/** What is kept, at most. */
const answersMax = 10_000
const candidatesMax = 200_000

interface Candidate {
  readonly expectation: Expectation
  readonly expected: readonly string[]
  readonly lower: readonly string[]
}

function candidateOf(expectation: Expectation, suffix: string): Candidate {
  const expected = endingsOf(expectation.files, suffix)
  return {
    expectation,
    expected,
    lower: sortedTexts(new Set(expected.map((ending) => ending.toLowerCase()))),
  }
}

function assessmentOf(
  byTermination: ReadonlyMap<string, readonly Candidate[]>,
  actual: ReadonlySet<string>,
): Assessment {
  const best = Array.from(byTermination, ([termination, candidates]) => ({
    termination,
    choice: bestOf(candidates, actual),
  }))
  const terminations = best.map(({ termination, choice }) => told(termination, choice, actual))
  const worst = Math.max(...best.map(({ choice }) => choice.rank))
  return {
    terminations,
    status: best.length === 0 ? 'INCONSISTENT' : (statuses[worst] ?? 'INCONSISTENT'),
    ready: terminations.some(({ ready }) => ready),
    path: best.map(({ choice }) => choice).toSorted(byLikelihood)[0]?.candidate.expectation.path,
  }
}

interface Choice {
  readonly candidate: Candidate
  readonly matched: number
  /** Of its status. */
  readonly rank: number
}

function bestOf(candidates: readonly Candidate[], actual: ReadonlySet<string>): Choice {
  return candidates
    .map((candidate) => choiceOf(candidate, actual))
    .reduce((a, b) => (byFit(a, b) <= 0 ? a : b))
}

function choiceOf(candidate: Candidate, actual: ReadonlySet<string>): Choice {
  let matched = 0
  for (const ending of candidate.lower) if (actual.has(ending)) matched += 1
  const all = candidate.lower.length
  const rank = matched === 0 ? 3 : matched < all ? 2 : actual.size > all ? 1 : 0
  return { candidate, matched, rank }
}

/** More files that are there, then the shorter way, then the better status, then less that is missing, then the earlier way. */
function byFit(a: Choice, b: Choice): number {
  const [one, other] = [a.candidate, b.candidate]
  return (
    b.matched - a.matched ||
    one.expectation.steps - other.expectation.steps ||
    a.rank - b.rank ||
    one.lower.length - a.matched - (other.lower.length - b.matched) ||
    one.expectation.order - other.expectation.order
  )
}

/** Which termination tells the way of an image: the better status, then more expected files. */
function byLikelihood(a: Choice, b: Choice): number {
  return a.rank - b.rank || b.candidate.expected.length - a.candidate.expected.length
}

function told(
  termination: string,
  { candidate, matched, rank }: Choice,
  actual: ReadonlySet<string>,
): TerminationAssessment {
  const lower = new Set(candidate.lower)
  return {
    termination,
    status: statuses[rank] ?? 'INCONSISTENT',
    ready: rank <= 1,
    completion: candidate.lower.length === 0 ? 0 : (matched / candidate.lower.length) * 100,
    expected: candidate.expected,
    missing: candidate.lower.filter((ending) => !actual.has(ending)),
    extra: [...actual].filter((ending) => !lower.has(ending)),
  }
}
