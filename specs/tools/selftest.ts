import * as z from 'zod'
import { Json, Milliseconds } from '../common.ts'
import type { Tool } from './tool.ts'

const times = z.int().min(1).max(100_000)

/** For trials of a fleet: each does one thing that real tools do, the bad ones included. */
export const selftest = {
  echo: z.strictObject({ say: Json.default('hello') }),
  sleep: z.strictObject({ ms: Milliseconds.max(3_600_000).default(1_000) }),
  progress: z.strictObject({
    steps: times.default(10),
    everyMs: Milliseconds.max(60_000).default(100),
    logs: z.boolean().default(true),
  }),
  fail: z.strictObject({
    class: z.enum(['retriable', 'fatal']).default('fatal'),
    message: z.string().max(500).default('told to fail'),
    /** Succeeds at this attempt; 0: never. */
    untilAttempt: z.int().min(0).max(20).default(0),
  }),
  crash: z.strictObject({
    how: z.enum(['exit', 'throw', 'memory']).default('exit'),
    afterMs: Milliseconds.max(60_000).default(0),
  }),
  /** Never ends, and does not listen to being cancelled. */
  hang: z.strictObject({ busy: z.boolean().default(false) }),
  cpu: z.strictObject({
    ms: Milliseconds.max(600_000).default(1_000),
    threads: z.int().min(1).max(64).default(1),
  }),
  mem: z.strictObject({
    megabytes: z.int().min(1).max(4_096).default(64),
    ms: Milliseconds.max(60_000).default(100),
  }),
  /** Squares numbers, a batch at a time on the pool, and adds them up. */
  map: z.strictObject({
    count: z.int().min(1).max(10_000_000).default(10_000),
    batch: z.int().min(1).max(100_000).default(1_000),
  }),
}

const about: Readonly<Record<keyof typeof selftest, string>> = {
  echo: 'Answers what it is told.',
  sleep: 'Waits.',
  progress: 'Takes as many steps as it is told, and tells of each.',
  fail: 'Fails, in the way it is told.',
  crash: 'Ends its worker thread.',
  hang: 'Never ends, and does not listen.',
  cpu: 'Keeps threads busy.',
  mem: 'Holds memory for a while.',
  map: 'Spreads a computation over all threads.',
}

export const selftests: Tool[] = Object.entries(selftest).map(([name, params]) => ({
  name: `selftest.${name}`,
  version: 1,
  title: `Self-test: ${name}`,
  about: about[name as keyof typeof selftest],
  params,
  output: Json,
  light: false,
}))
