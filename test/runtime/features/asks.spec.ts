import { expect } from 'chai'
import * as z from 'zod'
import { actor, OutcomeUnknown, Refused } from '#runtime/index.ts'
import { errorOf, gate, useRuntime } from './use-runtime.ts'

let door = gate()

const account = actor(
  'account',
  {
    state: z.object({ cents: z.int().default(100) }).prefault({}),
    messages: {
      withdraw: {
        input: z.int().positive(),
        reply: z.int(),
        error: z.object({ missing: z.int() }),
      },
      withdrawLater: { input: z.int().positive(), reply: z.int() },
      refuseOddly: { error: z.object({ missing: z.int() }) },
      transfer: { input: z.int(), reply: z.int(), delivery: 'durable' },
      balance: { reply: z.int() },
    },
  },
  {
    withdraw(state, cents, ctx) {
      state.cents -= cents
      if (state.cents < 0) ctx.send(ctx.self.transfer(1000))
      if (state.cents < 0) ctx.refuse('not enough', { missing: -state.cents })
      return state.cents
    },
    async withdrawLater(state, cents) {
      await door.opened
      state.cents -= cents
      return state.cents
    },
    refuseOddly(_state, _input, ctx) {
      ctx.refuse('no', { missing: 'much' })
    },
    transfer(state, cents) {
      state.cents += cents
      return state.cents
    },
    balance: (state) => state.cents,
  },
)

describe('an ask', () => {
  const runtime = useRuntime({ kinds: [account] })
  beforeEach(() => {
    door = gate()
  })
  afterEach(() => door.open())

  it('that is refused hears why, with the declared detail, and changes nothing', async () => {
    const { node } = runtime.get
    const error = await errorOf(node.ask(account.at('poor').withdraw(130)))
    expect(error).to.be.instanceOf(Refused)
    expect(error).to.deep.include({ code: 'refused', message: 'not enough', detail: { missing: 30 } })
    expect(await node.ask(account.at('poor').balance())).to.equal(100)
    expect(await node.deadLetters({ key: 'poor' })).to.deep.equal([])
  })

  it('that is refused with a detail of another shape hears that it is so', async () => {
    const error = await errorOf(runtime.get.node.ask(account.at('odd').refuseOddly()))
    expect(error.message).to.include('no (its detail does not parse: missing: ')
  })

  it('is answered after its effects are committed', async () => {
    const { node, sql } = runtime.get
    await node.ask(account.at('kept').transfer(10))
    const [row] = await sql("select state from runtime.actor where key = 'kept'")
    expect(JSON.parse(String(row?.['state']))).to.deep.equal({ cents: 110 })
  })

  it('that hears nothing in time is neither done nor undone, and says so', async () => {
    const { node, seen } = runtime.get
    const error = await errorOf(node.ask(account.at('slow').withdrawLater(10), { timeout: '30ms' }))
    expect(error).to.be.instanceOf(OutcomeUnknown)
    expect(error.message).to.equal(
      "account/slow has not answered 'withdrawLater' within 30 ms: it may have happened or not",
    )
    door.open()
    await seen({ type: 'turn', actor: 'account/slow' })
    expect(await node.ask(account.at('slow').balance())).to.equal(90)
  })

  it('that has not begun when nobody waits any more is not run', async () => {
    const { node, seen, witness } = runtime.get
    const first = node.ask(account.at('busy').withdrawLater(10))
    const late = await errorOf(node.ask(account.at('busy').withdraw(50), { timeout: '30ms' }))
    expect(late).to.be.instanceOf(OutcomeUnknown)
    // The end of the caller's patience and the deadline are read from two clocks.
    await node.send(account.at('hourglass').transfer(1), { delay: '50ms' })
    await seen({ type: 'turn', actor: 'account/hourglass' })
    door.open()
    await first
    expect(await node.ask(account.at('busy').balance())).to.equal(90)
    expect(witness().matching({ type: 'turn', actor: 'account/busy', message: 'withdraw' })).to.deep.equal([])
  })

  it('that can not be made fails at once, and nobody waits for it', async () => {
    const { node } = runtime.get
    const withdraw = account.at('odd').withdraw(10)
    const broken = { ...withdraw, input: 10n }
    for (const [ask, reason] of [
      [node.ask(withdraw, { trace: 'none' }), "'none' is no W3C traceparent"],
      [node.ask(withdraw, { requestId: 'a\0b' }), 'a request id holds at most 256 characters'],
      [node.ask(broken as never), "account/odd can't take 'withdraw'"],
    ] as const)
      expect((await errorOf(ask)).message).to.include(reason)
    expect(node.metrics().asksWaiting).to.equal(0)
  })

  it('that is durable is handled and answered', async () => {
    expect(await runtime.get.node.ask(account.at('firm').transfer(5))).to.equal(105)
  })

  it('repeated with its request id is answered and not run again', async () => {
    const { node } = runtime.get
    const withdraw = account.at('twice').withdrawLater(10)
    const asked = [1, 2, 3].map(() => node.ask(withdraw, { requestId: 'w 1' }))
    door.open()
    expect(await Promise.all(asked)).to.deep.equal([90, 90, 90])
    expect(await node.ask(withdraw, { requestId: 'w 1' })).to.equal(90)
    expect(await node.ask(withdraw, { requestId: 'w 2' })).to.equal(80)
  })

  it('repeated after a refusal runs again', async () => {
    const { node } = runtime.get
    const error = await errorOf(node.ask(account.at('again').withdraw(130), { requestId: 'w 3' }))
    expect(error).to.be.instanceOf(Refused)
    await node.ask(account.at('again').transfer(50))
    expect(await node.ask(account.at('again').withdraw(130), { requestId: 'w 3' })).to.equal(20)
  })
})

describe('an ask repeated at another node, after the first has gone', () => {
  const runtime = useRuntime({ kinds: [account] })
  it('is answered and not run again', async () => {
    const { node } = runtime.get
    const withdraw = account.at('moved').withdraw(10)
    expect(await node.ask(withdraw, { requestId: 'w 1' })).to.equal(90)
    const second = await runtime.get.start({ kinds: [account], name: 'second' })
    await node.stop()
    expect(await second.ask(withdraw, { requestId: 'w 1' })).to.equal(90)
  })
})

describe('a send', () => {
  const runtime = useRuntime({ kinds: [account] })
  it('with a dedupe key is made once, also when it is tried again at another node', async () => {
    const { node } = runtime.get
    const transfer = account.at('once').transfer(1)
    await node.send(transfer, { dedupe: 'hook 1' })
    await node.send(transfer, { dedupe: 'hook 1' })
    const second = await runtime.get.start({ kinds: [account], name: 'second' })
    await second.send(transfer, { dedupe: 'hook 1' })
    await second.send(transfer, { dedupe: 'hook 2' })
    await runtime.get.turns('account/once', 2)
    expect(await node.ask(account.at('once').balance())).to.equal(102)
  })
})
