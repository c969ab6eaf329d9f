import { expect } from 'chai'
import { tokenState, hoursIn } from '#web/agents/token-state.ts'
import { canRun, capable, outlookOf, type Outlook } from '#web/agents/outlook.ts'
import { statesIn } from '#web/jobs/filters.ts'
import { waitingWords } from '#web/jobs/words.ts'
import { jobStates } from '#specs/jobs.ts'
import { sampleAgent, sampleJob } from '../e2e/support/samples.ts'

const needs = ['tool:photostats:1']
type Given = Parameters<typeof sampleAgent>[0]
const busy = { slots: 1, running: [{ job: `job_${'0'.repeat(26)}`, attempt: 1 }] }

describe('whether a job would be run now', () => {
  const cases: [what: string, agents: Given[], outlook: Outlook][] = [
    ['no agent', [], 'nobody'],
    ['none that can', [{ capabilities: ['tool:other:1'] }], 'nobody'],
    ['only a revoked one', [{ standing: 'revoked' }], 'nobody'],
    ['none who may look there', [{ roots: ['/volume1'] }], 'nowhere'],
    ['nobody there', [{ liveness: 'stale' }, { liveness: 'unhealthy' }], 'offline'],
    ['nobody who takes work', [{ standing: 'paused' }, { liveness: 'offline' }], 'paused'],
    ['nobody with room', [busy, { standing: 'cordoned' }], 'busy'],
    ['one with room', [busy, { liveness: 'degraded' }], 'open'],
    ['one with room that writes its folder otherwise', [{ roots: ['/Photos/'] }], 'open'],
  ]
  for (const [what, given, outlook] of cases) {
    it(`with ${what} is '${outlook}'`, () => {
      expect(
        outlookOf(
          { needs, boundTo: null, folder: '/photos/2026/iceland' },
          given.map((one) => sampleAgent(one)),
        ),
      ).to.equal(outlook)
    })
  }

  it('goes by the one that it is bound to alone', () => {
    const [studio, attic] = [sampleAgent(), sampleAgent({ name: 'attic', liveness: 'offline' })]
    expect(outlookOf({ needs, boundTo: attic.id, folder: null }, [studio, attic])).to.equal('offline')
    expect(outlookOf({ needs, boundTo: attic.id, folder: null }, [studio])).to.equal('nobody')
  })

  it('goes by capabilities, with or without their version, and tags', () => {
    const agent = sampleAgent({ capabilities: ['tool:photostats:2'], tags: ['disk=nvme'] })
    expect(canRun(agent, ['tool:photostats', 'disk=nvme'])).to.equal(true)
    expect(canRun(agent, ['tool:photostats:1'])).to.equal(false)
    expect(canRun(agent, ['disk=tape'])).to.equal(false)
    expect(capable([agent, { ...agent, standing: 'revoked' }], 'tool:photostats:2')).to.deep.equal([agent])
  })
})

describe('why a job in a list waits', () => {
  const queued = { reason: 'queued', detail: 'It waits for an agent.', position: null } as const
  const wordsWith = (given: Given[], boundTo: string | null = null) => {
    const agents = given.map((one) => sampleAgent(one))
    const job = sampleJob({ waiting: queued, boundTo })
    return waitingWords(job, new Map(agents.map((agent) => [agent.id, agent])))
  }

  it('is told by the agents that are known', () => {
    expect(wordsWith([])).to.equal('No agent can run it.')
    expect(wordsWith([{ liveness: 'offline' }])).to.equal('No agent that can run it is online.')
    expect(wordsWith([busy])).to.equal('All agents that can run it are busy.')
    expect(wordsWith([{}])).to.equal('It waits for its turn.')
    expect(wordsWith([{ roots: [] }])).to.equal('No agent that can run it may look into its folder.')
  })

  it('names the agent that it is bound to', () => {
    const id = sampleAgent().id
    const wordsOf = (given: Given) => wordsWith([{ id, ...given }], id)
    expect(wordsOf({ liveness: 'offline' })).to.equal('studio is offline.')
    expect(wordsOf({ liveness: 'offline', lastSeenAt: null, connection: null })).to.equal(
      'studio was never started.',
    )
    expect(wordsOf({ liveness: 'degraded', standing: 'paused' })).to.equal('studio is paused.')
    expect(wordsOf({ standing: 'pending_approval' })).to.equal('studio needs approval.')
    expect(wordsOf(busy)).to.equal('studio is busy.')
    expect(wordsWith([], id)).to.equal('The agent that it is bound to is gone: cancel it.')
  })

  it('is as the server says where that has looked, or where no agents are known', () => {
    const job = sampleJob({ waiting: { reason: 'retry', detail: 'It failed', position: null } })
    expect(waitingWords(job, new Map())).to.equal('It failed.')
    expect(waitingWords(sampleJob({ waiting: queued }))).to.equal('It waits for an agent.')
  })
})

describe('the states that a list of jobs can be cut down to', () => {
  it('are all, or those of its tab', () => {
    expect(statesIn({})).to.deep.equal(jobStates)
    expect(statesIn({ group: 'failed' })).to.deep.equal(['failed', 'expired', 'dead'])
  })
})

describe('a registration token', () => {
  const token = {
    id: `art_${'0'.repeat(26)}`,
    name: 'attic',
    createdAt: 0,
    createdBy: { by: 'server', name: null },
    expiresAt: 10,
    usedBy: null,
  }

  it('is unused, expired, or used for good', () => {
    const used = { ...token, usedBy: sampleAgent().id }
    expect([tokenState(token, 9), tokenState(token, 10), tokenState(used, 11)]).to.deep.equal([
      'unused',
      'expired',
      'used',
    ])
  })

  it('is good for whole hours, up to a week', () => {
    expect(['1', ' 24 ', '168', '0', '169', '1.5', '-1', '', 'day', '1e2'].map(hoursIn)).to.deep.equal([
      1,
      24,
      168,
      null,
      null,
      null,
      null,
      null,
      null,
      null,
    ])
  })
})
