/** The kinds that the built-in scenarios run on: small, and each with an invariant that can be checked. */
import * as z from 'zod'
import { actor } from '#runtime/definition.ts'
import { Unavailable } from '#runtime/errors.ts'

export const hoppers = 24
export const accounts = 12

/** Counts what it is told; its total is what callers were promised. */
export const counter = actor(
  'counter',
  {
    state: z.object({ total: z.int().default(0), last: z.string().nullable().default(null) }).prefault({}),
    messages: {
      add: { input: z.object({ by: z.int(), note: z.string().optional() }), reply: z.int() },
      addDurably: { input: z.object({ by: z.int() }), reply: z.int(), delivery: 'durable' },
      addSlowly: { input: z.object({ by: z.int() }), reply: z.int() },
      get: { reply: z.int() },
    },
  },
  {
    add(state, { by, note }) {
      state.total += by
      state.last = note ?? null
      return state.total
    },
    addDurably(state, { by }) {
      state.total += by
      return state.total
    },
    async addSlowly(state, { by }) {
      await Promise.resolve()
      state.total += by
      await Promise.resolve()
      return state.total
    },
    get: (state) => state.total,
  },
)

/** Hands tokens on at random, now and then two at once, with a priority or a delay. */
export const hopper = actor(
  'hopper',
  {
    state: z
      .object({ seen: z.int().default(0), byToken: z.record(z.string(), z.int()).default({}) })
      .prefault({}),
    messages: { pass: { input: z.object({ token: z.string(), hops: z.int() }) } },
  },
  {
    pass(state, { token, hops }, ctx) {
      state.seen += 1
      state.byToken[token] = hops
      if (Object.keys(state.byToken).length > 5) state.byToken = {}
      if (hops <= 0) return
      const next = hopper.at(String(Math.floor(ctx.random() * hoppers)))
      const chance = ctx.random()
      if (chance < 0.05)
        ctx.send(next.pass({ token, hops: hops - 1 }), { delay: Math.floor(ctx.random() * 2_000) })
      else if (chance < 0.1)
        ctx.send(next.pass({ token, hops: hops - 1 }), { priority: Math.floor(ctx.random() * 3) - 1 })
      else ctx.send(next.pass({ token, hops: hops - 1 }))
      if (chance > 0.98) ctx.send(next.pass({ token: `${token}+`, hops: 0 }))
    },
  },
)

/** Moves money: the sum over all accounts is always what it was. */
export const account = actor(
  'account',
  {
    state: z.object({ balance: z.int().default(100), moves: z.int().default(0) }).prefault({}),
    messages: {
      transfer: {
        input: z.object({ to: z.string(), amount: z.int() }),
        reply: z.int(),
        error: z.object({ balance: z.int() }),
      },
      deposit: { input: z.object({ amount: z.int() }) },
    },
  },
  {
    transfer(state, { to, amount }, ctx) {
      if (state.balance < amount) ctx.refuse('not enough', { balance: state.balance })
      state.balance -= amount
      state.moves += 1
      ctx.send(account.at(to).deposit({ amount }))
      return state.balance
    },
    async deposit(state, { amount }) {
      await Promise.resolve()
      state.balance += amount
      state.moves += 1
    },
  },
)

/** Sets, replaces and takes back timers; each that is left fires once. */
export const alarm = actor(
  'alarm',
  {
    state: z
      .object({
        set: z.int().default(0),
        rung: z.int().default(0),
        ticks: z.int().default(0),
        never: z.int().default(0),
      })
      .prefault({}),
    messages: {
      set: { input: z.object({ ms: z.int(), name: z.string() }) },
      setThenCancel: { input: z.object({ ms: z.int() }) },
      startTicking: { input: z.object({ every: z.string() }) },
      stopTicking: {},
      ring: {},
      ringNever: {},
      tick: {},
    },
  },
  {
    set(state, { ms, name }, ctx) {
      state.set += 1
      ctx.after(ms, alarm.at(ctx.key).ring(), { name })
    },
    setThenCancel(_state, { ms }, ctx) {
      ctx.after(ms, alarm.at(ctx.key).ringNever(), { name: 'never' })
      ctx.cancel('never')
    },
    startTicking(_state, { every }, ctx) {
      ctx.every(every, alarm.at(ctx.key).tick(), { name: 'ticking' })
    },
    stopTicking(_state, _input, ctx) {
      ctx.cancel('ticking')
    },
    ring(state) {
      state.rung += 1
    },
    ringNever(state) {
      state.never += 1
    },
    tick(state) {
      state.ticks += 1
    },
  },
)

/** Fails as it is told: a few times, for ever, or because the world is not ready. */
export const flaky = actor(
  'flaky',
  {
    state: z.object({ done: z.int().default(0), order: z.array(z.int()).default([]) }).prefault({}),
    messages: {
      work: {
        input: z.object({
          number: z.int(),
          failures: z.int(),
          how: z.enum(['bug', 'unavailable', 'refuse']),
        }),
      },
    },
    supervision: { attemptsMax: 3, backoff: { first: '50ms', max: '2s', factor: 3 } },
  },
  {
    work(state, { number, failures, how }, ctx) {
      if (ctx.attempt <= failures) {
        if (how === 'refuse') ctx.refuse(`number ${number} is not wanted`)
        if (how === 'unavailable') throw new Unavailable('not yet')
        throw new Error(`bug in number ${number}`)
      }
      state.done += 1
      state.order = [...state.order, number].slice(-20)
    },
  },
)

/** Gives work to a flaky actor, in order. */
export const boss = actor(
  'boss',
  {
    state: z.object({ given: z.int().default(0) }).prefault({}),
    messages: { give: { input: z.object({ to: z.string(), count: z.int(), failing: z.number() }) } },
  },
  {
    give(state, { to, count, failing }, ctx) {
      for (let item = 0; item < count; item += 1) {
        const fails = ctx.random() < failing
        const how = (['bug', 'unavailable', 'refuse'] as const)[Math.floor(ctx.random() * 3)] ?? 'bug'
        const failures = fails ? 1 + Math.floor(ctx.random() * 4) : 0
        ctx.send(flaky.at(to).work({ number: state.given, failures, how }))
        state.given += 1
      }
    },
  },
)

/** Rests after a bug until it is resumed, or ends its state and begins anew. */
export const moody = actor(
  'moody',
  {
    state: z.object({ done: z.int().default(0) }).prefault({}),
    messages: { work: { input: z.object({ breaks: z.boolean() }) }, quit: {} },
    supervision: {
      attemptsMax: 1,
      then: 'park',
      tell: ({ key }) => counter.at(`told-of-${key}`).add({ by: 1 }),
    },
  },
  {
    work(state, { breaks }) {
      if (breaks) throw new Error('it breaks')
      state.done += 1
    },
    quit(_state, _input, ctx) {
      ctx.stop()
    },
  },
)

/** Writes each entry to a table of its own, with SQL in the same commit. */
export const ledger = actor(
  'ledger',
  {
    state: z.object({ entries: z.int().default(0) }).prefault({}),
    messages: { enter: { input: z.object({ id: z.string() }), reply: z.int(), sql: true } },
  },
  {
    async enter(state, { id }, ctx) {
      await ctx.sql('insert into entry (id) values ($1)', [id])
      state.entries += 1
      return state.entries
    },
  },
)

export const kinds = [counter, hopper, account, alarm, flaky, boss, moody, ledger]
