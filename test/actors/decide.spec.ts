import { expect } from 'chai'
import fc from 'fast-check'
import { decide, inOrder, type Placed, seatOf } from '#actors/coordinator/decide.ts'
import type { Able, Head } from '#actors/coordinator/queue.ts'
import { boundClass } from '#actors/job/state.ts'

const now = 1_000_000
/** Of an agent's share. */
const plenty = 1_000

function head(job: string, given: Partial<Head> = {}): Head {
  const { needs = ['echo'], boundTo = null, place = null } = given
  return {
    job,
    class: boundTo === null ? `${needs.join(' ')} ${place}` : boundClass(boundTo),
    needs,
    rank: 0,
    seq: Number(job.replace(/\D/g, '')) || 0,
    attempt: 0,
    boundTo,
    place: null,
    passedOver: [],
    ...given,
  }
}
function able(agent: string, given: Partial<Able> = {}): Able {
  return {
    agent,
    name: agent,
    slots: 1,
    holding: [],
    abilities: ['echo'],
    places: [],
    liveness: 'healthy',
    success: 1,
    load: null,
    recent: 0,
    grantedAt: 0,
    shareTaken: 0,
    ...given,
  }
}
function decided(
  heads: readonly Head[],
  agents: readonly Able[],
  inFlight: readonly Placed[] = [],
  grantsMax = 128,
) {
  const seats = agents.map((agent) => seatOf(agent, inFlight, plenty, now))
  return decide({ heads, seats, inFlight, now, grantsMax }).map(({ job, agent }) => `${job} -> ${agent}`)
}

