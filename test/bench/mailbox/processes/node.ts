/** A process with one of our nodes in it. */
import type { Node, Settings } from '#runtime/index.ts'
import { startPostgresNode } from '#runtime/postgres/index.ts'
import { actorsMax, alarm, bareHop, hop, keyAt, kinds, note, noted, sink, sitter } from '../kinds.ts'
import { type Amount, callAtRate, callInParallel, nowMs } from '../../load.ts'
import { Profile } from './profile.ts'
import { serve } from '../../serve.ts'

let running: Node | undefined
const profile = new Profile()

const commands = {
  async open({ url, name, settings = {} }: { url: string; name: string; settings?: Partial<Settings> }) {
    running = await startPostgresNode({ url, schema: 'runtime', name, kinds, settings, log })
  },
  async close() {
    await running?.stop()
    running = undefined
  },
  metrics: () => node().metrics(),
  profile: () => profile.start(),
  profiled: (top: number) => profile.stop(top),
  /** CPU time so far, and memory after a collection. */
  resources() {
    const { user, system } = process.cpuUsage()
    global.gc?.()
    return { cpuMs: (user + system) / 1000, residentMb: process.memoryUsage().rss / 2 ** 20, atMs: nowMs() }
  },

  move(moving: boolean) {
    noted.moving = moving
  },
  async seed({ history, tokens }: { history: boolean; tokens: number }) {
    const kind = history ? hop : bareHop
    await Promise.all(
      Array.from({ length: tokens }, (_, token) =>
        node().send(kind.at(keyAt(Math.random())).pass({ token, note })),
      ),
    )
  },

  send: ({ callers, amount }: { callers: number; amount: Amount }) =>
    callInParallel(callers, amount, (number) =>
      node().send(sink.at(String(number % actorsMax)).take({ sentMs: 0, note })),
    ),
  sendAtRate: ({ keys, perSecond, ms }: { keys: readonly string[]; perSecond: number; ms: number }) =>
    callAtRate(perSecond, ms, () => node().send(sink.at(oneOf(keys)).take({ sentMs: nowMs(), note }))),
  pickedUp: () => noted.pickUpMs.splice(0),

  /** Durable asks at a rate; their times, by when they were asked. */
  async askAtRate({ perSecond, ms }: { perSecond: number; ms: number }) {
    const times: { askedMs: number; tookMs: number }[] = []
    await callAtRate(perSecond, ms, async () => {
      const askedMs = nowMs()
      await node().ask(sink.at(keyAt(Math.random())).stamp({ note }), { timeout: '2m' })
      times.push({ askedMs, tookMs: nowMs() - askedMs })
    })
    return times
  },
  /** Asks each once; how long each took. */
  async askEach({ keys, callers }: { keys: readonly string[]; callers: number }) {
    const times: number[] = []
    await callInParallel(callers, { calls: keys.length }, async (number) => {
      const askedMs = nowMs()
      await node().ask(sink.at(keys[number] as string).count(), { timeout: '2m' })
      times.push(nowMs() - askedMs)
    })
    return times
  },
  /** The same for whole ranges of numbered keys, without the times. */
  askRange: ({ from, to, callers }: { from: number; to: number; callers: number }) =>
    callInParallel(callers, { calls: to - from }, (number) =>
      node().ask(sink.at(String(from + number)).count(), { timeout: '2m' }),
    ),

  /** One timer per key, due after `firstMs` and within `withinMs` from then. */
  setAlarms: ({
    from,
    count,
    firstMs,
    withinMs,
  }: {
    from: number
    count: number
    firstMs: number
    withinMs: number
  }) => {
    const began = Date.now()
    const due = () => Math.round(began + firstMs + Math.random() * withinMs)
    return callInParallel(200, { calls: count }, (number) =>
      node().send(alarm.at(String(from + number)).set({ due: due() })),
    )
  },
  timerLags: () => noted.timerLagMs.splice(0),
  sit: (keys: readonly string[]) => Promise.all(keys.map((key) => node().send(sitter.at(key).sit()))),
}
export type NodeCommands = typeof commands

const log = {
  debug() {},
  info() {},
  warn: (line: string, fields?: unknown) => console.error(`${running?.name}: ${line}`, fields ?? ''),
  error: (line: string, fields?: unknown) => console.error(`${running?.name}: ${line}`, fields ?? ''),
}

function node(): Node {
  if (!running) throw new Error('no node runs in this process')
  return running
}

function oneOf<T>(all: readonly T[]): T {
  return all[Math.floor(Math.random() * all.length)] as T
}

serve(commands)
