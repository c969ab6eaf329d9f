/**
 * The actors of the chaos specs. Each keeps a ledger of what it did in its own state, so that what was lost, done
 * twice or out of order shows there, whatever the tables say.
 */
import * as z from 'zod'
import { actor } from '#runtime/index.ts'

const entry = z.object({ client: z.string(), number: z.int() })
const violationsMax = 20

/** Checks that each sender's messages arrive in order, none missing and none twice. */
export const receiver = actor(
  'receiver',
  {
    state: z
      .object({
        taken: z.int().default(0),
        latestMs: z.number().default(0),
        seen: z.record(z.string(), z.int()).default({}),
        violations: z.array(z.string()).default([]),
      })
      .prefault({}),
    messages: { take: { input: z.object({ from: z.string(), number: z.int(), sentMs: z.number() }) } },
  },
  {
    take(state, { from, number, sentMs }, ctx) {
      const last = state.seen[from] ?? 0
      if (number !== last + 1 && state.violations.length < violationsMax)
        state.violations.push(`${from}: ${number} after ${last}`)
      state.seen[from] = number
      state.taken++
      state.latestMs = Math.max(state.latestMs, ctx.now - sentMs)
    },
  },
)

/** Sends a burst of numbered messages at each ring of its timer. */
export const sender = actor(
  'sender',
  {
    state: z
      .object({
        left: z.int().default(0),
        rung: z.int().default(0),
        to: z.record(z.string(), z.int()).default({}),
      })
      .prefault({}),
    messages: {
      start: { input: z.object({ rounds: z.int(), burst: z.int(), receivers: z.int(), everyMs: z.int() }) },
      ring: { input: z.object({ burst: z.int(), receivers: z.int(), everyMs: z.int() }) },
    },
  },
  {
    start(state, { rounds, ...how }, ctx) {
      state.left += rounds
      ctx.after(how.everyMs, ctx.self.ring(how))
    },
    ring(state, how, ctx) {
      state.rung++
      for (let at = 0; at < how.burst; at++) {
        const to = String(Math.floor(ctx.random() * how.receivers))
        const number = (state.to[to] ?? 0) + 1
        state.to[to] = number
        ctx.send(receiver.at(to).take({ from: ctx.key, number, sentMs: ctx.now }))
      }
      ctx.send(register.at('late').note({ client: ctx.key, number: state.rung }), {
        delay: Math.floor(ctx.random() * 300),
      })
      if (--state.left > 0) ctx.after(how.everyMs, ctx.self.ring(how))
    },
  },
)

/** Writes down what clients from outside tell it, each in the ways that there are. */
export const register = actor(
  'register',
  {
    state: z.object({ entries: z.array(z.string()).default([]) }).prefault({}),
    messages: {
      note: { input: entry },
      tell: { input: entry, reply: z.int() },
      keep: { input: entry, reply: z.int(), delivery: 'durable' },
      enter: { input: entry, reply: z.int(), sql: true },
    },
  },
  {
    note: (state, input) => void add(state, input),
    tell: (state, input) => add(state, input),
    keep: (state, input) => add(state, input),
    async enter(state, { client, number }, ctx) {
      await ctx.sql('insert into entry (client, number) values ($1, $2)', [client, number])
      return add(state, { client, number })
    },
  },
)

/** Kills the process it runs in. */
export const bomb = actor(
  'bomb',
  {
    state: z.object({ left: z.int().default(0) }).prefault({}),
    messages: { explode: {}, explodeLater: { input: z.object({ inMs: z.int() }) } },
  },
  {
    explode: () => void process.kill(process.pid, 'SIGKILL'),
    explodeLater: (_state, { inMs }, ctx) => ctx.after(inMs, ctx.self.explode()),
  },
)

export const kinds = [receiver, sender, register, bomb]

function add(state: { entries: string[] }, { client, number }: z.infer<typeof entry>): number {
  return state.entries.push(`${client}-${number}`)
}
