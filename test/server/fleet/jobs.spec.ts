import { createHash } from 'node:crypto'
import { expect } from 'chai'
import { newId } from '#specs/ids.ts'
import { everyTool, useBorder } from '../link/border.ts'
import { frames } from '../link/test-agent.ts'

const sleep = { tool: 'selftest.sleep' }

describe('submitting a job', () => {
  const border = useBorder()
  const submit = (body: unknown, headers: Record<string, string> = {}, query: Record<string, string> = {}) =>
    border.get.api.ok('submitJob', { body, headers, query })

  it('fills in what the tool has defaults for', async () => {
    const job = await submit({ tool: 'selftest.progress', params: { steps: 3 } })
    expect(job.params).to.deep.equal({ steps: 3, everyMs: 100, logs: true })
    expect(job).to.include({ state: 'pending', priority: 50, submittedBy: border.get.admin.id })
  })

  it('twice with one Idempotency-Key makes one job, also at once and in another order of fields', async () => {
    const headers = { 'idempotency-key': 'scan-1' }
    const all = await Promise.all([
      ...Array.from({ length: 10 }, () =>
        submit({ tool: 'selftest.cpu', params: { ms: 5, threads: 1 } }, headers),
      ),
      submit({ params: { threads: 1, ms: 5 }, tool: 'selftest.cpu' }, headers),
    ])
    expect(new Set(all.map(({ id }) => id)).size).to.equal(1)
  })

  it('with a key that belongs to another body is refused', async () => {
    const headers = { 'idempotency-key': 'scan-2' }
    await submit(sleep, headers)
    const problem = await border.get.api.refused('submitJob', { body: { tool: 'selftest.echo' }, headers })
    expect(problem).to.include({ code: 'already_exists', status: 409 })
    const other = await border.get.otherTeam()
    expect((await other.api.ok('submitJob', { body: { tool: 'selftest.echo' }, headers })).tool).to.equal(
      'selftest.echo',
    )
  })

  it('names the field that is wrong, and what there is instead', async () => {
    const wrong: [body: unknown, field: string, hint: string][] = [
      [{ tool: 'magic' }, 'tool', 'selftest.echo'],
      [{ ...sleep, params: { ms: -1 } }, 'params.ms', 'at least 0'],
      [{ ...sleep, params: { pace: 1 } }, 'params.pace', 'ms'],
      [{ tool: 'photostats' }, 'params.path', 'missing'],
      [{ ...sleep, priority: 'urgent' }, 'priority', 'critical'],
      [{ ...sleep, tags: ['Fast'] }, 'tags[0]', 'key=value'],
      [{ ...sleep, capabilities: ['a gpu'] }, 'capabilities[0]', 'type:name'],
      // No date is so late.
      [{ ...sleep, notBefore: 8_640_000_000_000_001 }, 'notBefore', 'year 10000'],
      [{ ...sleep, timeouts: { deadlineMs: Number.MAX_SAFE_INTEGER } }, 'timeouts.deadlineMs', '100 years'],
    ]
    for (const [body, field, hint] of wrong) {
      const problem = await border.get.api.refused('submitJob', { body })
      expect(problem, field).to.include({ code: 'bad_input', status: 422 })
      expect(problem.fields?.[0]?.path).to.equal(field)
      expect(problem.fields?.[0]?.message).to.include(hint)
    }
  })

  it('for an agent that is not there, or another team’s, is refused', async () => {
    const other = await border.get.otherTeam()
    const { agent: foreign } = await border.get.register({ api: other.api })
    for (const agent of [newId('agent'), foreign]) {
      const problem = await border.get.api.refused('submitJob', { body: { ...sleep, agent } })
      expect(problem).to.include({ code: 'not_found' })
      expect(problem.fields?.[0]?.path).to.equal('agent')
    }
  })

  it('that needs as much as can be asked for waits for an agent that has it all', async () => {
    const long = (at: number) => `${at}`.padStart(60, 'abcdefgh')
    const tags = Array.from({ length: 20 }, (_, at) => `${long(at)}=${long(at)}`)
    const capabilities = Array.from({ length: 20 }, (_, at) => `tool:${long(at)}`)
    const body = { tool: 'selftest.echo', tags, capabilities }
    const [one, other] = [await submit(body), await submit(body)]
    await border.get.agent({ facts: { capabilities: [...everyTool, ...capabilities] } })
    const dial = await border.get.register({ tags, facts: { capabilities: [...everyTool, ...capabilities] } })
    const able = border.get.dial(dial).keepRunning()
    await able.hello()
    for (const { id: job } of [one, other])
      await border.get.until(
        async () => (await border.get.api.ok('getJob', { params: { job } })).state === 'completed',
      )
  })

  it('waits for the end where it is asked to, and no longer than that', async () => {
    const agent = (await border.get.agent()).keepRunning()
    const body = { tool: 'selftest.echo', agent: agent.id }
    const ended = await border.get.api.try('submitJob', { body, query: { wait: '10s' } })
    expect(ended.status).to.equal(200)
    expect(ended.body).to.include({ state: 'completed' })
    const idle = await border.get.register()
    const from = performance.now()
    const waiting = await border.get.api.try('submitJob', {
      body: { ...body, agent: idle.agent },
      query: { wait: '1s' },
    })
    expect(waiting.status).to.equal(202)
    expect(waiting.body).to.include({ state: 'pending' })
    expect(performance.now() - from).to.be.within(900, 3_000)
  })
})

