import { expect } from 'chai'
import type pg from 'pg'
import { silent } from '#runtime/log.ts'
import { Reads } from '#server/fleet/reads.ts'
import { JobFeed } from '#server/live/job-feed.ts'
import { TeamFeed } from '#server/live/team-feed.ts'
import type { Delta } from '#specs/live.ts'
import { useBorder } from '../link/border.ts'

describe('what changes while somebody begins to watch', () => {
  let pool: pg.Pool
  after(() => pool.end())
  const border = useBorder()

  /** Reads, and at the end of the first read something happens that the reader has not seen. */
  class Outrun extends Reads {
    happens: (() => Promise<void>) | null = null
    override async job(...of: Parameters<Reads['job']>) {
      return this.#then(await super.job(...of))
    }
    override async pool(...of: Parameters<Reads['pool']>) {
      return this.#then(await super.pool(...of))
    }
    async #then<Read>(read: Read): Promise<Read> {
      const { happens } = this
      this.happens = null
      await happens?.()
      return read
    }
  }
  const outrun = () => new Outrun(pool)
  before(() => (pool = border.get.database.pool({ schema: 'product' })))
  const submit = () => border.get.api.ok('submitJob', { body: { tool: 'selftest.sleep' } })
  const cancel = (job: string) => border.get.api.ok('cancelJob', { params: { job }, body: {} })

  it('to a job is told', async () => {
    const agent = await border.get.agent()
    const { id } = await submit()
    await agent.run()
    const reads = outrun()
    const feed = new JobFeed(border.get.admin.team, id, reads, silent)
    reads.happens = async () => {
      await cancel(id)
      feed.changed()
    }
    const told = Promise.withResolvers<Delta>()
    const { job } = await feed.watch({ send: told.resolve }, undefined)
    expect(job.state).to.equal('running')
    const delta = await told.promise
    expect(delta.topic === 'job' && delta.job.state).to.equal('cancelling')
    feed.stop()
  })

  it('to the pool is told', async () => {
    const reads = outrun()
    const feed = new TeamFeed(border.get.admin.team, reads, silent)
    reads.happens = async () => feed.jobChanged(await submit())
    const told = Promise.withResolvers<Delta>()
    const first = await feed.watchPool({ send: told.resolve })
    expect('pool' in first && first.pool.pending).to.equal(0)
    const delta = await told.promise
    expect(delta.topic === 'pool' && delta.pool.pending).to.equal(1)
    feed.stop()
  })
})
