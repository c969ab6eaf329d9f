/**
 * The kinds that the built-in scenarios run on: small, and each with an invariant that can be checked. Those that wait
 * for a service are made for each process, with its service; what they declare is made once.
 */
import * as z from 'zod'
import { actor, type Declaration, type Declarations, type Kind } from '#runtime/definition.ts'
import { Unavailable } from '#runtime/errors.ts'
import { noService, type Service } from './service.ts'

type Declared = Declaration<z.ZodType, Declarations>

export const hoppers = 24
export const accounts = 12
export const ledgers = 4

const counting = {
  state: z.object({ total: z.int().default(0), last: z.string().nullable().default(null) }).prefault({}),
  messages: {
    add: { input: z.object({ by: z.int(), note: z.string().optional() }), reply: z.int() },
    addDurably: { input: z.object({ by: z.int() }), reply: z.int(), delivery: 'durable' },
    addSlowly: { input: z.object({ by: z.int() }), reply: z.int() },
    get: { reply: z.int() },
  },
  // Callers hear of a turn that takes too long; here they are to be answered, even by a process that stood still.
  turnTimeout: '2m',
} satisfies Declared

/** Counts what it is told; its total is what callers were promised. */
const counterWith = (service: Service) =>
  actor('counter', counting, {
    add(state, { by, note }) {
      state.total += by
      state.last = note ?? null
      return state.total
    },
    async addDurably(state, { by }) {
      const { total } = state
      await service.call()
      state.total = total + by
      return state.total
    },
    async addSlowly(state, { by }) {
      const { total } = state
      await service.wait()
      state.total = total + by
      await service.wait()
      return state.total
    },
    get: (state) => state.total,
  })
export const counter = counterWith(noService)

const hopping = {
  state: z
    .object({ seen: z.int().default(0), byToken: z.record(z.string(), z.int()).default({}) })
    .prefault({}),
  messages: {
    pass: { input: z.object({ token: z.string(), hops: z.int() }) },
    carry: { input: z.object({ token: z.string(), hops: z.int() }) },
  },
  turnTimeout: '3s',
} satisfies Declared

/** Hands tokens on at random, now and then two at once, slowly, with a priority or a delay. */
const hopperWith = (service: Service) =>
  actor('hopper', hopping, {
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
      else if (chance < 0.2) ctx.send(next.carry({ token, hops: hops - 1 }))
      else ctx.send(next.pass({ token, hops: hops - 1 }))
      if (chance > 0.98) ctx.send(next.pass({ token: `${token}+`, hops: 0 }))
    },
    async carry(state, { token, hops }, ctx) {
      const { seen } = state
      const next = hopper.at(String(Math.floor(ctx.random() * hoppers)))
      ctx.send(next.pass({ token: `${token}-`, hops: 0 }))
      await service.callInVain()
      state.seen = seen + 1
      ctx.send(next.pass({ token, hops: hops - 1 }))
    },
  })
export const hopper = hopperWith(noService)

const banking = {
  state: z.object({ balance: z.int().default(100), moves: z.int().default(0) }).prefault({}),
  messages: {
    transfer: {
      input: z.object({ to: z.string(), amount: z.int() }),
      reply: z.int(),
      error: z.object({ balance: z.int() }),
    },
    deposit: { input: z.object({ amount: z.int() }) },
  },
  turnTimeout: '3s',
} satisfies Declared

/** Moves money: the sum over all accounts is always what it was. */
const accountWith = (service: Service) =>
  actor('account', banking, {
    transfer(state, { to, amount }, ctx) {
      if (state.balance < amount) ctx.refuse('not enough', { balance: state.balance })
      state.balance -= amount
      state.moves += 1
      ctx.send(account.at(to).deposit({ amount }))
      return state.balance
    },
    async deposit(state, { amount }) {
      const { balance } = state
      await service.callInVain()
      state.balance = balance + amount
      state.moves += 1
    },
  })
export const account = accountWith(noService)

const ringing = {
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
  turnTimeout: '3s',
} satisfies Declared

