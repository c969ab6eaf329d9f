/**
 * Tries generated inputs on everything that listens: every route, and every event of both sockets. Whatever comes in, the
 * server answers: with what is declared, or with a problem; never with a fault of its own, never with a trace of its
 * inside, and afterwards all that was there can still be read and used.
 *
 *   round ─▶ a team with one of everything ─▶ every endpoint, in chunks ─▶ what is left is looked at
 */
import { aftermath } from './aftermath.ts'
import { type Cast, makeCast } from './cast.ts'
import type { Stage } from './stage.ts'

/** Where inputs are sent. */
export interface Endpoint {
  readonly name: string
  /** More where an answer may have to wait for something. */
  readonly atOnce?: number
  /** Fewer in a chunk, where most inputs that are let in use up what they are tried on. */
  readonly inChunk?: number
  /** So many tries, on things of the team that are as good as new. */
  readonly chunk: (cast: Cast, count: number, seed: number) => Promise<Chunk>
}
export interface Chunk {
  readonly tries: readonly Try[]
  readonly end?: () => Promise<void>
}
export interface Try {
  /** The input, for whoever wants to send it again. */
  shown(): string
  run(): Promise<Tried>
}
export interface Tried {
  readonly status: number
  readonly fault: string | undefined
}

export interface Report {
  readonly name: string
  readonly sent: number
  readonly byStatus: Readonly<Record<string, number>>
  readonly p99Ms: number
  /** What went wrong, with what makes it go wrong again. */
  readonly faults: readonly string[]
}

const usuallyAtOnce = 8
const roundMax = 500
const usuallyInChunk = 50
const faultsMax = 5
const kindLength = 100
const patienceMs = 60_000

/** Told while it is under way. */
export interface Told {
  fault?(name: string, fault: string): void
  roundDone?(inputs: number): void
}

/** `count` inputs for each endpoint. */
export async function fuzz(
  stage: Stage,
  endpoints: readonly Endpoint[],
  count: number,
  seed: number,
  told: Told = {},
): Promise<Report[]> {
  const tallies = endpoints.map((endpoint) => new Tally(endpoint, told))
  const after = new Tally({ name: 'what is left' }, told)
  for (let done = 0; done < count; done += roundMax) {
    const cast = await inTime(makeCast(stage.border))
    const share = Math.min(roundMax, count - done)
    for (const tally of tallies) await tally.round(stage, cast, share, seed + done)
    for (const fault of await aftermath(cast)) after.fault(fault)
    for (const line of stage.takeErrors()) after.fault(line)
    cast.end()
    told.roundDone?.(done + share)
  }
  return [...tallies, after].map((tally) => tally.report())
}

class Tally {
  readonly #endpoint: Endpoint | undefined
  readonly #name: string
  readonly #byStatus: Record<string, number> = {}
  readonly #times: number[] = []
  readonly #faults: string[] = []
  /** Of each kind one is enough. */
  readonly #kinds = new Set<string>()
  readonly #told: Told

  constructor(endpoint: Endpoint | { readonly name: string }, told: Told) {
    this.#told = told
    this.#endpoint = 'chunk' in endpoint ? endpoint : undefined
    this.#name = endpoint.name
  }

  async round(stage: Stage, cast: Cast, count: number, seed: number): Promise<void> {
    const inChunk = this.#endpoint?.inChunk ?? usuallyInChunk
    for (let done = 0; done < count; done += inChunk) {
      await this.#chunk(cast, Math.min(inChunk, count - done), seed + done)
      for (const line of stage.takeErrors()) this.fault(line)
    }
    if (({} as { polluted?: unknown }).polluted !== undefined)
      this.fault('the prototype of all objects was changed')
  }

  fault(fault: string): void {
    const kind = fault.replaceAll(/\w*[\d_]\w*/g, '').slice(0, kindLength)
    if (this.#faults.length >= faultsMax || this.#kinds.has(kind)) return
    this.#kinds.add(kind)
    this.#faults.push(fault)
    this.#told.fault?.(this.#name, fault)
  }

  report(): Report {
    const { length: sent } = this.#times
    const p99Ms = percentile(this.#times, 0.99)
    return { name: this.#name, sent, byStatus: this.#byStatus, p99Ms, faults: this.#faults }
  }

  async #chunk(cast: Cast, count: number, seed: number): Promise<void> {
    const { chunk, atOnce = usuallyAtOnce } = this.#endpoint ?? {}
    if (!chunk) return
    try {
      const { tries, end } = await inTime(chunk(cast, count, seed))
      const left = [...tries]
      const work = async () => {
        for (let next = left.shift(); next !== undefined; next = left.shift()) await this.#try(next)
      }
      await Promise.all(Array.from({ length: atOnce }, work))
      if (end) await inTime(end())
    } catch (error) {
      this.fault(`what inputs are tried on could not be had: ${String(error)}`)
    }
  }

  async #try(given: Try): Promise<void> {
    const start = performance.now()
    const { status, fault } = await given
      .run()
      .catch((error: unknown) => ({ status: 0, fault: `no answer: ${String(error)}` }))
    this.#times.push(performance.now() - start)
    this.#byStatus[status] = (this.#byStatus[status] ?? 0) + 1
    if (fault !== undefined) this.fault(`${fault}\n    ${given.shown()}`)
  }
}

/** What never comes must not hold up the rest. */
async function inTime<T>(work: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => late.reject(new Error(`not within ${patienceMs} ms`)), patienceMs)
  return await Promise.race([work, late.promise]).finally(() => clearTimeout(timer))
}

function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other)
  return Math.round(sorted[Math.floor(sorted.length * share)] ?? 0)
}
