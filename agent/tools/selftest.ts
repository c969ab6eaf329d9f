/** Tools that do one thing each, the bad ones included: for trials of an agent, a fleet, a server. */
import { setTimeout as pause } from 'node:timers/promises'
import { threadId } from 'node:worker_threads'
import { selftest } from '#specs/tools.ts'
import { Stopped, type ToolCode, type ToolContext, ToolFailure, toolCode } from './tool.ts'
import { type Unit, unit } from './unit.ts'

/** Tools that only pass time say so often enough not to be taken for hanging. */
const tellEveryMs = 1_000
/** How long a busy thread goes without looking up. */
const busyMs = 10
const megabyte = 2 ** 20

async function sleep(ms: number, { signal }: ToolContext): Promise<void> {
  try {
    await pause(ms, undefined, { signal })
  } catch {
    throw new Stopped('told to stop')
  }
}

async function passTime(ms: number, stage: string, context: ToolContext): Promise<void> {
  const from = performance.now()
  for (;;) {
    const passed = Math.min(ms, Math.round(performance.now() - from))
    context.progress({ stage, done: passed, total: ms })
    if (passed >= ms) return
    await sleep(Math.min(tellEveryMs, ms - passed), context)
  }
}

const echo = toolCode('selftest.echo', selftest.echo, ({ say }) => ({ outcome: 'completed', output: say }))

const wait = toolCode('selftest.sleep', selftest.sleep, async ({ ms }, context) => {
  await passTime(ms, 'sleeping', context)
  return { outcome: 'completed', output: { ms } }
})

const progress = toolCode(
  'selftest.progress',
  selftest.progress,
  async ({ steps, everyMs, logs }, context) => {
    for (let step = 1; step <= steps; step++) {
      await sleep(everyMs, context)
      context.progress({ stage: 'stepping', done: step, total: steps, current: `step ${step}` })
      if (logs) context.log('info', `step ${step} of ${steps}`)
    }
    return { outcome: 'completed', output: { steps } }
  },
)

const fail = toolCode(
  'selftest.fail',
  selftest.fail,
  ({ class: kind, message, untilAttempt }, { attempt }) => {
    if (untilAttempt > 0 && attempt >= untilAttempt) return { outcome: 'completed', output: { attempt } }
    throw new ToolFailure(kind, message)
  },
)

/** None of these ends the way a tool may end. */
const crash = toolCode('selftest.crash', selftest.crash, async ({ how, afterMs }, context) => {
  await sleep(afterMs, context)
  if (how === 'exit') process.exit(1)
  if (how === 'memory') fillMemory()
  setImmediate(() => {
    throw new Error('selftest.crash throws where nobody catches')
  })
  return await new Promise<never>(() => {})
})

function fillMemory(): never {
  const kept: string[][] = []
  for (;;) kept.push(Array.from({ length: 10_000 }, (_, index) => `${kept.length} ${index}`))
}

const hang = toolCode('selftest.hang', selftest.hang, async ({ busy }) => {
  while (busy);
  // A timer of its own keeps the thread from being told that nobody waits for anything.
  setInterval(() => {}, tellEveryMs)
  return await new Promise<never>(() => {})
})

/** Each item is so many ms of work for one thread. */
const burning: Unit<number, { readonly threads: Set<number> }> = {
  empty: () => ({ threads: new Set() }),
  add({ threads }, ms, found) {
    const until = performance.now() + Math.min(ms, busyMs)
    while (performance.now() < until);
    threads.add(threadId)
    if (ms > busyMs) found(ms - busyMs)
  },
  merge(into, { threads }) {
    for (const thread of threads) into.threads.add(thread)
  },
}

const cpu = toolCode(
  'selftest.cpu',
  selftest.cpu,
  async ({ ms, threads }, context) => {
    const from = performance.now()
    const told = () =>
      context.progress({ stage: 'computing', done: Math.round(performance.now() - from), total: null })
    const items = Array.from({ length: threads }, () => ms)
    const used = await context.spread({ unit: 'burn', given: null, items, told })
    return { outcome: 'completed', output: { ms, threads: (used as { threads: Set<number> }).threads.size } }
  },
  { burn: unit(() => burning) },
)

const mem = toolCode('selftest.mem', selftest.mem, async ({ megabytes, ms }, context) => {
  const kept: Buffer[] = []
  for (let held = 0; held < megabytes; held++) {
    context.checkStop()
    kept.push(Buffer.alloc(megabyte, held % 256))
    context.progress({ stage: 'filling', done: held + 1, total: megabytes })
  }
  await passTime(ms, 'holding', context)
  return { outcome: 'completed', output: { megabytes: kept.length } }
})

/** The numbers from `from` on, up to but without `to`. */
interface Range {
  readonly from: number
  readonly to: number
}
interface Squares {
  sum: bigint
  count: number
  batches: number
  readonly threads: Set<number>
}

const squaring = (batch: number): Unit<Range, Squares> => ({
  empty: () => ({ sum: 0n, count: 0, batches: 0, threads: new Set() }),
  add(part, { from, to }, found) {
    if (to - from > batch) {
      const middle = from + batch * Math.ceil((to - from) / batch / 2)
      found({ from, to: middle })
      return found({ from: middle, to })
    }
    for (let number = from; number < to; number++) part.sum += BigInt(number) * BigInt(number)
    part.count += to - from
    part.batches += 1
    part.threads.add(threadId)
  },
  merge(into, { sum, count, batches, threads }) {
    into.sum += sum
    into.count += count
    into.batches += batches
    for (const thread of threads) into.threads.add(thread)
  },
})

/** The sum of the squares of 1 to count, as a text: it may have more digits than a number of JSON. */
const map = toolCode(
  'selftest.map',
  selftest.map,
  async ({ count, batch }, context) => {
    const whole = await context.spread<number, Range, Squares>({
      unit: 'square',
      given: batch,
      items: [{ from: 1, to: count + 1 }],
      told: ({ count: done }) => context.progress({ stage: 'squaring', done, total: count }),
    })
    const { sum, batches, threads } = whole
    return {
      outcome: 'completed',
      output: { count: whole.count, sum: String(sum), batches, threads: threads.size },
    }
  },
  { square: unit(squaring) },
)

export const selftests: readonly ToolCode[] = [echo, wait, progress, fail, crash, hang, cpu, mem, map]
