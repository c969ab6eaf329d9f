import { expect } from 'chai'
import { silent } from '#runtime/log.ts'
import { followPlacements } from '#server/placement-changes.ts'
import { Api } from '../../support/api.ts'
import { type Admin, type BorderServer, facts, useBorder } from '../link/border.ts'
import { load, type TestAgent } from '../link/test-agent.ts'

describe("a team's placement", function () {
  this.timeout(40_000)
  const ends: (() => void | Promise<void>)[] = []
  // Before the servers end.
  after(async () => {
    for (const end of ends) await end()
  })
  const border = useBorder({ servers: 2 })
  let here: BorderServer
  let there: BorderServer
  before(async () => {
    const [first, second] = border.get.servers
    if (first === undefined || second === undefined) throw new Error('there are not two servers')
    ;[here, there] = [first, second]
    const pool = border.get.database.pool({ schema: 'product', max: 2 })
    for (const { bus, node, link } of [here, there])
      ends.push(await followPlacements({ pool, bus, node, sessions: link.sessions, log: silent }))
    ends.push(() => pool.end())
    await border.get.until(() => !here.bus.alone && !there.bus.alone)
  })

  const change = ({ api, team }: Admin, body: object) => api.ok('changeTeam', { params: { team }, body })
  /** Cut off and back again, as the program does by itself. */
  async function back(
    agent: TestAgent,
    server: BorderServer,
    running: { job: string; attempt: number }[] = [],
  ) {
    await agent.told.next('closed')
    const returned = border.get.dial(agent.dial, server)
    return { returned, welcomed: await returned.hello(running) }
  }
  const echo = async ({ api }: Admin, agent: string) =>
    (await api.ok('submitJob', { body: { tool: 'selftest.echo', agent } })).id

  it('is changed by its admin, with its name or without, and shown', async () => {
    const ben = await border.get.otherTeam()
    expect((await ben.api.ok('me')).team).to.include({ name: 'B', placement: 'offer' })
    const changed = await change(ben, { name: 'Attic' })
    expect(changed).to.include({ id: ben.team, name: 'Attic', placement: 'offer' })
    expect(await change(ben, { placement: 'strict-pull' })).to.include({
      name: 'Attic',
      placement: 'strict-pull',
    })
    expect(await change(ben, {})).to.include({ name: 'Attic', placement: 'strict-pull' })
    expect((await ben.api.ok('me')).team).to.include({ name: 'Attic', placement: 'strict-pull' })
    expect(await change(ben, { runningMax: 3 })).to.include({ name: 'Attic', runningMax: 3 })
    expect(await change(ben, { name: 'Loft' })).to.include({ name: 'Loft', runningMax: 3 })
    expect(await change(ben, { runningMax: null })).to.include({ name: 'Loft', runningMax: null })
    const problem = await ben.api.refused('changeTeam', {
      params: { team: ben.team },
      body: { placement: 'score' },
    })
    expect(problem).to.include({ code: 'bad_input' })
    expect(problem.detail).to.include('"offer"|"strict-pull"')
  })

  it('reaches agents at every server at once, and what they run goes on', async () => {
    const ben = await border.get.otherTeam()
    const busy = await border.get.agent({ api: ben.api, server: there })
    const other = await border.get.agent({ server: there })
    const job = await echo(ben, busy.id)
    const attempt = await busy.run()
    await change(ben, { placement: 'strict-pull' })
    const { returned, welcomed } = await back(busy, here, [{ job, attempt: attempt.attempt }])
    expect(welcomed).to.include({ pull: true })
    expect(welcomed.keep).to.deep.equal([{ job, attempt: attempt.attempt }])
    await returned.finish(attempt)
    expect(await ben.api.ok('getJob', { params: { job } })).to.include({ state: 'completed' })
    // Another team's is left alone.
    expect((await other.beat()).draining).to.equal(false)
    expect(other.told.all.filter(({ kind }) => kind === 'closed')).to.deep.equal([])
  })

  it('has the next job wait for a claim, though its agent had room a moment ago, and offers it again when changed back', async () => {
    const ben = await border.get.otherTeam()
    const agent = await border.get.agent({ api: ben.api, server: there })
    await echo(ben, agent.id)
    await agent.finish(await agent.run())
    await change(ben, { placement: 'strict-pull' })
    const claiming = await back(agent, there)
    expect(claiming.welcomed).to.include({ pull: true })
    const [one, two] = [await echo(ben, agent.id), await echo(ben, agent.id)]
    const { returned } = claiming
    expect(returned.told.all.filter(({ kind }) => kind === 'offer')).to.deep.equal([])
    // As the program does, it asks again: the first time nobody may have looked at the jobs yet.
    await border.get.until(async () => {
      await returned.say('claim', { free: 1 })
      return returned.told.all.some(({ kind }) => kind === 'offer')
    })
    const claimed = await returned.run()
    expect(claimed.job).to.equal(one)
    await returned.finish(claimed)
    await change(ben, { placement: 'offer' })
    const offered = await back(returned, here)
    expect(offered.welcomed).to.include({ pull: false })
    expect((await offered.returned.run()).job).to.equal(two)
  })

  it('reaches an agent without a socket by its next call', async () => {
    const ben = await border.get.otherTeam()
    const { key, facts: given } = await border.get.register({ api: ben.api })
    const agent = new Api(there.url, { bearer: key })
    const hello = { body: { facts: { ...facts(), ...given }, running: [] } }
    expect(await agent.ok('agentHello', hello)).to.include({ pull: false })
    const beat = agent.try('agentBeat', { body: { load, running: [], draining: false } })
    await change(ben, { placement: 'strict-pull' })
    await beat
    await border.get.until(async () => {
      const { status } = await agent.try('agentBeat', { body: { load, running: [], draining: false } })
      return status === 409
    })
    expect(await agent.ok('agentHello', hello)).to.include({ pull: true })
  })

  it('reaches agents also where the news of it was lost', async () => {
    const ben = await border.get.otherTeam()
    const agent = await border.get.agent({ api: ben.api, server: there })
    await border.get.sql(`update team set placement = 'strict-pull' where id = $1`, [ben.team])
    there.bus.tell({ type: 'gap', reason: 'a spec says so' })
    expect((await back(agent, there)).welcomed).to.include({ pull: true })
  })
})
