import { expect } from 'chai'
import { RateLimit } from '#server/rest/rate-limit.ts'
import { startRest } from '../../support/rest.ts'

describe('a limit per minute', () => {
  let now = 0
  const clock = { now: () => now }
  const allowed = (limit: RateLimit, caller: string) => limit.take(caller).refusal === undefined
  beforeEach(() => (now = 1_000_000))

  it('lets as many through as it says, and then none', () => {
    const limit = new RateLimit(100, clock)
    const results = Array.from({ length: 150 }, () => allowed(limit, 'a'))
    expect(results.filter(Boolean)).to.have.length(100)
    expect(results.indexOf(false)).to.equal(100)
  })

  it('counts callers one by one', () => {
    const limit = new RateLimit(1, clock)
    expect([allowed(limit, 'a'), allowed(limit, 'b'), allowed(limit, 'a')]).to.deep.equal([true, true, false])
  })

  it('lets the caller in again after the time that it names', () => {
    for (const startAt of [0, 59_000, 30_000]) {
      now = 10_000_000 + startAt
      const limit = new RateLimit(10, clock)
      for (let index = 0; index < 10; index++) limit.take('a')
      const { refusal } = limit.take('a')
      now += refusal?.retryAfterMs ?? 0
      expect(allowed(limit, 'a'), `from ${startAt}`).to.equal(true)
    }
  })

  it('lets no more than twice as many through in any minute, however they are timed', () => {
    const limit = new RateLimit(10, clock)
    const times: number[] = []
    for (let index = 0; index < 3_000; index++) {
      now += 100
      if (allowed(limit, 'a')) times.push(now)
    }
    const most = Math.max(
      ...times.map((from) => times.filter((at) => at >= from && at < from + 60_000).length),
    )
    expect(most).to.be.within(10, 20)
    expect(times.length / 5).to.be.within(9, 15)
  })

  it('does not count what it refuses', () => {
    const limit = new RateLimit(5, clock)
    for (let index = 0; index < 1_000; index++) limit.take('a')
    now += 120_000
    expect(allowed(limit, 'a')).to.equal(true)
  })

  it('holds no more callers than it may', () => {
    const limit = new RateLimit(1, clock)
    for (let index = 0; index < 100_000; index++) limit.take(`caller ${index}`)
    expect(allowed(limit, 'one more')).to.equal(true)
    expect(allowed(limit, 'yet another')).to.equal(false)
  })
})

describe('too many requests', () => {
  it('without proof of who calls are refused per address, and say when to come back', async () => {
    const system = await startRest({ limits: { anonymousPerMinute: 5 }, trustedProxies: ['127.0.0.0/8'] })
    try {
      const from = (ip: string) => system.anyone.try('me', { headers: { 'x-forwarded-for': ip } })
      for (let index = 0; index < 5; index++) {
        const { status, headers } = await from('10.0.0.1')
        expect(status).to.equal(401)
        expect(headers.get('ratelimit-limit')).to.equal('5')
        expect(headers.get('ratelimit-remaining')).to.equal(String(4 - index))
      }
      const { status, headers } = await from('10.0.0.1')
      expect(status).to.equal(429)
      // Five calls of five slide out one by one in the minute after the one that they were made in: the first after a fifth of it.
      expect(Number(headers.get('retry-after'))).to.be.within(1, 72)
      expect(headers.get('ratelimit-remaining')).to.equal('0')
      expect(Number(headers.get('ratelimit-reset'))).to.be.within(0, 60)
      expect((await from('10.0.0.2')).status).to.equal(401)
    } finally {
      await system.stop()
    }
  })

  it('can not be hidden behind an invented X-Forwarded-For', async () => {
    const system = await startRest({ limits: { anonymousPerMinute: 5 } })
    try {
      const statuses: number[] = []
      for (let index = 0; index < 6; index++)
        statuses.push(
          (await system.anyone.try('me', { headers: { 'x-forwarded-for': `10.0.0.${index}` } })).status,
        )
      expect(statuses).to.deep.equal([401, 401, 401, 401, 401, 429])
    } finally {
      await system.stop()
    }
  })

  it('of one user are refused without holding up another at the same address', async () => {
    const system = await startRest({ limits: { userPerMinute: 5, anonymousPerMinute: 1_000 } })
    try {
      const ada = await system.firstAdmin()
      const eve = await system.user(ada, 'viewer')
      const statuses: number[] = []
      for (let index = 0; index < 6; index++) statuses.push((await eve.api.try('me')).status)
      expect(statuses).to.deep.equal([200, 200, 200, 200, 200, 429])
      expect((await ada.api.try('me')).status).to.equal(200)
    } finally {
      await system.stop()
    }
  })
})
