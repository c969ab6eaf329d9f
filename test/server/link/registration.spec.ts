import { expect } from 'chai'
import { Api } from '#test/support/api.ts'
import { facts, useBorder } from './border.ts'

describe('registering an agent', () => {
  const border = useBorder()
  let count = 0
  async function registration() {
    const token = await border.get.agentToken()
    return { token, name: 'studio', installation: `machine-${++count}-x`, tags: [], facts: facts() }
  }
  const agentRows = (installation: string) =>
    border.get.sql<{ agent: string }>(
      `select key as agent from agent where state -> 'agent' ->> 'installation' = $1`,
      [installation],
    )

  it('makes one agent of fifty identical requests at once', async () => {
    const body = await registration()
    const all = await Promise.all(
      Array.from({ length: 50 }, () => border.get.anyone().ok('registerAgent', { body })),
    )
    expect(new Set(all.map(({ agent }) => agent)).size).to.equal(1)
    expect(all.filter(({ isNew }) => isNew)).to.have.length(1)
    expect(new Set(all.map(({ key }) => key)).size).to.equal(50)
    expect(await agentRows(body.installation)).to.deep.equal([{ agent: all[0]?.agent }])
  })

  it('gives a key that opens the routes of agents, and stores neither it nor the token', async () => {
    const body = await registration()
    const { agent, key } = await border.get.anyone().ok('registerAgent', { body })
    expect(key).to.match(/^agt_key_[A-Za-z0-9_-]{43}[0-9a-f]{8}$/)
    const { agent: welcomed } = await new Api(border.get.server.url, { bearer: key }).ok('agentHello', {
      body: { facts: facts(), running: [] },
    })
    expect(welcomed).to.equal(agent)
    for (const table of ['agent_key', 'agent_token', 'agent', 'agent_identity', 'presence']) {
      const rows = await border.get.sql(`select t::text as row from ${table} as t`)
      const text = JSON.stringify(rows)
      expect(text).not.to.include(key.slice(14))
      expect(text).not.to.include(body.token.slice(10))
    }
  })

  it('finds the same agent again by its installation, with another token too', async () => {
    const body = await registration()
    const first = await border.get.anyone().ok('registerAgent', { body })
    const token = await border.get.agentToken()
    const again = await border.get.anyone().ok('registerAgent', { body: { ...body, token } })
    expect(again).to.deep.include({ agent: first.agent, isNew: false, name: first.name })
  })

  it('gives a name that is taken a number', async () => {
    const [one, other] = [await registration(), await registration()]
    const first = await border.get.anyone().ok('registerAgent', { body: { ...one, name: 'nas' } })
    const second = await border.get.anyone().ok('registerAgent', { body: { ...other, name: 'nas' } })
    expect([first.name, second.name]).to.deep.equal(['nas', 'nas-2'])
  })

  it('refuses a token that another installation has used', async () => {
    const body = await registration()
    await border.get.anyone().ok('registerAgent', { body })
    const problem = await border.get
      .anyone()
      .refused('registerAgent', { body: { ...body, installation: 'another-machine' } })
    expect(problem).to.deep.include({ code: 'in_use', status: 409 })
    expect(problem.detail).to.include('another installation')
  })

  it('may be repeated with the same token, until an answer can not be on its way any more', async () => {
    const body = await registration()
    const { agent } = await border.get.anyone().ok('registerAgent', { body })
    expect(await border.get.anyone().ok('registerAgent', { body })).to.include({ agent, isNew: false })
    await border.get.sql(
      `update agent_token set used_at = used_at - interval '10 minutes' where used_by = $1`,
      [agent],
    )
    const problem = await border.get.anyone().refused('registerAgent', { body })
    expect(problem).to.include({ code: 'in_use', status: 409 })
    expect(problem.detail).to.include('was used already')
  })

  it('is over when the agent is revoked or removed: the token that it had used is void', async () => {
    const [revoked, removed] = [await registration(), await registration()]
    const first = await border.get.anyone().ok('registerAgent', { body: revoked })
    const second = await border.get.anyone().ok('registerAgent', { body: removed })
    await border.get.api.ok('revokeAgent', { params: { agent: first.agent }, body: {} })
    await border.get.api.ok('removeAgent', { params: { agent: second.agent } })
    for (const body of [revoked, removed])
      expect(await border.get.anyone().refused('registerAgent', { body })).to.include({
        code: 'in_use',
        status: 409,
      })
    const shown = await border.get.api.ok('getAgent', { params: { agent: first.agent } })
    expect(shown).to.include({ standing: 'revoked' })
    expect(
      await border.get.sql('select from agent_key where agent = any ($1)', [[first.agent, second.agent]]),
    ).to.deep.equal([])
    const token = await border.get.agentToken()
    const back = await border.get.anyone().ok('registerAgent', { body: { ...revoked, token } })
    expect(back).to.include({ agent: first.agent, isNew: false })
    expect(await border.get.api.ok('getAgent', { params: { agent: back.agent } })).to.include({
      standing: 'active',
    })
  })

  it('refuses a token that has expired, and one that was made void', async () => {
    const [expired, removed] = [await registration(), await registration()]
    const { items } = await border.get.api.ok('listAgentTokens')
    const [voidOne, late] = items
    await border.get.sql(`update agent_token set expires_at = now() - interval '1 s' where id = $1`, [
      late?.id,
    ])
    await border.get.api.ok('removeAgentToken', { params: { token: voidOne?.id ?? '' } })
    for (const body of [expired, removed])
      expect(await border.get.anyone().refused('registerAgent', { body })).to.include({
        code: 'not_signed_in',
        status: 401,
      })
  })

  it('says what is wrong with a token that was not copied whole', async () => {
    const body = await registration()
    const problem = await border.get
      .anyone()
      .refused('registerAgent', { body: { ...body, token: body.token.slice(0, -1) } })
    expect(problem).to.include({ code: 'bad_input' })
    expect(problem.fields?.map(({ path }) => path)).to.deep.equal(['token'])
  })

  it('is done once per team: the same installation is another agent elsewhere', async () => {
    const body = await registration()
    const here = await border.get.anyone().ok('registerAgent', { body })
    const other = await border.get.otherTeam()
    const there = await border.get
      .anyone()
      .ok('registerAgent', { body: { ...body, token: await border.get.agentToken(other.api) } })
    expect(there.isNew).to.equal(true)
    expect(there.agent).not.to.equal(here.agent)
    expect((await other.api.ok('listAgents')).items.map(({ id }) => id)).to.deep.equal([there.agent])
    expect((await other.api.try('getAgent', { params: { agent: here.agent } })).status).to.equal(404)
  })
})