describe('a full queue', () => {
  const border = useBorder({ queueMax: 3 })

  it('takes no more, says when to try again, and forgets the key of what it refused', async () => {
    const { agent } = await border.get.register()
    const body = { ...sleep, agent }
    const kept = await Promise.all(
      [1, 2, 3].map((n) => border.get.api.ok('submitJob', { body, headers: { 'idempotency-key': `${n}` } })),
    )
    const headers = { 'idempotency-key': '4' }
    const refused = await border.get.api.try('submitJob', { body, headers })
    expect(refused.status).to.equal(429)
    expect(refused.body).to.include({ code: 'queue_full' })
    expect(Number(refused.headers.get('retry-after'))).to.be.above(0)
    const again = await border.get.api.ok('submitJob', { body, headers: { 'idempotency-key': '2' } })
    expect(again.id).to.equal(kept[1]?.id)
    await border.get.api.ok('cancelJob', { params: { job: again.id }, body: {} })
    expect((await border.get.api.ok('submitJob', { body, headers })).state).to.equal('pending')
  })
})

describe('the list of jobs', () => {
  const border = useBorder()
  const all: string[] = []
  let bound = ''
  before(async () => {
    bound = (await border.get.register()).agent
    for (let at = 0; at < 25; at++) {
      const body = {
        tool: at % 2 === 0 ? 'selftest.echo' : 'selftest.sleep',
        ...(at % 5 === 0 && { agent: bound }),
      }
      all.unshift((await border.get.api.ok('submitJob', { body })).id)
    }
    for (const job of all.slice(0, 4)) await border.get.api.ok('cancelJob', { params: { job }, body: {} })
  })
  async function everyPage(query: Record<string, string>): Promise<string[]> {
    const found: string[] = []
    let after: string | null = null
    do {
      const page: { items: { id: string }[]; next: string | null } = await border.get.api.ok('listJobs', {
        query: { ...query, limit: '7', ...(after !== null && { after }) },
      })
      found.push(...page.items.map(({ id }) => id))
      after = page.next
    } while (after !== null)
    return found
  }

  it('gives each once, the newest first, page by page', async () => {
    expect(await everyPage({})).to.deep.equal(all)
  })

  it('goes on where it was while others are added', async () => {
    const first = await border.get.api.ok('listJobs', { query: { limit: '10' } })
    const added = (await border.get.api.ok('submitJob', { body: sleep })).id
    const rest = await border.get.api.ok('listJobs', { query: { limit: '200', after: first.next ?? '' } })
    expect([...first.items, ...rest.items].map(({ id }) => id)).to.deep.equal(all)
    all.unshift(added)
  })

  it('filters by state, group, tool and agent', async () => {
    const cancelled = all.slice(1, 5)
    expect(await everyPage({ state: 'cancelled' })).to.deep.equal(cancelled)
    expect(await everyPage({ group: 'done' })).to.deep.equal(cancelled)
    expect(await everyPage({ group: 'upcoming' })).to.deep.equal(all.filter((id) => !cancelled.includes(id)))
    expect(await everyPage({ group: 'failed' })).to.deep.equal([])
    expect(await everyPage({ group: 'done', state: 'pending' })).to.deep.equal([])
    expect(await everyPage({ tool: 'selftest.echo' })).to.have.length(13)
    expect(await everyPage({ agent: bound })).to.have.length(5)
    expect(await everyPage({ agent: bound, state: 'pending' })).to.have.length(5)
  })

  it('refuses a cursor that is none', async () => {
    const other = await border.get.otherTeam()
    const { id: foreign } = await other.api.ok('submitJob', { body: sleep })
    for (const after of ['nonsense', newId('job'), foreign]) {
      const problem = await border.get.api.refused('listJobs', { query: { after } })
      expect(problem.fields?.[0]?.path).to.equal('query.after')
    }
  })
})

