import { expect } from 'chai'
import * as z from 'zod'
import { actor, type Log } from '#runtime/index.ts'
import { useRuntime } from './use-runtime.ts'

const levels = ['debug', 'info', 'warn', 'error'] as const
const diary = actor(
  'diary',
  {
    state: z.object({}).prefault({}),
    messages: { note: { input: z.string(), reply: z.string() }, noteLater: { reply: z.string() }, pass: {} },
  },
  {
    note(_state, text, ctx) {
      for (const level of levels) ctx.log[level](text, { by: level, actor: 'someone else' })
      ctx.log.info('and nothing beside it')
      return ctx.trace
    },
    async noteLater(_state, _input, ctx) {
      await Promise.resolve()
      ctx.log.info('later')
      return ctx.trace
    },
    pass(_state, _input, ctx) {
      ctx.send(diary.at('next').noteLater())
    },
  },
)

type Line = readonly [level: string, line: string, facts: Readonly<Record<string, unknown>>]
const lines: Line[] = []
const write =
  (level: string) =>
  (line: string, facts: Line[2] = {}) =>
    void lines.push([level, line, facts])
const log: Log = { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') }

describe('what a handler logs', () => {
  const runtime = useRuntime({ kinds: [diary], log })

  it('carries actor, message and trace with every line, beside its own facts', async () => {
    const trace = await runtime.get.node.ask(diary.at('a').note('dear diary'))
    const facts = { actor: 'diary/a', message: 'note', trace }
    expect(trace).to.match(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/)
    expect(lines.filter(([, line]) => line === 'dear diary')).to.deep.equal(
      levels.map((level) => [level, 'dear diary', { by: level, ...facts }]),
    )
    expect(lines.filter(([, line]) => line === 'and nothing beside it')).to.deep.equal([
      ['info', 'and nothing beside it', facts],
    ])
  })

  it('follows a message from actor to actor by its trace', async () => {
    const trace = `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01`
    await runtime.get.node.send(diary.at('b').pass(), { trace })
    await runtime.get.turns('diary/next', 1)
    const [, , facts] = lines.find(([, line]) => line === 'later') ?? []
    expect(facts).to.include({ actor: 'diary/next', message: 'noteLater' })
    expect(facts?.['trace']).to.match(new RegExp(`^00-${'1'.repeat(32)}-`))
  })
})
