import { expect } from 'chai'
import { silent } from '#runtime/log.ts'
import { Link } from '#runtime/postgres/link.ts'
import { Buckets } from '#server/link/limits.ts'
import { LoadGauge } from '#server/link/load-gauge.ts'
import { LogKeeper } from '#server/link/log-keeper.ts'
import { Mail } from '#server/link/mail.ts'
import type { Frame } from '#specs/agent-link.ts'
import { newId } from '#specs/ids.ts'
import { freshDatabase } from '#test/support/database.ts'
import { useBorder } from './border.ts'
import { load } from './test-agent.ts'

describe('a bucket', () => {
  it('lets through what it holds, then as much as flows in', () => {
    let now = 0
    const buckets = new Buckets({ most: 3, perSecond: 2 }, () => now)
    const taken = () => {
      try {
        buckets.take('one', 'Too much.')
        return true
      } catch {
        return false
      }
    }
    expect([taken(), taken(), taken(), taken()]).to.deep.equal([true, true, true, false])
    now = 500
    expect([taken(), taken()]).to.deep.equal([true, false])
    expect(() => buckets.take('one', 'Too much.')).to.throw('Too much. Wait 500 ms')
    buckets.take('another', 'Too much.')
  })
})

describe("an agent's load", () => {
  it('is told at first, and then when it has changed by a step', () => {
    let now = 0
    const gauge = new LoadGauge(() => now)
    expect(gauge.read(load)).to.equal(true)
    now = 60_000
    expect(gauge.read({ ...load, cpuPercent: load.cpuPercent + 15 })).to.equal(false)
    expect(gauge.read({ ...load, cpuPercent: load.cpuPercent + 25 })).to.equal(true)
    now += 1_000
    expect(gauge.read(load)).to.equal(false)
    expect(gauge.latest).to.deep.equal(load)
  })

  it('is told when a disk has come, or has become a good deal fuller', () => {
    let now = 0
    const gauge = new LoadGauge(() => now)
    const withDisk = (path: string, freeBytes: number) => {
      now += 60_000
      return gauge.read({ ...load, disks: [{ path, freeBytes, totalBytes: 1_000 }] })
    }
    gauge.read(load)
    expect(withDisk('/photos', 500)).to.equal(true)
    expect(withDisk('/photos', 460)).to.equal(false)
    expect(withDisk('/photos', 440)).to.equal(true)
    expect(withDisk('/volume1', 440)).to.equal(true)
  })
})

describe('what waits for an agent that calls', () => {
  const offer = { job: 'a', attempt: 1, tool: 't', params: null, attemptMs: 0, stallMs: 0, acceptMs: 60_000 }
  const cancel = { job: 'a', attempt: 1, graceMs: 1, reason: 'enough' }

  it('is handed out once, and an offer that is over not at all', () => {
    const mail = new Mail()
    mail.offer(offer)
    mail.offer({ ...offer, job: 'b', acceptMs: 0 })
    expect(mail.takeOffers().map(({ job }) => job)).to.deep.equal(['a'])
    expect(mail.takeOffers()).to.deep.equal([])
  })

  it('if it is a cancel is repeated while the agent runs the job', () => {
    const mail = new Mail()
    mail.cancel(cancel)
    expect(mail.cancelsFor([])).to.deep.equal([cancel])
    mail.cancel(cancel)
    expect(mail.cancelsFor([{ job: 'a', attempt: 1 }])).to.deep.equal([cancel])
    expect(mail.cancelsFor([{ job: 'a', attempt: 1 }])).to.deep.equal([cancel])
    expect(mail.cancelsFor([])).to.deep.equal([])
  })

  it('wakes the call that waits for it', async () => {
    const mail = new Mail()
    const news = mail.news(60_000, new AbortController().signal)
    mail.offer(offer)
    await news
    const gone = new AbortController()
    const nothing = new Mail().news(60_000, gone.signal)
    gone.abort()
    await nothing
  })
})

describe('log lines', () => {
  const line = (seq: number, given: Partial<Frame> = {}) =>
    ({ type: 'log', seq, at: 1_000, level: 'info', text: `line ${seq}`, ...given }) as Frame

  it('are kept whatever is in them, each once', async () => {
    const database = await freshDatabase()
    const link = new Link({ url: database.url, schema: 'product', applicationName: 'spec' }, 5_000)
    const keeper = new LogKeeper({ link, log: silent, everyMs: 1 })
    const job = newId('job')
    keeper.add('team', job, 1, [line(1), line(2, { at: 1e15 }), line(3, { text: 'a\0b\ud800' })])
    keeper.add('team', job, 1, [line(1), line(4)])
    await keeper.stop()
    const pool = database.pool({ schema: 'product' })
    const { rows } = await pool.query<{ seq: number; text: string }>(
      'select seq, text from job_log order by seq',
    )
    expect(rows.map(({ seq }) => seq)).to.deep.equal([1, 2, 3, 4])
    expect(rows[2]?.text).to.equal('a\ufffdb\ufffd')
    await pool.end()
    await link.close()
    await database.drop()
  })

  it('of one attempt are kept up to a limit, and the last says so', async () => {
    const database = await freshDatabase()
    const link = new Link({ url: database.url, schema: 'product', applicationName: 'spec' }, 5_000)
    const keeper = new LogKeeper({ link, log: silent, everyMs: 1 })
    const job = newId('job')
    for (let from = 1; from <= 21_000; from += 500) {
      keeper.add(
        'team',
        job,
        1,
        Array.from({ length: 500 }, (_, at) => line(from + at)),
      )
      // What another team says of it is nothing.
      keeper.end('another team', job, 1)
    }
    await keeper.stop()
    const pool = database.pool({ schema: 'product' })
    const { rows } = await pool.query<{ seq: number; text: string }>(
      'select seq, text from job_log order by seq desc',
    )
    expect(rows).to.have.length(20_000)
    expect(rows[0]?.text).to.include('no more are kept')
    await pool.end()
    await link.close()
    await database.drop()
  })
})

describe('the signs of life of many agents', () => {
  const border = useBorder()

  it('are written in one statement', async () => {
    const agents = await Promise.all(Array.from({ length: 40 }, () => border.get.agent()))
    await border.get.until(
      async () => (await border.get.sql('select from presence where server is null')).length === 0,
    )
    const [{ from } = { from: 0 }] = await border.get.sql<{ from: number }>(
      'select clock_timestamp() as from',
    )
    await Promise.all(agents.map((agent) => agent.beat()))
    const written = () =>
      border.get.sql<{ transactions: number; agents: number }>(
        'select count(distinct xmin::text)::int as transactions, count(*)::int as agents from presence where seen_at > to_timestamp($1 / 1000.0)',
        [from],
      )
    await border.get.until(async () => (await written())[0]?.agents === 40)
    expect((await written())[0]?.transactions).to.be.below(3)
  })
})
