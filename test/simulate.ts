/**
 * npm run simulate -- --seeds 200        seeds 1 to 200
 * npm run simulate -- --seeds 500 --bail stops at the first seed that fails
 * npm run simulate -- --seed 17 --trace  one seed, and what happened in it
 * npm run simulate -- --seed 17 --about counter/main  and what of it is about one actor
 * npm run simulate -- --seed 17 --same 100  the same seed so often: each trace is the first one's, byte by byte
 */
import { createHash } from 'node:crypto'
import { parseArgs } from 'node:util'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { reasonOf } from '#runtime/errors.ts'
import { describeFaults } from '#runtime/testing/faults.ts'
import { SimulationFailed } from '#runtime/testing/simulate.ts'
import type { Trace } from '#runtime/testing/trace.ts'
import { runSeed, type RunOptions } from './simulation/run.ts'

const workers = 2
const seedsPerWorkerMin = 10
const traceLinesMax = 50_000

interface Outcome {
  readonly seed: number
  readonly turns: number
  readonly hash: string
  readonly failure: string | null
}

if (isMainThread) process.exitCode = await main()
else await work(workerData as { seeds: number[]; options: RunOptions })

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      seeds: { type: 'string', default: '20' },
      from: { type: 'string', default: '1' },
      seed: { type: 'string' },
      nodes: { type: 'string', default: '3' },
      turns: { type: 'string', default: '2000' },
      trace: { type: 'boolean', default: false },
      bail: { type: 'boolean', default: false },
      about: { type: 'string' },
      same: { type: 'string' },
    },
  })
  const options = { nodes: Number(values.nodes), turns: Number(values.turns) }
  if (values.same !== undefined)
    return sameTraces(Number(values.seed ?? values.from), Number(values.same), options)
  if (values.seed !== undefined) return oneSeed(Number(values.seed), options, values)
  const seeds = Array.from({ length: Number(values.seeds) }, (_, index) => Number(values.from) + index)
  return manySeeds(seeds, options, values.bail)
}

async function oneSeed(
  seed: number,
  options: RunOptions,
  asked: { trace: boolean; about?: string },
): Promise<number> {
  const show = (trace: Trace): void => {
    if (asked.trace || asked.about !== undefined)
      console.log(trace.lines(traceLinesMax, asked.about ?? null).join('\n'))
  }
  try {
    const result = await runSeed(seed, options)
    show(result.trace)
    const virtualSeconds = Math.round(result.virtualMs / 1000)
    console.log(
      `seed ${seed}: ${result.turns} turns, ${result.events} events, ${virtualSeconds} s of virtual time`,
    )
    console.log(`faults: ${describeFaults(result.faults)}`)
    console.log(`trace: ${result.trace.hash}`)
    return 0
  } catch (error) {
    if (error instanceof SimulationFailed) show(error.trace)
    console.error(reasonOf(error))
    return 1
  }
}

async function sameTraces(seed: number, times: number, options: RunOptions): Promise<number> {
  const started = performance.now()
  const linesOf = async (): Promise<string> => {
    const { trace } = await runSeed(seed, options)
    return [...trace.lines(Number.MAX_SAFE_INTEGER), trace.hash].join('\n')
  }
  const first = await linesOf()
  let same = 1
  for (let time = 1; time < times; time++) if ((await linesOf()) === first) same++
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  const [lines, bytes] = [first.split('\n').length, Buffer.byteLength(first)]
  console.log(
    `seed ${seed}: ${same} of ${times} traces are the same ${lines} lines, ${bytes} bytes, in ${seconds} s`,
  )
  return same === times ? 0 : 1
}

async function manySeeds(seeds: readonly number[], options: RunOptions, bail: boolean): Promise<number> {
  const started = performance.now()
  const outcomes =
    seeds.length < workers * seedsPerWorkerMin
      ? await inThisThread(seeds, options)
      : await inWorkers(seeds, options, bail)
  const seconds = (performance.now() - started) / 1000
  const failed = outcomes.filter(({ failure }) => failure !== null).sort((a, b) => a.seed - b.seed)
  for (const { failure } of failed.slice(0, 3)) console.error(`${failure}\n`)
  if (failed.length > 0) console.error(`failed seeds: ${failed.map(({ seed }) => seed).join(' ')}`)
  const turns = outcomes.reduce((sum, outcome) => sum + outcome.turns, 0)
  console.log(
    `${outcomes.length - failed.length} of ${outcomes.length} seeds held, ${turns} turns in ${seconds.toFixed(1)} s (${(outcomes.length / seconds).toFixed(1)} seeds/s)`,
  )
  console.log(`traces: ${hashOf(outcomes)}`)
  return failed.length === 0 ? 0 : 1
}

async function inThisThread(seeds: readonly number[], options: RunOptions): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  for (const seed of seeds) outcomes.push(await outcomeOf(seed, options))
  return outcomes
}

async function inWorkers(seeds: readonly number[], options: RunOptions, bail: boolean): Promise<Outcome[]> {
  const failed = new AbortController()
  const shares = Array.from({ length: workers }, (_, worker) =>
    seeds.filter((_seed, at) => at % workers === worker),
  )
  const outcomes = await Promise.all(shares.map((share) => inWorker(share, options, bail ? failed : null)))
  return outcomes.flat()
}

function inWorker(
  seeds: readonly number[],
  options: RunOptions,
  failed: AbortController | null,
): Promise<Outcome[]> {
  return new Promise((resolve, reject) => {
    const outcomes: Outcome[] = []
    const worker = new Worker(new URL(import.meta.url), { workerData: { seeds, options } })
    worker.on('message', (outcome: Outcome) => {
      outcomes.push(outcome)
      if (outcome.failure !== null) failed?.abort()
    })
    failed?.signal.addEventListener('abort', () => void worker.terminate())
    worker.on('error', reject)
    worker.on('exit', () => resolve(outcomes))
  })
}

async function work({ seeds, options }: { seeds: number[]; options: RunOptions }): Promise<void> {
  for (const seed of seeds) parentPort?.postMessage(await outcomeOf(seed, options))
}

async function outcomeOf(seed: number, options: RunOptions): Promise<Outcome> {
  try {
    const { turns, hash } = await runSeed(seed, options)
    return { seed, turns, hash, failure: null }
  } catch (error) {
    return { seed, turns: 0, hash: '', failure: reasonOf(error) }
  }
}

/** One hash for all traces, whatever order they came in. */
function hashOf(outcomes: readonly Outcome[]): string {
  const sorted = outcomes.toSorted((a, b) => a.seed - b.seed)
  const text = sorted.map(({ seed, hash }) => `${seed}:${hash}`).join('\n')
  return createHash('sha256').update(text).digest('hex').slice(0, 16)
}
