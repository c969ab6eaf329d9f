import { expect } from 'chai'
import * as z from 'zod'
import { actor } from '#runtime/index.ts'
import { openPool } from '#runtime/offload.ts'
import { gate, useRuntime } from './use-runtime.ts'

const worker = actor(
  'worker',
  {
    state: z.array(z.int()).prefault([]),
    messages: {
      work: { input: z.object({ task: z.string(), on: z.unknown() }) },
      worked: { input: z.int() },
      throwAfter: { input: z.string() },
      workOnBigint: { input: z.string() },
      list: { reply: z.array(z.int()) },
    },
    supervision: { attemptsMax: 2, backoff: { first: 1, max: 2, factor: 1 } },
  },
  {
    work(_state, { task, on }, ctx) {
      ctx.offload(task, on, 'worked')
    },
    worked(state, result) {
      state.push(result)
    },
    throwAfter(_state, task, ctx) {
      ctx.offload(task, 1, 'worked')
      throw new Error('no work today')
    },
    workOnBigint(_state, task, ctx) {
      ctx.offload(task, 21n, 'worked')
    },
    list: (state) => state,
  },
)

const task = (name: string) => `${import.meta.resolve('./offload-tasks.ts')}#${name}`

describe('work on the pool', () => {
  const pool = openPool({ threads: 1 })
  const runtime = useRuntime({ kinds: [worker], offload: pool.offload })
  after(() => pool.close())

  it('comes back as a message', async () => {
    const { node, seen } = runtime.get
    await node.ask(worker.at('a').work({ task: task('double'), on: 21 }))
    await seen({ type: 'turn', actor: 'worker/a', message: 'worked' })
    expect(await node.ask(worker.at('a').list())).to.deep.equal([42])
    expect(await runtime.get.sql('select from runtime.deferred')).to.deep.equal([])
  })

  const failures = [
    ['throws', 'fail', 'failed', "worker/b failed on 'worked': can't work on 21"],
    ['is not there', 'absent', 'failed', "exports no function 'absent' for ctx.offload"],
    ['brings what the message can not take', 'text', 'bad_message', "worker/b can't take 'worked': input: "],
  ] as const
  for (const [what, name, cause, reason] of failures) {
    it(`becomes a dead letter where it ${what}`, async () => {
      const { node, witness, seen } = runtime.get
      const before = witness().matching({ type: 'dead' }).length
      await node.ask(worker.at('b').work({ task: task(name), on: 21 }))
      const dead = await seen({ type: 'dead' }, before + 1)
      expect(dead).to.include({ actor: 'worker/b', message: 'worked', cause })
      expect(dead.reason).to.include(reason)
    })
  }

  it('of a turn that throws is not begun', async () => {
    const { node, seen } = runtime.get
    await node.send(worker.at('c').throwAfter(task('double')))
    await seen({ type: 'dead', actor: 'worker/c' })
    expect(await node.ask(worker.at('c').list())).to.deep.equal([])
  })

  it('on what JSON can not hold fails the turn that asks for it, and nobody else', async () => {
    const { node, seen, witness } = runtime.get
    await node.send(worker.at('d').workOnBigint(task('double')))
    const { reason } = await seen({ type: 'dead', actor: 'worker/d' })
    expect(reason).to.include("worker/d failed on 'workOnBigint': ").and.to.include('BigInt')
    expect(witness().matching({ type: 'fenced' })).to.deep.equal([])
  })
})

const clerk = actor(
  'clerk',
  {
    state: z.array(z.int()).prefault([]),
    messages: { work: {}, worked: { input: z.int() }, stumble: {}, list: { reply: z.array(z.int()) } },
    supervision: { attemptsMax: 1, then: 'park' },
  },
  {
    work(_state, _input, ctx) {
      ctx.offload('any', null, 'worked')
    },
    worked(state, result) {
      state.push(result)
    },
    stumble() {
      throw new Error('the floor is wet')
    },
    list: (state) => state,
  },
)

describe('work on the pool for an actor that is parked meanwhile', () => {
  const done = gate()
  let runs = 0
  const offload = async () => {
    await done.opened
    return ++runs
  }
  const runtime = useRuntime({ kinds: [clerk], offload })
  afterEach(() => done.open())

  it('is done again when the actor goes on', async () => {
    const { node, seen, until, sql } = runtime.get
    await node.ask(clerk.at('a').work())
    await node.send(clerk.at('a').stumble())
    await seen({ type: 'parked', actor: 'clerk/a' })
    done.open()
    await until(async () => (await sql("select from runtime.deferred where reason = 'parked'")).length === 1)
    await node.resume({ kind: 'clerk', key: 'a' })
    await seen({ type: 'turn', actor: 'clerk/a', message: 'worked' })
    expect(await node.ask(clerk.at('a').list())).to.deep.equal([2])
    expect(await sql('select from runtime.deferred')).to.deep.equal([])
  })
})
