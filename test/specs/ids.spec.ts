import { expect } from 'chai'
import { AgentId, idOf, JobId, newId, prefixes, type Thing } from '#specs/ids.ts'

describe('an identifier', () => {
  for (const thing of Object.keys(prefixes) as Thing[]) {
    it(`of a ${thing} names its thing and nothing else`, () => {
      expect(newId(thing)).to.match(new RegExp(`^${prefixes[thing]}_[0-9a-z]{26}$`))
      expect(idOf(thing).safeParse(newId(thing)).success).to.equal(true)
    })
  }

  it('is never another', () => {
    const made = Array.from({ length: 10_000 }, () => newId('job'))
    expect(new Set(made).size).to.equal(made.length)
  })

  it('sorts by the time it was made', () => {
    const made = [1, 31, 32, 1_000, 1_700_000_000_000, 1_700_000_000_001].map((now) => newId('job', now))
    expect(made.toSorted()).to.deep.equal(made)
  })

  it('of one thing is none of another', () => {
    expect(AgentId.safeParse(newId('job')).success).to.equal(false)
  })

  for (const wrong of [
    '',
    'job_',
    'job_1',
    `job_${'u'.repeat(26)}`,
    `JOB_${'0'.repeat(26)}`,
    `job_${'0'.repeat(27)}`,
  ]) {
    it(`is not '${wrong}'`, () => {
      expect(JobId.safeParse(wrong).success).to.equal(false)
    })
  }
})