describe('a decision about jobs and agents', () => {
  it('gives jobs away in the order of their rank, then of their submission', () => {
    const heads = [head('j3', { rank: 5 }), head('j2', { rank: 5 }), head('j9', { rank: 1 })]
    expect(decided(heads, [able('a'), able('b')])).to.deep.equal(['j9 -> a', 'j2 -> b'])
  })

  it('spreads jobs over equal agents, the one that has rested longest first', () => {
    const agents = [able('a', { slots: 2, grantedAt: 3 }), able('b', { slots: 2, grantedAt: 1 })]
    const heads = ['j1', 'j2', 'j3', 'j4'].map((job) => head(job))
    expect(decided(heads, agents)).to.deep.equal(['j1 -> b', 'j2 -> a', 'j3 -> b', 'j4 -> a'])
  })

  it('gives a degraded agent only what no healthy one can have', () => {
    const agents = [able('weak', { liveness: 'degraded', slots: 9 }), able('well', { slots: 2, success: 0 })]
    const heads = ['j1', 'j2', 'j3'].map((job) => head(job))
    expect(decided(heads, agents)).to.deep.equal(['j1 -> well', 'j2 -> well', 'j3 -> weak'])
  })

  it('gives a bound job to its agent alone, and lets the others go on', () => {
    const heads = [head('j1', { boundTo: 'away' }), head('j2', { boundTo: 'b' }), head('j3')]
    expect(decided(heads, [able('a'), able('b')])).to.deep.equal(['j2 -> b', 'j3 -> a'])
  })

  it('passes over an agent that has just let the job pass, until its time is over', () => {
    const passed = head('j1', { passedOver: [{ agent: 'a', until: now + 1 }] })
    expect(decided([passed], [able('a')])).to.deep.equal([])
    expect(decided([{ ...passed, passedOver: [{ agent: 'a', until: now }] }], [able('a')])).to.deep.equal([
      'j1 -> a',
    ])
  })

  it('gives nothing to an agent without the needs, nor to one that can do nothing at all', () => {
    const heads = [head('j1', { needs: ['gpu', 'echo'] })]
    expect(decided(heads, [able('a'), able('b', { abilities: [] })])).to.deep.equal([])
  })

  it('counts what is on its way once, whether the agent has heard of it or not', () => {
    const inFlight = [{ job: 'j1', attempt: 1, agent: 'a' }]
    const heads = [head('j1'), head('j2'), head('j3')]
    expect(decided(heads, [able('a', { slots: 2 })], inFlight)).to.deep.equal(['j2 -> a'])
    expect(decided(heads, [able('a', { slots: 2, holding: ['j1'] })], inFlight)).to.deep.equal(['j2 -> a'])
  })

  it('gives an agent no more than is left of its share, less what is on its way to it', () => {
    const free = (shareLeft: number, asked?: number) => {
      const inFlight = [{ job: 'j1', attempt: 1, agent: 'a' }]
      return seatOf(able('a', { slots: 9, holding: ['j0'] }), inFlight, shareLeft, now, asked).free
    }
    expect([free(plenty), free(5), free(1), free(5, 2)]).to.deep.equal([7, 4, 0, 2])
  })

  it('prefers the one that has had the fewest jobs lately, be it a little busier', () => {
    const load = { cpuPercent: 30, memoryPercent: 30, loopLagMs: 0, threads: 1, busyThreads: 0, queued: 0 }
    const had = { slots: 9, recent: 1, grantedAt: now }
    const agents = [able('idle', had), able('busier', { ...had, recent: 0, load })]
    expect(decided([head('j1'), head('j2'), head('j3')], agents)).to.deep.equal([
      'j1 -> busier',
      'j2 -> idle',
      'j3 -> busier',
    ])
  })

  it('forgets half of what an agent has had in ten minutes', () => {
    const seat = (grantedAt: number) => seatOf(able('a', { recent: 4, grantedAt }), [], plenty, now).recent
    expect([seat(now), seat(now - 600_000), seat(now + 5)]).to.deep.equal([4, 2, 4])
  })

  it('gives a job with a folder only to an agent that looks there', () => {
    const agents = [able('a', { places: ['/a/'] }), able('b', { places: ['/b/'] })]
    const heads = [head('j1', { place: '/b/c/' }), head('j2', { place: '' }), head('j3', { place: '/a/' })]
    expect(decided(heads, agents)).to.deep.equal(['j1 -> b', 'j3 -> a'])
  })

  it('gives the next attempt the next number', () => {
    const seats = [seatOf(able('a'), [], plenty, now)]
    const [grant] = decide({ heads: [head('j1', { attempt: 4 })], seats, inFlight: [], now, grantsMax: 1 })
    expect(grant).to.deep.equal({ job: 'j1', attempt: 5, agent: 'a', bound: false })
  })
})

const names = ['a', 'b', 'c', 'd', 'e']
const abilities = fc.subarray(['echo', 'gpu', 'raw'])
const ables = fc.uniqueArray(
  fc.record({
    agent: fc.constantFrom(...names),
    slots: fc.integer({ min: 0, max: 3 }),
    abilities,
    liveness: fc.constantFrom('healthy' as const, 'degraded' as const),
    grantedAt: fc.integer({ min: 0, max: 9 }),
    success: fc.double({ min: 0, max: 1, noNaN: true }),
  }),
  { selector: ({ agent }) => agent, maxLength: 5 },
)
const heads = fc.uniqueArray(
  fc.record({
    number: fc.integer({ min: 1, max: 99 }),
    needs: abilities,
    rank: fc.integer({ min: 0, max: 3 }),
    boundTo: fc.option(fc.constantFrom(...names), { freq: 4 }),
    passed: fc.option(fc.constantFrom(...names), { freq: 4 }),
  }),
  { selector: ({ number }) => number, maxLength: 20 },
)
const situations = fc
  .record({ ables, heads, inFlight: fc.nat({ max: 3 }), grantsMax: fc.integer({ min: 0, max: 10 }) })
  .map(({ ables: agents, heads: jobs, inFlight, grantsMax }) => ({
    agents: agents.map(({ agent, ...given }) => able(agent, given)),
    jobs: jobs.map(({ number, needs, rank, boundTo, passed }) =>
      head(`j${number}`, {
        needs,
        rank,
        boundTo,
        passedOver: passed === null ? [] : [{ agent: passed, until: now + 1 }],
      }),
    ),
    inFlight: jobs.slice(0, inFlight).map(({ number }) => ({ job: `j${number}`, attempt: 1, agent: 'a' })),
    grantsMax,
  }))