describe('a job', () => {
  const border = useBorder()
  const params = (job: string) => ({ params: { job } })

  it('shows its result once it is there: 202 before, 409 where there is none', async () => {
    const agent = await border.get.agent()
    const { id } = await border.get.api.ok('submitJob', { body: { ...sleep, agent: agent.id } })
    const attempt = await agent.run()
    const early = await border.get.api.try('jobResult', params(id))
    expect([early.status, early.headers.get('retry-after')]).to.deep.equal([202, '1'])
    expect(early.body).to.deep.equal({ job: id, state: 'running' })
    await agent.finish(attempt, { outcome: 'partial', output: { files: 3, bytes: 7 } })
    expect(await border.get.api.ok('jobResult', params(id))).to.deep.include({
      outcome: 'partial',
      output: { files: 3, bytes: 7 },
      hash: createHash('sha256').update('{"bytes":7,"files":3}').digest('hex'),
      agent: agent.id,
      attempt: 1,
    })
    const failing = await border.get.api.ok('submitJob', { body: { ...sleep, agent: agent.id } })
    const error = { class: 'fatal', message: 'no' } as const
    await agent.finish(await agent.run(), { outcome: 'failed', error })
    expect(await border.get.api.refused('jobResult', params(failing.id))).to.include({ code: 'wrong_state' })
    expect((await border.get.api.refused('jobResult', params(newId('job')))).status).to.equal(404)
  })

  it('shows its log page by page', async () => {
    const agent = await border.get.agent()
    const { id } = await border.get.api.ok('submitJob', { body: { ...sleep, agent: agent.id } })
    const attempt = await agent.run()
    await agent.frames(attempt, frames(1, 20))
    await agent.finish(attempt)
    await border.get.until(async () => (await border.get.api.ok('jobLog', params(id))).items.length === 10)
    const first = await border.get.api.ok('jobLog', { ...params(id), query: { limit: '6' } })
    const second = await border.get.api.ok('jobLog', {
      ...params(id),
      query: { limit: '6', after: first.next ?? '' },
    })
    expect([...first.items, ...second.items].map(({ seq }) => seq)).to.deep.equal([
      2, 4, 6, 8, 10, 12, 14, 16, 18, 20,
    ])
    expect(second.next).to.equal(null)
    const wrong = await border.get.api.refused('jobLog', { ...params(id), query: { after: 'x' } })
    expect(wrong.fields?.[0]?.path).to.equal('query.after')
  })

  it('that failed runs again as a new one; one that did not is refused', async () => {
    const agent = await border.get.agent({ tags: ['room=dark'] })
    const body = {
      ...sleep,
      params: { ms: 7 },
      priority: 'high',
      tags: ['room=dark'],
      agent: agent.id,
      retry: { attemptsMax: 1 },
    }
    const { id } = await border.get.api.ok('submitJob', { body })
    const attempt = await agent.run()
    expect(await border.get.api.refused('retryJob', { ...params(id), body: {} })).to.include({
      code: 'wrong_state',
    })
    await agent.finish(attempt, { outcome: 'failed', error: { class: 'retriable', message: 'no' } })
    const again = await border.get.api.ok('retryJob', { ...params(id), body: {} })
    expect(again.id).not.to.equal(id)
    expect(again).to.deep.include({ params: { ms: 7 }, priority: 75, boundTo: agent.id })
    const next = await agent.run()
    expect(next.job).to.equal(again.id)
    await agent.finish(next)
  })

  it('changes its priority while it waits, and only then', async () => {
    const { agent } = await border.get.register()
    const { id } = await border.get.api.ok('submitJob', { body: { ...sleep, agent } })
    const body = { priority: 'critical' }
    expect(await border.get.api.ok('changeJob', { ...params(id), body })).to.include({ priority: 100 })
    expect(await border.get.api.ok('removeJob', params(id))).to.include({ state: 'cancelled' })
    const late = await border.get.api.refused('changeJob', { ...params(id), body: { priority: 'low' } })
    expect(late).to.include({ code: 'wrong_state', status: 409 })
  })

  it('of another team is not there', async () => {
    const other = await border.get.otherTeam()
    const { agent } = await border.get.register()
    const { id } = await border.get.api.ok('submitJob', { body: { ...sleep, agent } })
    for (const name of ['getJob', 'jobResult', 'jobLog', 'removeJob'] as const)
      expect((await other.api.try(name, params(id))).status, name).to.equal(404)
    expect((await other.api.try('cancelJob', { ...params(id), body: {} })).status).to.equal(404)
    expect((await other.api.try('retryJob', { ...params(id), body: {} })).status).to.equal(404)
    expect((await other.api.try('changeJob', { ...params(id), body: { priority: 1 } })).status).to.equal(404)
    expect((await border.get.api.ok('getJob', params(id))).state).to.equal('pending')
  })
})

