import { expect } from 'chai'
import { Pool, type PoolEnd, type PoolJob } from '#agent/work/pool.ts'
import type { ThreadSays } from '#agent/work/messages.ts'
import { Events } from '../support/events.ts'

type Heard = { readonly kind: 'begun' } | { readonly kind: 'progress' } | { readonly kind: 'log' }

describe('the worker pool', () => {
  let pool: Pool
  afterEach(() => pool.close())

  function open(threads: number, threadMemoryMb = 128): void {
    pool = new Pool({ threads, threadMemoryMb, roots: [] })
  }

  function start(
    tool: string,
    params: unknown = {},
  ): { job: PoolJob; heard: Events<Heard>; all: ThreadSays[] } {
    const heard = new Events<Heard>()
    const all: ThreadSays[] = []
    const job = pool.start({ tool: `selftest.${tool}`, params, attempt: 1 }, (says) => {
      all.push(says)
      heard.push({ kind: says.type })
    })
    return { job, heard, all }
  }

  async function outputOf(job: PoolJob): Promise<unknown> {
    const end = await job.ended
    if (end.how !== 'returned' || !('output' in end.end)) throw new Error(JSON.stringify(end))
    return end.end.output
  }

  it('runs a tool and hands its output back', async () => {
    open(1)
    expect(await outputOf(start('echo', { say: { to: ['you'] } }).job)).to.deep.equal({ to: ['you'] })
  })

  it('tells in order, and the last progress always', async () => {
    open(1)
    const { job, all } = start('progress', { steps: 50, everyMs: 0 })
    await job.ended
    const lines = all.flatMap((says) => (says.type === 'log' ? [says.text] : []))
    expect(lines).to.deep.equal(Array.from({ length: 50 }, (_, index) => `step ${index + 1} of 50`))
    const last = all.filter((says) => says.type === 'progress').at(-1)
    expect(last?.progress.done).to.equal(50)
  })

  it('names a parameter that is not right', async () => {
    open(1)
    const end = await start('sleep', { ms: 'long' }).job.ended
    expect(JSON.stringify(end)).to.include('"class":"fatal"').and.include('at ms')
  })

  it('takes a failure as the tool means it', async () => {
    open(1)
    const end = await start('fail', { class: 'retriable', message: 'not today' }).job.ended
    expect(end).to.deep.equal({
      how: 'returned',
      end: { outcome: 'failed', error: { class: 'retriable', message: 'not today' } },
    })
  })

  it('spreads one job over all of its threads', async () => {
    open(3)
    const burned = (await outputOf(start('cpu', { ms: 600, threads: 3 }).job)) as { threads: number }
    expect(burned.threads).to.equal(3)
    const output = (await outputOf(start('map', { count: 2_000_000, batch: 1_000 }).job)) as {
      sum: string
      batches: number
    }
    expect(output).to.include({ sum: '2666668666667000000', count: 2_000_000 })
    expect(output.batches).to.equal(2_000)
  })

  it('computes the same on one thread', async () => {
    open(1)
    const output = await outputOf(start('map', { count: 2_000_000, batch: 1_000 }).job)
    expect(output).to.deep.equal({ count: 2_000_000, sum: '2666668666667000000', batches: 2_000, threads: 1 })
  })

  it('lets a job in while another one spreads over all threads', async () => {
    open(2)
    const busy = start('cpu', { ms: 60_000, threads: 8 })
    await busy.heard.next('progress')
    expect(await outputOf(start('echo', { say: 'in between' }).job)).to.equal('in between')
    busy.job.stop(5_000)
    expect(await busy.job.ended).to.deep.equal({ how: 'returned', end: { outcome: 'stopped' } })
  })

  describe('told to stop a job', () => {
    for (const [tool, params] of [
      ['sleep', { ms: 60_000 }],
      ['progress', { steps: 100, everyMs: 1_000 }],
      ['cpu', { ms: 60_000, threads: 2 }],
      ['map', { count: 10_000_000, batch: 1 }],
    ] as const) {
      it(`has ${tool} stop by itself`, async () => {
        open(2)
        const { job, heard } = start(tool, params)
        await heard.next(tool === 'progress' ? 'begun' : 'progress')
        job.stop(60_000)
        expect(await job.ended).to.deep.equal({ how: 'returned', end: { outcome: 'stopped' } })
      })
    }

    for (const busy of [false, true]) {
      it(`ends the thread of one that ${busy ? 'is busy and ' : ''}does not listen, and no other`, async () => {
        open(2)
        const deaf = start('hang', { busy })
        const neighbour = start('sleep', { ms: 400 })
        await deaf.heard.next('begun')
        await neighbour.heard.next('begun')
        deaf.job.stop(50)
        expect(await deaf.job.ended).to.deep.equal({ how: 'killed' })
        expect(await outputOf(neighbour.job)).to.deep.equal({ ms: 400 })
        expect(await outputOf(start('echo').job)).to.equal('hello')
      })
    }

    it('forgets one that has not begun', async () => {
      open(1)
      const first = start('hang')
      await first.heard.next('begun')
      const second = start('echo')
      expect(pool.queued).to.equal(1)
      second.job.stop(10_000)
      expect(await second.job.ended).to.deep.equal({ how: 'killed' })
      first.job.stop(0)
      expect(await first.job.ended).to.deep.equal({ how: 'killed' })
      expect(await outputOf(start('echo').job)).to.equal('hello')
    })
  })

  describe('when a tool ends its thread', () => {
    const crashes: [how: string, says: RegExp][] = [
      ['exit', /exited with code: 1/],
      ['throw', /throws where nobody catches/],
      ['memory', /ran out of memory.*--thread-memory-mb/],
    ]
    for (const [how, says] of crashes) {
      it(`says that it crashed (${how}), harms no other job, and goes on`, async () => {
        open(2)
        const neighbour = start('sleep', { ms: 300 })
        const end = await start('crash', { how }).job.ended
        expect(end.how).to.equal('crashed')
        expect(end).to.have.property('message').that.matches(says)
        expect(await outputOf(neighbour.job)).to.deep.equal({ ms: 300 })
        expect(await outputOf(start('echo').job)).to.equal('hello')
      })
    }

    it('runs what waits behind many crashes, on one thread', async () => {
      open(1)
      const ends = Array.from({ length: 10 }, () => start('crash').job.ended)
      const last = start('echo')
      expect((await Promise.all(ends)).map((end: PoolEnd) => end.how)).to.deep.equal(
        Array(10).fill('crashed'),
      )
      expect(await outputOf(last.job)).to.equal('hello')
    })

    it('survives jobs that are stopped while their threads start', async () => {
      open(2)
      for (let round = 0; round < 10; round++) {
        const jobs = [start('hang'), start('hang'), start('hang')]
        for (const { job } of jobs) job.stop(0)
        await Promise.all(jobs.map(({ job }) => job.ended))
      }
      expect(await outputOf(start('echo').job)).to.equal('hello')
    })
  })
})
