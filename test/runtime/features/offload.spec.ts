import { expect } from 'chai'
import * as z from 'zod'
import { actor } from '#runtime/index.ts'
import { openPool } from '#runtime/offload.ts'
import { useRuntime } from './use-runtime.ts'

const worker = actor(
  'worker',
  {
    state: z.array(z.int()).prefault([]),
    messages: {
      work: { input: z.object({ task: z.string(), on: z.unknown() }) },
      worked: { input: z.int() },
      throwAfter: { input: z.string() },
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
})