describe('any decision', () => {
  const eachDecision = (check: (situation: Decided) => void) =>
    fc.assert(
      fc.property(situations, (situation) => {
        const { agents, jobs, inFlight, grantsMax } = situation
        const seats = agents.map((agent) => seatOf(agent, inFlight, plenty, now))
        const grants = decide({ heads: jobs, seats, inFlight, now, grantsMax })
        check({
          ...situation,
          grants,
          freeAfter: new Map(seats.map(({ able: { agent }, free }) => [agent, free])),
        })
      }),
      { numRuns: 500 },
    )

  it('gives no agent more than it has room for, and no more than the limit', () => {
    eachDecision(({ agents, inFlight, grants, grantsMax }) => {
      expect(grants.length).to.be.at.most(grantsMax)
      for (const { agent, slots } of agents) {
        const jobs = [...grants, ...inFlight].filter((placed) => placed.agent === agent)
        const ours = grants.filter((placed) => placed.agent === agent)
        if (ours.length > 0) expect(jobs.length, agent).to.be.at.most(slots)
      }
    })
  })

  it('gives each job to at most one agent: one that can run it, and that has not let it pass', () => {
    eachDecision(({ agents, jobs, inFlight, grants }) => {
      const given = [...inFlight, ...grants].map(({ job }) => job)
      expect(new Set(given).size).to.equal(given.length)
      for (const { job, agent: who } of grants) {
        const [needed, agent] = [jobs.find((one) => one.job === job), agents.find((one) => one.agent === who)]
        if (needed?.boundTo === null) expect(agent?.abilities).to.include.members([...needed.needs])
        else expect(who).to.equal(needed?.boundTo)
        expect(needed?.passedOver.map(({ agent: passed }) => passed)).not.to.include(who)
      }
    })
  })

  it('leaves no job for which somebody has room, as long as the limit is not reached', () => {
    eachDecision(({ agents, jobs, inFlight, grants, grantsMax, freeAfter }) => {
      if (grants.length === grantsMax) return
      const given = new Set([...inFlight, ...grants].map(({ job }) => job))
      for (const left of jobs.filter(({ job }) => !given.has(job))) {
        const could = agents.filter(
          ({ agent, abilities: can }) =>
            (freeAfter.get(agent) ?? 0) > 0 &&
            left.passedOver.every((passed) => passed.agent !== agent) &&
            (left.boundTo === null ? left.needs.every((need) => can.includes(need)) : left.boundTo === agent),
        )
        expect(could, left.job).to.deep.equal([])
      }
    })
  })

  it('lets no job overtake one of its class, unless agents have let that one pass', () => {
    eachDecision(({ jobs, inFlight, grants }) => {
      const given = new Set([...inFlight, ...grants].map(({ job }) => job))
      for (const [, alike] of Map.groupBy(jobs, (job) => job.class)) {
        const plain = alike.filter(({ passedOver }) => passedOver.length === 0).toSorted(inOrder)
        const firstLeft = plain.findIndex(({ job }) => !given.has(job))
        const later = firstLeft < 0 ? [] : plain.slice(firstLeft)
        const overtaking = later.filter(({ job }) => grants.some((grant) => grant.job === job))
        expect(overtaking).to.deep.equal([])
      }
    })
  })
})

interface Decided {
  readonly agents: readonly Able[]
  readonly jobs: readonly Head[]
  readonly inFlight: readonly Placed[]
  readonly grantsMax: number
  readonly grants: readonly Placed[]
  readonly freeAfter: ReadonlyMap<string, number>
}
