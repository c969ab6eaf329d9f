import { expect } from 'chai'
import * as fc from 'fast-check'
import type { Frame } from '#specs/agent-link.ts'
import { caughtUp, emptyLog, linesMax, told, withEarlier } from '#web/live/log.ts'

function line(seq: number, text = `line ${seq}`): Frame {
  return { type: 'log', seq, at: seq * 100, level: 'info', text }
}
function step(seq: number, done: number, stage = 'walking'): Frame {
  return {
    type: 'progress',
    seq,
    at: seq * 100,
    progress: { stage, done, total: 100, current: null, message: null },
  }
}
const texts = (log: typeof emptyLog) => log.lines.map(({ text }) => text)

describe("a job's log", () => {
  it('has each line once, in order, however often it is told', () => {
    const log = told(told(emptyLog, 1, [line(1), line(2)]), 1, [line(2), line(3)])
    expect(texts(log)).to.deep.equal(['line 1', 'line 2', 'line 3'])
  })

  it('keeps what came too early, until what is missing has come', () => {
    const gap = told(told(emptyLog, 1, [line(1)]), 1, [line(3)])
    expect(texts(gap)).to.deep.equal(['line 1'])
    expect(gap.ahead.length).to.equal(1)
    const whole = told(gap, 1, [line(2)])
    expect(texts(whole)).to.deep.equal(['line 1', 'line 2', 'line 3'])
    expect(whole.ahead).to.deep.equal([])
  })

  it('goes on over a gap that the server can not fill', () => {
    const asked = caughtUp(told(told(emptyLog, 1, [line(1)]), 1, [line(4)]), 1, [line(3)])
    expect(texts(asked)).to.deep.equal(['line 1', 'line 3', 'line 4'])
    expect(asked.ahead).to.deep.equal([])
  })

  it('begins anew with the next attempt, and keeps the lines of the one before', () => {
    const log = told(told(emptyLog, 1, [line(1), step(2, 50)]), 2, [line(1, 'again')])
    expect(texts(log)).to.deep.equal(['line 1', 'again'])
    expect(log).to.include({ attempt: 2, progress: null })
  })

  it('has no ear for an attempt that is over', () => {
    const log = told(told(emptyLog, 2, [line(1)]), 1, [line(9)])
    expect(texts(log)).to.deep.equal(['line 1'])
  })

  it('keeps as many lines as a page can hold', () => {
    const log = caughtUp(
      emptyLog,
      1,
      Array.from({ length: linesMax + 10 }, (_, at) => line(at + 1)),
    )
    expect(log.lines.length).to.equal(linesMax)
    expect(log.lines[0]?.text).to.equal('line 11')
  })

  it('is put behind what was read from the server, each line once', () => {
    const log = told(emptyLog, 2, [line(1, 'new')])
    const earlier = [
      { seq: 1, attempt: 2, at: 0, level: 'info' as const, text: 'new' },
      { seq: 7, attempt: 1, at: 0, level: 'info' as const, text: 'old' },
    ]
    expect(texts(withEarlier(log, earlier))).to.deep.equal(['old', 'new'])
  })

  it('is the same in whatever pieces it comes', () => {
    const frames = Array.from({ length: 30 }, (_, at) => (at % 4 === 0 ? step(at + 1, at) : line(at + 1)))
    const whole = told(emptyLog, 1, frames)
    const cuts = fc.array(fc.integer({ min: 0, max: 30 }), { maxLength: 6 })
    fc.assert(
      fc.property(cuts, (places) => {
        const bounds = [0, ...places.toSorted((a, b) => a - b), 30]
        // Each piece tells some of the one before once more, and they come in the wrong order.
        const pieces = bounds.slice(1).map((end, at) => frames.slice(Math.max(0, (bounds[at] ?? 0) - 2), end))
        const log = pieces.toReversed().reduce((now, piece) => told(now, 1, piece), emptyLog)
        expect(log.lines).to.deep.equal(whole.lines)
        expect(log.progress).to.deep.equal(whole.progress)
      }),
    )
  })
})

describe("a job's progress", () => {
  it('never goes back within a stage, and begins anew with the next', () => {
    const log = told(emptyLog, 1, [step(1, 40), step(2, 30)])
    expect(log.progress?.done).to.equal(40)
    expect(told(log, 1, [step(3, 1, 'hashing')]).progress).to.include({ done: 1, stage: 'hashing' })
  })

  it('is remembered as far as one needs to tell its pace', () => {
    const log = told(emptyLog, 1, [step(1, 10), step(2, 20), step(3, 0, 'hashing'), step(4, 5, 'hashing')])
    expect(log.samples).to.deep.equal([
      { at: 300, done: 0 },
      { at: 400, done: 5 },
    ])
  })
})
