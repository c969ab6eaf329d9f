/** The actors of the benchmark, and what they note in the memory of their process. */
import * as z from 'zod'
import { actor } from '#runtime/index.ts'
import { nowMs } from '../load.ts'

export const actorsMax = 1000

/** What this process's actors have seen, and whether tokens go on. */
export const noted = {
  moving: false,
  pickUpMs: [] as number[],
  timerLagMs: [] as number[],
}

/** About 100 bytes: what every message carries, ours and the peers'. */
export const note = 'as long as what a job of a photo fleet usually carries: a path, a digest, a size, ..'

const passed = z.object({ token: z.int(), note: z.string() })
const hops = z.object({ hops: z.int().default(0), note: z.string().default('') }).prefault({})

/** Passes each token on to any other actor. */
export const hop = actor(
  'hop',
  { state: hops, messages: { pass: { input: passed } } },
  {
    pass(state, input, ctx) {
      state.hops++
      state.note = `${input.token} ${note}`
      if (noted.moving) ctx.send(hop.at(keyAt(ctx.random())).pass(input))
    },
  },
)

/** The same without history. */
export const bareHop = actor(
  'bare_hop',
  { state: hops, history: false, messages: { pass: { input: passed } } },
  {
    pass(state, input, ctx) {
      state.hops++
      state.note = `${input.token} ${note}`
      if (noted.moving) ctx.send(bareHop.at(keyAt(ctx.random())).pass(input))
    },
  },
)

/** Counts what it is sent, and how long that was on its way. */
export const sink = actor(
  'sink',
  {
    state: z.object({ taken: z.int().default(0), note: z.string().default('') }).prefault({}),
    messages: {
      take: { input: z.object({ sentMs: z.number(), note: z.string() }) },
      stamp: { input: z.object({ note: z.string() }), reply: z.int(), delivery: 'durable' },
      count: { reply: z.int() },
    },
  },
  {
    take(state, input) {
      if (input.sentMs > 0) noted.pickUpMs.push(nowMs() - input.sentMs)
      state.taken++
      state.note = input.note
    },
    stamp(state, input) {
      state.note = input.note
      return ++state.taken
    },
    count: (state) => state.taken,
  },
)

/** Has a timer; notes how late it rang. */
export const alarm = actor(
  'alarm',
  {
    state: z.object({ rung: z.int().default(0) }).prefault({}),
    messages: {
      set: { input: z.object({ due: z.number() }) },
      ring: { input: z.object({ due: z.number() }) },
    },
  },
  {
    set: (_state, { due }, ctx) => ctx.at(due, ctx.self.ring({ due })),
    ring(state, { due }) {
      noted.timerLagMs.push(Date.now() - due)
      state.rung++
    },
  },
)

/** Sits in a transaction of its own until the process is stopped. */
export const sitter = actor(
  'sitter',
  {
    state: z.object({ sat: z.int().default(0) }).prefault({}),
    turnTimeout: '2m',
    messages: { sit: { sql: true } },
  },
  {
    async sit(state, _input, ctx) {
      await ctx.sql('select 1')
      process.send?.({ sitting: true })
      await new Promise((resolve) => setTimeout(resolve, 60_000))
      state.sat++
    },
  },
)

export const kinds = [hop, bareHop, sink, alarm, sitter]

export function keyAt(fraction: number): string {
  return String(Math.floor(fraction * actorsMax))
}
