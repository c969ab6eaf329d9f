import { expect } from 'chai'
import type { Agent } from '#specs/agents.ts'
import { actionsFor } from '#web/agents/actions.ts'
import { listed, listingFrom, pressed } from '#web/agents/listing.ts'
import { foldersOf, isInside, namesOf } from '#web/agents/paths.ts'
import { abilitiesOf, makerName, noteOf, poolSign, signOf, whoIs } from '#web/agents/words.ts'
import { sampleAgent } from '../e2e/support/samples.ts'

describe('the list of agents', () => {
  const agents = [
    sampleAgent({ name: 'studio', lastSeenAt: 3 }),
    sampleAgent({ name: 'attic', liveness: 'offline', lastSeenAt: 1, tags: ['disk=slow'] }),
    sampleAgent({ name: 'cellar', standing: 'paused', lastSeenAt: 2 }),
  ]
  const namesAt = (query: Parameters<typeof listingFrom>[0]) =>
    listed(agents, listingFrom(query)).map(({ name }) => name)

  it('is in the order of names unless the address says otherwise', () => {
    expect(namesAt({})).to.deep.equal(['attic', 'cellar', 'studio'])
    expect(namesAt({ sort: '-name' })).to.deep.equal(['studio', 'cellar', 'attic'])
    expect(namesAt({ sort: 'seen' })).to.deep.equal(['studio', 'cellar', 'attic'])
    expect(namesAt({ sort: 'nonsense' })).to.deep.equal(['attic', 'cellar', 'studio'])
  })

  it('has what needs a look first when it is in the order of states', () => {
    expect(namesAt({ sort: 'state' })).to.deep.equal(['attic', 'cellar', 'studio'])
  })

  it('shows those of a state, and those in which all words are found', () => {
    expect(namesAt({ state: 'Paused' })).to.deep.equal(['cellar'])
    expect(namesAt({ find: 'SLOW att' })).to.deep.equal(['attic'])
    expect(namesAt({ find: 'slow studio' })).to.deep.equal([])
  })

  it('turns round when the same heading is pressed again', () => {
    expect(pressed(listingFrom({}), 'name')).to.equal('-name')
    expect(pressed(listingFrom({ sort: '-name' }), 'name')).to.equal('name')
    expect(pressed(listingFrom({}), 'seen')).to.equal('seen')
  })
})

describe('the state of an agent', () => {
  const cases: [what: string, given: Parameters<typeof sampleAgent>[0], word: string, tone: string][] = [
    ['that is there', {}, 'Idle', 'busy'],
    ['that works', { running: [{ job: `job_${'0'.repeat(26)}`, attempt: 1 }] }, 'Working', 'good'],
    ['that is away', { liveness: 'offline' }, 'Offline', 'bad'],
    ['that is paused', { standing: 'paused' }, 'Paused', 'warn'],
    ['that is paused and away', { standing: 'paused', liveness: 'stale' }, 'Stale', 'bad'],
    ['that was never started', { lastSeenAt: null, connection: null }, 'Never started', 'wait'],
    ['that is revoked', { standing: 'revoked', liveness: 'offline' }, 'Revoked', 'off'],
  ]
  for (const [what, given, word, tone] of cases) {
    it(`${what} is '${word}'`, () => {
      expect(signOf(sampleAgent(given))).to.include({ word, tone })
    })
  }

  it('has its note with it only as long as that holds', () => {
    const noteFor = (given: Parameters<typeof sampleAgent>[0]) =>
      noteOf(sampleAgent({ note: 'disks', ...given }))
    expect(noteFor({})).to.equal(null)
    expect(noteFor({ standing: 'paused' })).to.equal('disks')
    expect(noteFor({ standing: 'paused', liveness: 'offline' })).to.equal('Paused, too: disks')
    expect(noteFor({ standing: 'draining', liveness: 'offline', note: null })).to.equal('Draining, too.')
    expect(noteFor({ standing: 'revoked' })).to.equal('disks')
  })

  it('says what can be done, to those who may', () => {
    const names = (standing: Agent['standing'], role: string) =>
      actionsFor(sampleAgent({ standing }), (needed) => role === 'admin' || needed === role).map(
        ({ name }) => name,
      )
    expect(names('active', 'operator')).to.deep.equal(['pause', 'cordon', 'drain'])
    expect(names('paused', 'admin')).to.deep.equal(['resume', 'cordon', 'drain', 'edit', 'revoke', 'remove'])
    expect(names('revoked', 'admin')).to.deep.equal(['remove'])
    expect(names('pending_approval', 'admin')).to.deep.equal(['approve', 'edit', 'revoke', 'remove'])
    expect(names('pending_approval', 'operator')).to.deep.equal([])
    expect(names('active', 'viewer')).to.deep.equal([])
  })
})