describe('why a job waits', () => {
  const border = useBorder()
  async function reasonOf(body: object): Promise<string | undefined> {
    const { id } = await border.get.api.ok('submitJob', { body: { ...sleep, ...body } })
    const { waiting } = await border.get.api.ok('getJob', { params: { job: id } })
    expect(waiting?.detail).to.match(/\.$/)
    return waiting?.reason
  }

  it('is told by what is there', async () => {
    expect(await reasonOf({})).to.equal('no_agents')
    const plain = { capabilities: ['tool:selftest.echo:1'] }
    const away = await border.get.register({ facts: plain })
    expect(await reasonOf({})).to.equal('no_capable_agent')
    expect(await reasonOf({ agent: away.agent })).to.equal('bound_agent_offline')
    expect(await reasonOf({ tool: 'selftest.echo' })).to.equal('no_agents')

    const agent = await border.get.agent()
    await agent.run()
    expect(await reasonOf({})).to.equal('agents_busy')
    expect(await reasonOf({ agent: agent.id })).to.equal('bound_agent_busy')
    expect(await reasonOf({ capabilities: ['gpu:any'] })).to.equal('no_capable_agent')
    await border.get.api.ok('pauseAgent', { params: { agent: agent.id }, body: {} })
    expect(await reasonOf({})).to.equal('agents_paused')
    expect(await reasonOf({ notBefore: Date.now() + 60_000 })).to.equal('scheduled')
  })

  it('comes with its place in the queue', async () => {
    const other = await border.get.otherTeam()
    const ids: string[] = []
    for (let at = 0; at < 3; at++) ids.push((await other.api.ok('submitJob', { body: sleep })).id)
    const first = (await other.api.ok('submitJob', { body: { ...sleep, priority: 'critical' } })).id
    const places = await Promise.all(
      [first, ...ids].map(
        async (job) => (await other.api.ok('getJob', { params: { job } })).waiting?.position,
      ),
    )
    expect(places).to.deep.equal([1, 2, 3, 4])
  })
})