describe("an agent's key", () => {
  const border = useBorder()
  const withKey = (key: string) => new Api(border.get.server.url, { bearer: key })

  it('works until the new one is used, and not after that', async () => {
    const { key: old } = await border.get.register()
    const { key: next } = await withKey(old).ok('rotateKey', { body: {} })
    expect((await withKey(old).try('rotateKey', { body: {} })).status).to.equal(200)
    expect((await withKey(next).try('rotateKey', { body: {} })).status).to.equal(200)
    expect((await withKey(old).try('rotateKey', { body: {} })).status).to.equal(401)
    expect((await withKey(next).try('rotateKey', { body: {} })).status).to.equal(200)
  })

  it('is void at once when the agent is revoked, and its socket is told', async () => {
    const agent = await border.get.agent()
    await border.get.api.ok('revokeAgent', { params: { agent: agent.id }, body: { reason: 'stolen' } })
    expect((await agent.told.next('dismissed')).told.reason).to.equal('stolen')
    await agent.told.next('closed')
    expect((await withKey(agent.dial.key).try('rotateKey', { body: {} })).status).to.equal(401)
    const back = border.get.dial(agent.dial)
    expect((await back.told.next('refused')).problem).to.include({ code: 'not_signed_in' })
  })

  it('goes with its agent', async () => {
    const agent = await border.get.agent()
    await withKey(agent.dial.key).ok('deregister', { body: {} })
    await agent.told.next('dismissed')
    expect((await withKey(agent.dial.key).try('rotateKey', { body: {} })).status).to.equal(401)
    expect((await border.get.api.try('getAgent', { params: { agent: agent.id } })).status).to.equal(404)
    for (const table of ['agent_key', 'agent_identity', 'presence'])
      expect(await border.get.sql(`select from ${table} where agent = $1`, [agent.id])).to.deep.equal([])
  })

  it('belongs to one installation', async () => {
    const dial = await border.get.register()
    const copied = border.get.dial({ ...dial, installation: 'copied-machine' })
    const { problem } = await copied.told.next('refused')
    expect(problem).to.include({ code: 'not_allowed' })
    expect(problem?.fields?.map(({ path }) => path)).to.deep.equal(['installation'])
  })
})
