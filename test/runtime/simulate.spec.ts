import { expect } from 'chai'
import * as z from 'zod'
import { actor } from '#runtime/definition.ts'
import { simulate, simulateSeed, SimulationFailed } from '#runtime/testing/simulate.ts'

const tally = actor(
  'tally',
  {
    state: z.object({ total: z.int().default(0) }).prefault({}),
    messages: {
      add: { input: z.object({ by: z.int() }), reply: z.int() },
      pass: { input: z.object({ hops: z.int() }) },
    },
  },
  {
    add(state, { by }) {
      state.total += by
      return state.total
    },
    pass(state, { hops }, ctx) {
      state.total += 1
      if (hops > 0) ctx.send(tally.at(String(Math.floor(ctx.random() * 10))).pass({ hops: hops - 1 }))
    },
  },
)

describe('a simulation', () => {
  const options = { kinds: [tally], seeds: 3, settings: { leaseMs: 3_000 } }

  it('runs a scenario on a cluster that fails in many ways, and its promises hold', async () => {
    const results = await simulate({ ...options, turnsMin: 100 }, async (cluster) => {
      await Promise.all([1, 2, 3, 4].map(() => cluster.send(tally.at('0').pass({ hops: 30 }))))
      const totals = await Promise.all([1, 2, 3].map((by) => cluster.ask(tally.at('asked').add({ by }))))
      return () => expect(Math.max(...totals)).to.equal(6)
    })
    expect(results.map(({ seed }) => seed)).to.deep.equal([1, 2, 3])
  }).timeout(20_000)

  it('is the same, to the byte, for the same seed', async () => {
    const run = () => simulateSeed(5, options, (cluster) => cluster.send(tally.at('0').pass({ hops: 50 })))
    const [first, second] = [await run(), await run()]
    expect(first.trace.lines(10_000)).to.deep.equal(second.trace.lines(10_000))
    expect(first.trace.hash).to.equal(second.trace.hash)
  }).timeout(20_000)

  it('is another one for another seed', async () => {
    const run = (seed: number) =>
      simulateSeed(seed, options, (cluster) => cluster.send(tally.at('0').pass({ hops: 50 })))
    expect((await run(5)).trace.hash).not.to.equal((await run(6)).trace.hash)
  }).timeout(20_000)

  it('tells with a failure its seed, its faults and what led to it', async () => {
    const failure = await failureOf(async (cluster) => {
      await cluster.ask(tally.at('x').add({ by: 1 }))
      throw new Error('this is wrong')
    })
    expect(failure.message).to.include('seed 9').and.to.include('this is wrong').and.to.include('faults: ')
    expect(failure.message).to.include("turn tally/x 1 'add'").and.to.include('npm run simulate -- --seed 9')
  }).timeout(20_000)

  it('fails where the final check fails', async () => {
    const failure = await failureOf(async () => () => expect(1, 'one').to.equal(2))
    expect(failure.violation.rule).to.equal('the final check holds')
  }).timeout(20_000)

  it('fails where a scenario does not come to its end', async () => {
    const failure = await failureOf(() => new Promise(() => {}))
    expect(failure.violation.what).to.include('the scenario has not come to its end')
  }).timeout(20_000)

  async function failureOf(scenario: Parameters<typeof simulateSeed>[2]): Promise<SimulationFailed> {
    const run = simulateSeed(9, { ...options, faults: [], scenarioMaxMs: 5_000 }, scenario)
    const failure = await run.then(
      () => expect.fail('it held'),
      (error: unknown) => error,
    )
    if (failure instanceof SimulationFailed) return failure
    throw failure
  }
})
