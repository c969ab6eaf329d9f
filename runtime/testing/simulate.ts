/**
 * Runs a scenario on a whole cluster, once per seed, in one thread and on virtual time:
 *
 *   safety: the scenario runs while things go wrong  ->  liveness: nothing goes wrong any more, and all
 *   work must come to its end  ->  the checkers look at everything once more
 *
 * A seed decides which faults there are, how strong they are and when they strike; the same seed gives
 * the same run, to the byte.
 */
import { reasonOf } from '#runtime/errors.ts'
import type { Random } from '#runtime/ports.ts'
import { seededRandom } from '#runtime/random.ts'
import type { Settings } from '#runtime/settings.ts'
import { type Checkers, startCheckers, type Violation } from './checkers/checkers.ts'
import { Cluster, type Kinds } from './cluster.ts'
import { describeFaults, drawFaults, type FaultName, type Faults } from './faults.ts'
import type { SqlModel } from './memory/sql.ts'
import type { Trace } from './trace.ts'

export interface SimulateOptions {
  readonly kinds: Kinds
  /** How many seeds, from 1 on, or which. */
  readonly seeds: number | readonly number[]
  readonly nodes?: number
  /** The nodes' settings, or what draws them for a seed. */
  readonly settings?: Partial<Settings> | ((random: Random) => Partial<Settings>)
  /** Which faults a seed may draw: all of them where nothing is said. */
  readonly faults?: readonly FaultName[]
  /** A seed with fewer turns has failed: it has tested too little. */
  readonly turnsMin?: number
  readonly sqlModel?: SqlModel
  /** Virtual time for the scenario, and for all work to end afterwards. */
  readonly scenarioMaxMs?: number
  readonly livenessMaxMs?: number
}

/** What is done to the cluster. What it returns is checked at the very end, when all is quiet. */
export type Scenario = (cluster: SimulatedCluster) => Promise<void | (() => unknown)>

export interface SimulatedCluster extends Cluster {
  /** Turns so far, failed ones included. */
  readonly turns: number
}

export interface SeedResult {
  readonly seed: number
  readonly turns: number
  readonly events: number
  readonly virtualMs: number
  readonly hash: string
  readonly faults: Faults
  readonly trace: Trace
}

const traceLinesMax = 60
const pollMs = 100

/** Runs every seed in turn. Throws SimulationFailed for the first that fails. */
export async function simulate(options: SimulateOptions, scenario: Scenario): Promise<SeedResult[]> {
  const seeds =
    typeof options.seeds === 'number'
      ? Array.from({ length: options.seeds }, (_, index) => index + 1)
      : options.seeds
  const results: SeedResult[] = []
  for (const seed of seeds) results.push(await simulateSeed(seed, options, scenario))
  return results
}

export async function simulateSeed(
  seed: number,
  options: SimulateOptions,
  scenario: Scenario,
): Promise<SeedResult> {
  const run = new SeedRun(seed, options)
  const onRejection = (reason: unknown): void =>
    run.violated({ rule: 'no unhandled rejection', actor: null, what: stackOf(reason) })
  process.on('unhandledRejection', onRejection)
  try {
    return await run.all(scenario)
  } finally {
    process.off('unhandledRejection', onRejection)
  }
}

/** A seed that failed, with what one needs to understand it and to run it again. */
export class SimulationFailed extends Error {
  override readonly name = 'SimulationFailed'
  readonly seed: number
  readonly violation: Violation
  readonly trace: Trace

  constructor(seed: number, violation: Violation, faults: Faults, trace: Trace) {
    const lines = [
      `seed ${seed} violated '${violation.rule}': ${violation.what}`,
      `faults: ${describeFaults(faults)}`,
      `the last of what happened${violation.actor === null ? '' : ` around ${violation.actor}`}:`,
      ...trace.lines(traceLinesMax, violation.actor).map((line) => `  ${line}`),
      `again: npm run simulate -- --seed ${seed}`,
    ]
    super(lines.join('\n'))
    this.seed = seed
    this.violation = violation
    this.trace = trace
  }
}

class SeedRun {
  readonly #seed: number
  readonly #options: SimulateOptions
  readonly #faults: Faults
  readonly #cluster: Cluster
  readonly #checkers: Checkers
  #violation: Violation | null = null

