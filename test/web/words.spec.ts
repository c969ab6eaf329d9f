import { expect } from 'chai'
import { bytes, count, percent } from '#web/words/amounts.ts'
import { ago, exactly, lasting, lastingSoFar, left } from '#web/words/time.ts'

const second = 1_000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

describe('a distance in time', () => {
  const cases: [distanceMs: number, words: string][] = [
    [0, 'just now'],
    [1_999, 'just now'],
    [2 * second, '2 s ago'],
    [59_999, '59 s ago'],
    [minute, '1 min ago'],
    [3 * hour + 59 * minute, '3 h ago'],
    [25 * hour, '1 d ago'],
    [59 * day, '59 d ago'],
    [61 * day, '2 months ago'],
    [-5 * minute, 'in 5 min'],
  ]
  for (const [distance, words] of cases) {
    it(`of ${distance} ms is '${words}'`, () => expect(ago(1e12, 1e12 + distance)).to.equal(words))
  }
})

describe('a length of time', () => {
  const cases: [ms: number, words: string][] = [
    [-3, '0.0 s'],
    [420, '0.4 s'],
    [2_000, '2.0 s'],
    [12_340, '12 s'],
    [3 * minute + 20 * second, '3 min 20 s'],
    [2 * hour, '2 h'],
    [2 * hour + 5 * minute + 59 * second, '2 h 5 min'],
    [3 * day + 4 * hour, '3 d 4 h'],
  ]
  for (const [ms, words] of cases) {
    it(`of ${ms} ms is '${words}'`, () => expect(lasting(ms)).to.equal(words))
  }

  it('that goes on is told in whole seconds', () => {
    expect([-5, 999, 9_999, 61_000].map(lastingSoFar)).to.deep.equal(['0 s', '0 s', '9 s', '1 min 1 s'])
  })

  it('that is left is told no more exactly than one can know', () => {
    expect(left(900)).to.equal('a few seconds left')
    expect(left(12_300)).to.equal('about 15 s left')
    expect(left(83_000)).to.equal('about 1 min 23 s left')
    expect(left(22 * minute + 10 * second)).to.equal('about 23 min left')
  })
})

describe('an exact time', () => {
  it('is in the zone of its reader', () => {
    const at = Date.UTC(2026, 10, 21, 12, 0, 0)
    expect(exactly(at, 'en-GB', 'Europe/Vienna'))
      .to.contain('13:00:00')
      .and.to.contain('21 Nov 2026')
    expect(exactly(at, 'en-GB', 'Asia/Tokyo')).to.contain('21:00:00')
  })
})

describe('an amount', () => {
  it('of bytes has three digits at most', () => {
    const words = [0, 999, 1_000, 12_345, 999_499, 999_500, 412_300_000_000].map(bytes)
    expect(words).to.deep.equal(['0 B', '999 B', '1.00 kB', '12.3 kB', '999 kB', '1.00 MB', '412 GB'])
  })

  it('of things says one or many', () => {
    expect([count(0, 'agent'), count(1, 'agent'), count(12_000, 'agent')]).to.deep.equal([
      '0 agents',
      '1 agent',
      '12,000 agents',
    ])
    expect(count(2, 'entry', 'entries')).to.equal('2 entries')
  })

  it('is a hundred percent only when all is done', () => {
    expect([percent(999, 1_000), percent(1_000, 1_000), percent(3, 0), percent(5, 3)]).to.deep.equal([
      99, 100, 0, 100,
    ])
  })
})
