import { expect } from 'chai'
import type { Job } from '#specs/jobs.ts'
import { queryFrom } from '#web/jobs/filters.ts'
import { jobMerging, jobsMerging, withFrames } from '#web/live/merge.ts'
import { sampleJob } from '../e2e/support/samples.ts'

const at = { epoch: 'one', version: 1 }
const old = sampleJob({ submittedAt: 1_000 })
const young = sampleJob({ submittedAt: 2_000, state: 'running' })

describe('a page of jobs', () => {
  function page(
    query: Parameters<typeof queryFrom>[0],
    jobs: readonly Job[],
    changed: readonly Job[],
    removed: string[] = [],
  ) {
    const merging = jobsMerging(queryFrom(query))
    const before = merging.snapshot({ topic: 'jobs', at, jobs: [...jobs], next: null }, undefined)
    const after = merging.delta({ topic: 'jobs', at, changed: [...changed], removed }, before)
    return after.jobs.map(({ id }) => id)
  }

  it('takes new jobs in, the newest first', () => {
    expect(page({}, [old], [young])).to.deep.equal([young.id, old.id])
  })

  it('takes in only what belongs on it', () => {
    expect(page({ group: 'upcoming' }, [old], [young])).to.deep.equal([old.id])
    expect(page({ tool: 'selftest.echo' }, [], [young])).to.deep.equal([])
  })

  it('loses a job that belongs there no more', () => {
    const done = { ...old, version: 2, state: 'completed' as const }
    expect(page({ group: 'upcoming' }, [old], [done])).to.deep.equal([])
    expect(page({}, [old, young], [], [old.id])).to.deep.equal([young.id])
  })

  it('keeps a job in its newest version', () => {
    const merging = jobsMerging(queryFrom({}))
    const newest = { ...old, version: 3, priority: 75 }
    const before = { jobs: [newest], next: null }
    const { jobs } = merging.delta(
      { topic: 'jobs', at, changed: [{ ...old, version: 2 }], removed: [] },
      before,
    )
    expect(jobs).to.deep.equal([newest])
  })

  it('that is not the first takes no new job in', () => {
    expect(page({ after: 'cursor' }, [old], [young])).to.deep.equal([old.id])
  })

  it('is spent when it has grown to twice its length, or shrunk to half while there are more', () => {
    const merging = jobsMerging({ ...queryFrom({}), limit: 4 })
    const jobs = (count: number) => Array.from({ length: count }, () => old)
    expect([8, 9].map((count) => merging.spent?.({ jobs: jobs(count), next: null }))).to.deep.equal([
      false,
      true,
    ])
    expect(merging.spent?.({ jobs: jobs(1), next: 'more' })).to.equal(true)
    expect(merging.spent?.({ jobs: jobs(1), next: null })).to.equal(false)
  })
})

describe('a job that is watched', () => {
  const frame = { type: 'log', seq: 1, at: 5, level: 'info', text: 'hello' } as const
  const value = jobMerging.snapshot({ topic: 'job', at, job: young, frames: [], attempt: 1 }, undefined)

  it('takes in what its agent tells, and not what another tells', () => {
    const heard = withFrames(value, { job: young.id, attempt: 1, frames: [frame] })
    expect(heard.log.lines.map(({ text }) => text)).to.deep.equal(['hello'])
    expect(withFrames(value, { job: old.id, attempt: 1, frames: [frame] })).to.equal(value)
  })

  it('keeps its log when it changes', () => {
    const heard = withFrames(value, { job: young.id, attempt: 1, frames: [frame] })
    const changed = jobMerging.delta(
      { topic: 'job', at, job: { ...young, version: 2, state: 'completed' } },
      heard,
    )
    expect([changed.job.state, changed.log.lines.length]).to.deep.equal(['completed', 1])
  })

  it('knows when it has missed something that it was told', () => {
    const gap = withFrames(value, { job: young.id, attempt: 1, frames: [frame, { ...frame, seq: 3 }] })
    expect(jobMerging.misses?.(gap)).to.equal(true)
    const whole = jobMerging.snapshot({ topic: 'job', at, job: young, frames: [], attempt: 1 }, gap)
    expect(jobMerging.misses?.(whole)).to.equal(false)
  })
})
