import { expect } from 'chai'
import type { Frame } from '#specs/agent-link.ts'
import { type RingLimits, Rings } from '#server/live/rings.ts'

function frames(from: number, to: number): Frame[] {
  return Array.from({ length: to - from + 1 }, (_, at) => ({
    type: 'log',
    seq: from + at,
    at: 0,
    level: 'info',
    text: `line ${from + at}`,
  }))
}
const numbers = (taken: readonly Frame[]) => taken.map(({ seq }) => seq)
const limits: RingLimits = { framesMax: 10, bytesMax: 1_000_000, keepEndedMs: 1_000 }

describe('the frames of an attempt', () => {
  it('are kept in their order, each once', () => {
    const rings = new Rings(limits)
    expect(numbers(rings.add('job', 1, frames(1, 3)))).to.deep.equal([1, 2, 3])
    expect(numbers(rings.add('job', 1, frames(2, 5)))).to.deep.equal([4, 5])
    expect(rings.after('job', null)).to.deep.equal({ attempt: 1, frames: frames(1, 5), whole: true })
  })

  it('are told from the place on that the asker has reached', () => {
    const rings = new Rings(limits)
    rings.add('job', 1, frames(1, 5))
    expect(rings.after('job', { attempt: 1, seq: 3 })?.frames).to.deep.equal(frames(4, 5))
    expect(rings.after('job', { attempt: 1, seq: 5 })).to.deep.equal({ attempt: 1, frames: [], whole: true })
  })

  it('are not whole where older ones are gone', () => {
    const rings = new Rings(limits)
    rings.add('job', 1, frames(1, 30))
    const known = rings.after('job', { attempt: 1, seq: 5 })
    expect(known?.whole).to.equal(false)
    expect(numbers(known?.frames ?? [])).to.deep.equal(numbers(frames(21, 30)))
    expect(rings.after('job', { attempt: 1, seq: 20 })?.whole).to.equal(true)
  })

  it('become whole with what the agent has kept', () => {
    const rings = new Rings(limits)
    rings.add('job', 1, frames(7, 9))
    expect(rings.after('job', null)?.whole).to.equal(false)
    rings.prepend('job', 1, frames(1, 6))
    expect(rings.after('job', null)).to.deep.equal({ attempt: 1, frames: frames(1, 9), whole: true })
  })

  it('begin anew where some are missing', () => {
    const rings = new Rings(limits)
    rings.add('job', 1, frames(1, 3))
    rings.add('job', 1, frames(6, 7))
    expect(rings.after('job', { attempt: 1, seq: 3 })).to.deep.equal({
      attempt: 1,
      frames: frames(6, 7),
      whole: false,
    })
  })

  it('make way for those of the next attempt, and a late one of the last is nothing', () => {
    const rings = new Rings(limits)
    rings.add('job', 1, frames(1, 3))
    expect(numbers(rings.add('job', 2, frames(1, 1)))).to.deep.equal([1])
    expect(rings.add('job', 1, frames(4, 4))).to.deep.equal([])
    expect(rings.after('job', { attempt: 1, seq: 3 })).to.deep.equal({
      attempt: 2,
      frames: frames(1, 1),
      whole: true,
    })
  })

  it('stay for a while after its end', () => {
    let now = 0
    const rings = new Rings(limits, () => now)
    rings.add('job', 1, frames(1, 3))
    rings.end('job')
    now = 900
    rings.add('other', 1, frames(1, 1))
    expect(rings.after('job', null)?.frames).to.have.length(3)
    now = 1_100
    rings.add('other', 1, frames(2, 2))
    expect(rings.after('job', null)).to.equal(null)
  })

  it('of the quietest go first when memory is short, and none is left uncounted', () => {
    const rings = new Rings({ ...limits, bytesMax: 1_500 })
    for (const job of ['a', 'b', 'c']) rings.add(job, 1, frames(1, 3))
    expect(rings.after('a', null)).to.equal(null)
    expect(rings.after('c', null)?.frames).to.have.length(3)
    expect(rings.bytes).to.be.within(1, 1_500)
    rings.add('b', 2, frames(1, 1))
    for (const job of ['b', 'c']) rings.end(job)
    const bytes = rings.bytes
    rings.add('b', 2, frames(5, 5))
    expect(rings.bytes).to.equal(bytes)
  })
})
