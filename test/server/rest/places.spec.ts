import { expect } from 'chai'
import { callersOf } from '#server/rest/places.ts'
import { allRoutes, type RouteName } from '#specs/routes.ts'
import { facts } from '../link/border.ts'
import { type Person, type RestSystem, startRest } from '../../support/rest.ts'

const behind = (address: string) => ({ headers: { 'x-forwarded-for': address } })

describe('where agents and admins call from', function () {
  this.timeout(30_000)
  let system: RestSystem
  let ada: Person
  before(async () => {
    const from = { agentsFrom: ['10.0.0.0/8', 'fd00:a::/32'], adminsFrom: ['10.1.0.0/16', 'fd00:b::/32'] }
    system = await startRest({ fleet: true, trustedProxies: ['127.0.0.1'], from })
    ada = await welcomed(system)
  })
  after(() => system.stop())

  /** The first admin has to come from where admins come from. */
  async function welcomed(started: RestSystem): Promise<Person> {
    const { people, anyone } = started
    const as = (proof: { cookie: string }) => started.as(proof)
    const token = (await people.welcomeLink())?.split('#token=')[1] ?? ''
    const [email, password] = ['ada@example.org', 'correct horse battery']
    const body = { token, email, name: 'Ada', password, team: 'A' }
    expect(await anyone.refused('welcome', { body, ...behind('192.0.2.1') })).to.include({
      code: 'not_allowed',
    })
    const { headers } = await anyone.try('welcome', { body, ...behind('10.1.0.1') })
    const cookie = headers.getSetCookie()[0]?.split(';')[0] ?? ''
    const { user } = await as({ cookie }).ok('me')
    return { api: as({ cookie }), id: user.id, team: user.team, email, password, cookie }
  }

  const admins: [address: string, allowed: boolean][] = [
    ['10.1.2.3', true],
    ['::ffff:10.1.2.3', true],
    ['fd00:b::1', true],
    ['10.2.0.1', false],
    ['fd00:a::1', false],
    ['203.0.113.9', false],
    // What the proxy's own peer has written in front does not count.
    ['10.1.2.3, 203.0.113.9', false],
    ['203.0.113.9, 10.1.2.3', true],
  ]
  for (const [address, allowed] of admins) {
    it(`is ${allowed ? '' : 'not '}'${address}' for what only admins may do`, async () => {
      const { status, body } = await ada.api.try('listUsers', behind(address))
      expect(status).to.equal(allowed ? 200 : 403)
      if (!allowed) expect((body as { detail: string }).detail).to.include('SAFELIGHT_ADMINS_FROM')
    })
  }

  it('says which address it is that is not let in', async () => {
    const { detail } = await ada.api.refused('listUsers', behind('203.0.113.9'))
    expect(detail).to.include('203.0.113.9').and.include('SAFELIGHT_TRUSTED_PROXIES')
  })

  it('does not matter for what others may do', async () => {
    await ada.api.ok('me', behind('203.0.113.9'))
    await ada.api.ok('listAgents', behind('203.0.113.9'))
  })

  it('comes before who it is: from elsewhere nobody can try keys and tokens', async () => {
    const wrong = system.as({ bearer: `tok_${'x'.repeat(51)}` })
    expect(await wrong.refused('listUsers', behind('203.0.113.9'))).to.include({ code: 'not_allowed' })
    expect(await wrong.refused('listUsers', behind('10.1.0.1'))).to.include({ code: 'not_signed_in' })
  })

  it('holds for registering and for every call of an agent', async () => {
    const { secret: token } = await ada.api.ok('makeAgentToken', { body: {}, ...behind('10.1.0.1') })
    const body = { token, name: 'nas', installation: 'installation-1', tags: [], facts: facts() }
    const refused = await system.anyone.refused('registerAgent', { body, ...behind('192.0.2.1') })
    expect(refused).to.include({ code: 'not_allowed', status: 403 })
    expect(refused.detail).to.include('SAFELIGHT_AGENTS_FROM')
    const { key } = await system.anyone.ok('registerAgent', { body, ...behind('fd00:a::7') })
    const agent = system.as({ bearer: key })
    const hello = { body: { facts: facts(), running: [] } }
    expect(await agent.refused('agentHello', { ...hello, ...behind('192.0.2.1') })).to.include({
      status: 403,
    })
    await agent.ok('agentHello', { ...hello, ...behind('10.9.9.9') })
  })

  it('is said of every route that only agents or admins may call, and of those with which they begin', () => {
    const groups = Object.fromEntries([...allRoutes].map(([name, route]) => [name, callersOf(route)]))
    for (const [name, { who }] of allRoutes) {
      const expected = who === 'agent' ? 'agents' : who === 'admin' || who === 'system' ? 'admins' : undefined
      const begins: Partial<Record<RouteName, string>> = { registerAgent: 'agents', welcome: 'admins' }
      expect(groups[name], name).to.equal(begins[name] ?? expected)
    }
  })
})

describe('a caller from elsewhere', () => {
  it('gets in nowhere by naming another address, where no proxy is trusted', async () => {
    const system = await startRest({ from: { adminsFrom: ['10.0.0.0/8'] } })
    try {
      for (const name of ['x-forwarded-for', 'forwarded', 'x-real-ip', 'true-client-ip', 'x-client-ip']) {
        const value = name === 'forwarded' ? 'for=10.0.0.1' : '10.0.0.1'
        const problem = await system.anyone.refused('listUsers', { headers: { [name]: value } })
        expect(problem.detail, name).to.include('127.0.0.1')
        expect(problem.status, name).to.equal(403)
      }
    } finally {
      await system.stop()
    }
  })

  it('is counted like anybody without proof', async () => {
    const system = await startRest({
      from: { adminsFrom: ['10.0.0.0/8'] },
      limits: { anonymousPerMinute: 2 },
    })
    try {
      const statuses: number[] = []
      for (let call = 0; call < 3; call++) statuses.push((await system.anyone.try('listUsers')).status)
      expect(statuses).to.deep.equal([403, 403, 429])
    } finally {
      await system.stop()
    }
  })
})
