import { expect } from 'chai'
import { cookieOf } from '../../support/api.ts'
import { newEmail, password, type RestSystem, startRest } from '../../support/rest.ts'

describe('the first start', () => {
  let system: RestSystem
  beforeEach(async () => {
    system = await startRest()
  })
  afterEach(() => system.stop())

  async function token(): Promise<string> {
    return (await system.people.welcomeLink())?.split('#token=')[1] ?? ''
  }
  const admin = (given: string) => ({
    token: given,
    email: newEmail(),
    name: 'Ada',
    password,
    team: 'Studio',
  })

  it('makes a link of which the database keeps only a hash', async () => {
    const link = (await system.people.welcomeLink()) ?? ''
    expect(link).to.match(/^http:\/\/safelight\.test\/app\/welcome#token=wel_[A-Za-z0-9_-]{43}[0-9a-f]{8}$/)
    const { rows } = await system.pool.query<{ text: string }>(
      'select welcome_link::text as text from welcome_link',
    )
    expect(rows).to.have.length(1)
    expect(rows[0]?.text).not.to.include(link.split('wel_')[1]?.slice(0, 20))
  })

  it('makes the team and its admin, who is signed in', async () => {
    const { status, headers, body } = await system.anyone.try('welcome', { body: admin(await token()) })
    expect(status).to.equal(201)
    expect(body).to.nested.include({ 'user.role': 'admin', 'user.system': true, 'team.name': 'Studio' })
    expect(await system.as({ cookie: cookieOf(headers) }).ok('me')).to.deep.equal(body)
  })

  it('lets one of many in who come at once with the same link', async () => {
    const link = await token()
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => system.anyone.try('welcome', { body: admin(link) })),
    )
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).to.deep.equal([
      201,
      ...Array<number>(7).fill(410),
    ])
    const { rows } = await system.pool.query(
      'select (select count(*)::int from team) as teams, count(*)::int as users from "user"',
    )
    expect(rows).to.deep.equal([{ teams: 1, users: 1 }])
  })

  it('voids the link of the start before', async () => {
    const [first, second] = [await token(), await token()]
    expect(await system.anyone.refused('welcome', { body: admin(first) })).to.include({ code: 'gone' })
    await system.anyone.ok('welcome', { body: admin(second) })
  })

  it('keeps the link where the input is wrong', async () => {
    const link = await token()
    const problem = await system.anyone.refused('welcome', { body: { ...admin(link), password: 'short' } })
    expect(problem.fields).to.deep.equal([{ path: 'password', message: 'must have at least 12 characters' }])
    await system.anyone.ok('welcome', { body: admin(link) })
  })

  it('refuses a link after a day', async () => {
    const link = await token()
    await system.pool.query(`update welcome_link set expires_at = now()`)
    expect(await system.anyone.refused('welcome', { body: admin(link) })).to.include({ code: 'gone' })
  })

  it('refuses a mistyped link', async () => {
    const link = await token()
    const wrong = `${link.slice(0, -1)}${link.endsWith('0') ? '1' : '0'}`
    expect(await system.anyone.refused('welcome', { body: admin(wrong) })).to.include({ code: 'gone' })
  })

  it('is over once there is a user', async () => {
    await system.firstAdmin()
    expect(await system.people.welcomeLink()).to.equal(undefined)
  })
})