describe('the badge', () => {
  const pool = {
    state: 'idle',
    agents: 3,
    online: 2,
    idle: 2,
    degraded: 0,
    missing: 0,
    running: 0,
    pending: 0,
  } as const
  const cases: [what: string, given: Partial<Parameters<typeof poolSign>[0]>, tone: string, word: string][] =
    [
      ['no agent', { agents: 0, online: 0, state: 'offline' }, 'bad', 'No agents'],
      ['nobody there', { online: 0, state: 'offline' }, 'bad', 'Offline'],
      [
        'nobody there but a job that nobody has given up',
        { online: 0, state: 'offline', running: 1 },
        'bad',
        'Offline · 1 running',
      ],
      ['somebody cut off', { state: 'degraded', degraded: 1 }, 'warn', '2 idle · 1 degraded'],
      ['somebody missing', { state: 'degraded', missing: 1, degraded: 1 }, 'warn', '2 idle · 1 missing'],
      [
        'somebody missing while others work',
        { state: 'degraded', missing: 2, running: 3 },
        'warn',
        '3 running · 2 missing',
      ],
      ['nothing to do', {}, 'busy', '2 idle'],
      ['work under way', { state: 'busy', running: 1_200 }, 'good', '1,200 running'],
    ]
  for (const [what, given, tone, word] of cases) {
    it(`with ${what} says '${word}'`, () => {
      expect(poolSign({ ...pool, ...given })).to.include({ tone, word })
    })
  }

  it('has the counts in its tip', () => {
    expect(poolSign(pool).meaning).to.equal('2 of 3 agents online, 2 idle, 0 jobs running, 0 waiting')
    const troubled = { ...pool, state: 'degraded', missing: 1, degraded: 2 } as const
    expect(poolSign(troubled).meaning).to.equal(
      '2 of 3 agents online, 2 idle, 1 missing, 2 degraded, 0 jobs running, 0 waiting',
    )
  })
})

describe('who did something', () => {
  const agent = sampleAgent({ name: 'studio' })
  const me = { id: `usr_${'1'.repeat(26)}`, name: 'Ada' }
  it('is named as well as is known', () => {
    const names = [me.id, 'server', 'agent', agent.id, `usr_${'2'.repeat(26)}`, 'cron'].map((by) =>
      whoIs(by, me, new Map([[agent.id, agent]])),
    )
    expect(names).to.deep.equal(['you', 'the server', 'the agent', 'studio', 'user …22222', 'cron'])
  })

  it('keeps its name when it is gone', () => {
    const gone = `agt_${'3'.repeat(26)}`
    expect(whoIs(gone, me, new Map(), new Map([[gone, 'attic']]))).to.equal('attic')
    expect(whoIs(gone, me, new Map(), new Map())).to.equal('agent …33333')
  })

  it('is named by what it was called when it made something', () => {
    const other = `usr_${'2'.repeat(26)}`
    const names = [
      { by: me.id, name: 'Ada Lovelace' },
      { by: other, name: 'Ben' },
      { by: other, name: null },
      { by: 'server', name: null },
    ].map((maker) => makerName(maker, me))
    expect(names).to.deep.equal(['you', 'Ben', 'user …22222', 'the server'])
  })
})

describe('a folder on an agent', () => {
  it('lies in a root or not, as far as one can tell', () => {
    const roots = ['/photos/2026/', 'D:\\Photos']
    const inside = ['/photos/2026', '/photos/2026/iceland', 'D:/Photos/a']
    const outside = ['/photos/2026-old', '/', '/photos', 'E:/Photos']
    expect(inside.map((path) => isInside(path, roots))).to.deep.equal([true, true, true])
    expect(outside.map((path) => isInside(path, roots))).to.deep.equal([false, false, false, false])
    expect(isInside('/anything', ['/'])).to.equal(true)
  })

  it('is offered once, however many agents have it', () => {
    const agents = [sampleAgent({ roots: ['/b', '/a'] }), sampleAgent({ roots: ['/a'] })]
    expect(foldersOf(agents).map(({ path, agents: who }) => [path, who.length])).to.deep.equal([
      ['/a', 2],
      ['/b', 1],
    ])
  })

  it('is said to be on few agents by name, and on many by their number', () => {
    const agents = ['studio', 'attic', 'cellar'].map((name) => sampleAgent({ name }))
    expect([1, 2, 3].map((many) => namesOf(agents.slice(0, many)))).to.deep.equal([
      'studio',
      'studio and attic',
      'studio, attic and 1 more',
    ])
  })
})

describe('what an agent can do', () => {
  it('is told in words, the self-tests as one', () => {
    const words = abilitiesOf([
      'os:linux',
      'tool:selftest.echo:1',
      'tool:photostats:1',
      'tool:selftest.map:1',
    ]).map(({ word }) => word)
    expect(words).to.deep.equal(['photostats', 'self-tests', 'linux'])
  })
})