  constructor(seed: number, options: SimulateOptions) {
    const random = seededRandom(Math.imul(seed, 0x9e3779b1))
    const { kinds, nodes = 3, settings = {}, faults, sqlModel } = options
    this.#seed = seed
    this.#options = options
    this.#faults = drawFaults(random, faults)
    this.#cluster = new Cluster({
      seed: Math.floor(random() * 2 ** 32),
      nodes,
      kinds,
      faults: this.#faults,
      settings: typeof settings === 'function' ? settings(random) : settings,
      latencyMs: 0.3 + 2 * random() ** 3,
      ...(sqlModel && { sqlModel }),
    })
    this.#checkers = startCheckers(this.#cluster.database, (violation) => this.violated(violation))
  }

  /** The first violation counts: what follows it may be its consequence. */
  violated(violation: Violation): void {
    this.#violation ??= violation
  }

  async all(scenario: Scenario): Promise<SeedResult> {
    const { scenarioMaxMs = 3_600_000, livenessMaxMs = 600_000, turnsMin = 0 } = this.#options
    const { world } = this.#cluster
    world.startFaults()
    const check = await this.#runToEnd('the scenario', scenario(this.#withTurns()), scenarioMaxMs)
    world.heal()
    await this.#settle(livenessMaxMs)
    if (check) await this.#runToEnd('the final check', Promise.resolve().then(check), livenessMaxMs)
    await this.#settle(livenessMaxMs)
    this.#checkers.finish()
    if (this.#checkers.turns < turnsMin)
      this.violated({
        rule: 'enough turns',
        actor: null,
        what: `${this.#checkers.turns} turns are fewer than ${turnsMin}`,
      })
    this.#failIfViolated()
    return this.#result()
  }

  #withTurns(): SimulatedCluster {
    const checkers = this.#checkers
    return Object.defineProperty(this.#cluster, 'turns', { get: () => checkers.turns }) as SimulatedCluster
  }

  /** Lets virtual time pass until `work` has ended. */
  async #runToEnd<Result>(what: string, work: Promise<Result>, maxMs: number): Promise<Result | undefined> {
    let result: Result | undefined
    let ended = false
    const settle = work.then(
      (value) => {
        result = value
        ended = true
      },
      (error: unknown) => this.violated({ rule: `${what} holds`, actor: null, what: stackOf(error) }),
    )
    await this.#run(
      () => ended,
      maxMs,
      () => `${what} has not come to its end`,
    )
    await settle
    return result
  }

  /** Lets virtual time pass until nothing is left to do. */
  async #settle(maxMs: number): Promise<void> {
    const { clock } = this.#cluster.world
    let done = false
    const poll = (): void => {
      done = this.#cluster.unsettled.done
      if (!done) clock.after(pollMs, poll)
    }
    clock.after(pollMs, poll)
    await this.#run(
      () => done,
      maxMs,
      () => this.#cluster.unsettled.left.map(({ what }) => what).join('; '),
    )
  }

  async #run(done: () => boolean, maxMs: number, stuck: () => string): Promise<void> {
    const { clock } = this.#cluster.world
    const until = clock.now + maxMs
    try {
      await clock.run(() => done() || this.#violation !== null || clock.now > until)
    } catch (error) {
      this.violated({ rule: 'nothing throws', actor: null, what: stackOf(error) })
    }
    if (this.#violation === null && !done()) this.violated(this.#stuck(stuck()))
    this.#failIfViolated()
  }

  #stuck(what: string): Violation {
    return {
      rule: 'all work ends',
      actor: this.#cluster.unsettled.left.find(({ actor }) => actor !== null)?.actor ?? null,
      what,
    }
  }

  #failIfViolated(): void {
    if (!this.#violation) return
    throw new SimulationFailed(this.#seed, this.#violation, this.#faults, this.#cluster.world.trace)
  }

  #result(): SeedResult {
    const { clock, trace } = this.#cluster.world
    return {
      seed: this.#seed,
      turns: this.#checkers.turns,
      events: clock.ran,
      virtualMs: clock.now,
      hash: trace.hash,
      faults: this.#faults,
      trace,
    }
  }
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : reasonOf(error)
}
