import { expect } from 'chai'
import fc from 'fast-check'
import { scoreOf, weights } from '#actors/index.ts'
import { liveness, type Load } from '#specs/agents.ts'

const idle: Load = { cpuPercent: 0, memoryPercent: 0, loopLagMs: 0, threads: 4, busyThreads: 0, queued: 0 }
const best = {
  slots: 4,
  free: 4,
  liveness: 'healthy',
  success: 1,
  load: idle,
  recent: 0,
  recentMost: 0,
} as const

describe("an agent's score", () => {
  it('is 1 where nothing could be better', () => {
    expect(scoreOf(best)).to.deep.equal({
      score: 1,
      components: { free: 1, recent: 1, liveness: 1, success: 1, load: 1 },
    })
  })

  it('shows what each component costs', () => {
    const busy = { ...idle, cpuPercent: 50 }
    const had = { recent: 1, recentMost: 3 }
    const { score, components } = scoreOf({ ...best, ...had, free: 2, liveness: 'degraded', load: busy })
    expect(components).to.deep.equal({ free: 0.5, recent: 0.75, liveness: 0.5, success: 1, load: 0.5 })
    expect(score).to.equal(0.625)
  })

  it('weighs components that are 1 together', () => {
    expect(Object.values(weights).reduce((sum, weight) => sum + weight, 0)).to.be.closeTo(1, 1e-9)
  })

  it('is a number from 0 to 1, whatever it is made of', () => {
    const number = fc.oneof(fc.integer({ min: -5, max: 70 }), fc.constant(Number.NaN))
    fc.assert(
      fc.property(
        number,
        number,
        fc.constantFrom(...liveness),
        fc.double(),
        fc.double({ min: 0, noNaN: true }),
        (slots, free, alive, success, recent) => {
          const judged = { slots, free, liveness: alive, success, load: null, recent, recentMost: 2 }
          const { score, components } = scoreOf(judged)
          for (const value of [score, ...Object.values(components)]) expect(value).to.be.within(0, 1)
        },
      ),
    )
  })

  it('takes agents that differ by a breath for equal', () => {
    expect(scoreOf({ ...best, load: { ...idle, cpuPercent: 11 } }).score).to.equal(
      scoreOf({ ...best, load: { ...idle, cpuPercent: 3 } }).score,
    )
  })
})
