import { expect } from 'chai'
import fc from 'fast-check'
import { counted, delayMs, judge } from '#actors/job/retry.ts'
import { ErrorClass, Retry } from '#specs/jobs.ts'

const limits = { lossesMax: 5, crashesMax: 3 }
const fresh = { failures: 0, losses: 0, crashes: 0, retry: Retry.parse({}) }
const classes = fc.constantFrom(...ErrorClass.options)
const retries = fc.record({
  attemptsMax: fc.integer({ min: 1, max: 20 }),
  firstMs: fc.integer({ min: 0, max: 10_000 }),
  factor: fc.double({ min: 1, max: 10, noNaN: true }),
  maxMs: fc.integer({ min: 0, max: 300_000 }),
})

/** What becomes of a job whose attempts end like this, one after the other. */
function judgeAll(failures: readonly ErrorClass[], retry = fresh.retry, random = 0.5) {
  let counts = { ...fresh, retry }
  return failures.map((failure) => {
    counts = counted(counts, failure)
    return judge({ class: failure }, counts, limits, random)
  })
}

describe('a failed attempt', () => {
  it('that can never work is the last', () => {
    expect(judgeAll(['fatal'])).to.deep.equal([{ what: 'fail' }])
  })

  it('is followed by another after 1 s, then 2 s, then by none', () => {
    expect(judgeAll(['retriable', 'timeout', 'retriable'])).to.deep.equal([
      { what: 'retry', afterMs: 1_000 },
      { what: 'retry', afterMs: 2_000 },
      { what: 'give_up', why: 'it has failed 3 times' },
    ])
  })

  it('that killed its worker is the last the third time, however many are allowed', () => {
    const many = Retry.parse({ attemptsMax: 20 })
    expect(judgeAll(['crashed', 'retriable', 'crashed', 'crashed'], many).at(-1)).to.deep.equal({
      what: 'give_up',
      why: 'it has crashed its worker 3 times',
    })
  })

  it('that was lost with its agent costs the job none of its own', () => {
    const once = Retry.parse({ attemptsMax: 1 })
    expect(judgeAll(['lost', 'cancelled', 'lost', 'lost'], once)).to.deep.equal(
      Array.from({ length: 4 }, () => ({ what: 'offer_again' })),
    )
  })

  it('is lost with its agent five times at most', () => {
    expect(judgeAll(['lost', 'lost', 'lost', 'lost', 'lost']).at(-1)).to.deep.equal({
      what: 'give_up',
      why: 'it was lost with its agent 5 times',
    })
  })

  it('always comes to an end, whatever follows whatever', () => {
    fc.assert(
      fc.property(fc.array(classes, { minLength: 30, maxLength: 40 }), retries, (failures, retry) => {
        const verdicts = judgeAll(failures, retry)
        expect(verdicts.some(({ what }) => what === 'fail' || what === 'give_up')).to.equal(true)
      }),
    )
  })

  it('is retried no later than a quarter above the limit, and never at once where a delay is wanted', () => {
    fc.assert(
      fc.property(
        retries,
        fc.integer({ min: 1, max: 20 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (retry, failures, random) => {
          const delay = delayMs(retry, failures, random)
          expect(delay).to.be.at.least(Math.floor(0.75 * Math.min(retry.firstMs, retry.maxMs)))
          expect(delay).to.be.at.most(Math.ceil(1.25 * retry.maxMs))
        },
      ),
    )
  })
})