/** Sets, replaces and takes back timers; each that is left fires once. */
const alarmWith = (service: Service) =>
  actor('alarm', ringing, {
    set(state, { ms, name }, ctx) {
      state.set += 1
      ctx.after(ms, alarm.at(ctx.key).ring(), { name })
    },
    async setThenCancel(_state, { ms }, ctx) {
      ctx.after(ms, alarm.at(ctx.key).ringNever(), { name: 'never' })
      await service.callInVain()
      ctx.cancel('never')
    },
    startTicking(_state, { every }, ctx) {
      ctx.every(every, alarm.at(ctx.key).tick(), { name: 'ticking' })
    },
    stopTicking(_state, _input, ctx) {
      ctx.cancel('ticking')
    },
    async ring(state) {
      const { rung } = state
      await service.callInVain()
      state.rung = rung + 1
    },
    ringNever(state) {
      state.never += 1
    },
    tick(state) {
      state.ticks += 1
    },
  })
export const alarm = alarmWith(noService)

const working = {
  state: z.object({ done: z.int().default(0), order: z.array(z.int()).default([]) }).prefault({}),
  messages: {
    work: {
      input: z.object({
        number: z.int(),
        failures: z.int(),
        how: z.enum(['bug', 'unavailable', 'refuse']),
        slow: z.boolean(),
      }),
    },
  },
  supervision: { attemptsMax: 3, backoff: { first: '50ms', max: '2s', factor: 3 } },
} satisfies Declared

/** Fails as it is told: a few times, for ever, or because the world is not ready; at once, or after a while. */
const flakyWith = (service: Service) =>
  actor('flaky', working, {
    work(state, { number, failures, how, slow }, ctx) {
      const work = () => {
        if (ctx.attempt <= failures) {
          if (how === 'refuse') ctx.refuse(`number ${number} is not wanted`)
          if (how === 'unavailable') throw new Unavailable('not yet')
          throw new Error(`bug in number ${number}`)
        }
        state.done += 1
        state.order = [...state.order, number].slice(-20)
      }
      return slow ? service.wait().then(work) : work()
    },
  })
export const flaky = flakyWith(noService)

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
        ctx.send(flaky.at(to).work({ number: state.given, failures, how, slow: ctx.random() < 0.3 }))
        state.given += 1
      }
    },
  },
)

const moods = {
  state: z.object({ done: z.int().default(0) }).prefault({}),
  messages: { work: { input: z.object({ breaks: z.boolean() }) }, quit: {} },
  supervision: {
    attemptsMax: 1,
    then: 'park',
    tell: ({ key }: { key: string }) => counter.at(`told-of-${key}`).add({ by: 1 }),
  },
} satisfies Declared

/** Rests after a bug until it is resumed, or ends its state and begins anew. */
const moodyWith = (service: Service) =>
  actor('moody', moods, {
    async work(state, { breaks }) {
      const { done } = state
      await service.wait()
      if (breaks) throw new Error('it breaks')
      state.done = done + 1
    },
    quit(_state, _input, ctx) {
      ctx.stop()
    },
  })
export const moody = moodyWith(noService)

const entering = {
  state: z.object({ entries: z.int().default(0) }).prefault({}),
  messages: { enter: { input: z.object({ id: z.string() }), reply: z.int(), sql: true } },
} satisfies Declared

/** Writes each entry to a table of its own, with SQL in the same commit. */
const ledgerWith = (service: Service) =>
  actor('ledger', entering, {
    async enter(state, { id }, ctx) {
      const { entries } = state
      await ctx.sql('insert into entry (id) values ($1)', [id])
      await service.wait()
      state.entries = entries + 1
      return state.entries
    },
  })
export const ledger = ledgerWith(noService)

/** All kinds, in a process that meets this service. */
export const kindsWith = (service: Service): readonly Kind[] => [
  counterWith(service),
  hopperWith(service),
  accountWith(service),
  alarmWith(service),
  flakyWith(service),
  boss,
  moodyWith(service),
  ledgerWith(service),
]
