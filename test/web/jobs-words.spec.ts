import { expect } from 'chai'
import { jobStates } from '#specs/jobs.ts'
import { typeRows } from '#web/jobs/by-type.ts'
import { perSecond, remainingMs } from '#web/jobs/remaining.ts'
import { jobActions, priorityWord, stateSigns, subjectOf, waitingWords } from '#web/jobs/words.ts'
import { sampleJob } from '../e2e/support/samples.ts'

describe('a job on the screen', () => {
  it('has a word for every state, no two the same', () => {
    const words = jobStates.map((state) => stateSigns[state].word)
    expect(new Set(words).size).to.equal(jobStates.length)
  })

  it('can be cancelled or run again, never both', () => {
    const both = jobStates.filter((state) => jobActions.cancel(state) && jobActions.retry(state))
    expect(both).to.deep.equal([])
  })

  it('is about its folder, or about what it was given', () => {
    expect(subjectOf({ params: { path: '/photos', images: [] } })).to.equal('/photos')
    expect(subjectOf({ params: { ms: 5, say: 'x' } })).to.equal('ms 5, say "x"')
    expect(subjectOf({ params: null })).to.equal('')
  })

  it('says why it waits and where it stands', () => {
    const waiting = { reason: 'agents_busy', detail: 'All agents are busy', position: 3 } as const
    expect(waitingWords(sampleJob({ waiting }))).to.equal('All agents are busy. Place 3 in the queue.')
    expect(waitingWords(sampleJob())).to.equal(null)
  })

  it('has a priority with a name, or a number between', () => {
    expect([25, 50, 75, 100, 60].map(priorityWord)).to.deep.equal(['low', 'normal', 'high', 'critical', '60'])
  })
})

describe('the time that a job still takes', () => {
  const progress = { stage: 'walking', done: 300, total: 900, current: null, message: null }
  const samples = [
    { at: 0, done: 100 },
    { at: 10_000, done: 300 },
  ]

  it('goes by how fast it went lately', () => {
    expect(perSecond(samples)).to.equal(20)
    expect(remainingMs(progress, samples)).to.equal(30_000)
  })

  it('is unknown without a total, a pace or a past', () => {
    expect(remainingMs({ ...progress, total: null }, samples)).to.equal(null)
    expect(remainingMs(progress, [])).to.equal(null)
    expect(remainingMs(progress, [samples[0]!, { at: 10_000, done: 100 }])).to.equal(null)
    expect(remainingMs(progress, [samples[0]!, { at: 200, done: 300 }])).to.equal(null)
    expect(remainingMs(null, samples)).to.equal(null)
  })
})

describe('the types of files in a folder', () => {
  it('are told the biggest first, with their share', () => {
    const rows = typeRows({
      bytes: 1_000,
      byExtension: {
        '.jpg': { files: 5, bytes: 249 },
        '.nef': { files: 2, bytes: 750 },
        '': { files: 1, bytes: 1 },
      },
    })
    expect(rows.map(({ extension, share }) => [extension, share])).to.deep.equal([
      ['.nef', '75 %'],
      ['.jpg', '24 %'],
      ['without extension', '< 1 %'],
    ])
  })
})
