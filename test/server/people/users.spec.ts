import { expect } from 'chai'
import { newEmail, password, type Person, type RestSystem, startRest } from '../../support/rest.ts'

describe('the users of a team', () => {
  let system: RestSystem
  let ada: Person
  beforeEach(async () => {
    system = await startRest()
    ada = await system.firstAdmin()
  })
  afterEach(() => system.stop())

  const newUser = (email: string) => ({ email, name: 'Eve', role: 'viewer', password })

  it('are made and changed by an admin', async () => {
    const email = newEmail()
    const eve = await ada.api.ok('makeUser', { body: newUser(email) })
    expect(eve).to.include({
      email,
      name: 'Eve',
      role: 'viewer',
      system: false,
      disabled: false,
      team: ada.team,
    })
    const changed = await ada.api.ok('changeUser', {
      params: { user: eve.id },
      body: { name: 'Eva', role: 'operator' },
    })
    expect(changed).to.deep.equal({ ...eve, name: 'Eva', role: 'operator' })
    expect((await ada.api.ok('listUsers')).items.map(({ id }) => id)).to.have.members([ada.id, eve.id])
  })

  it('have an e-mail that nobody else has, in this team or another', async () => {
    const ben = await system.teamAdmin(ada)
    for (const taken of [ada.email, ben.email.toUpperCase()]) {
      const problem = await ada.api.refused('makeUser', { body: newUser(taken) })
      expect(problem).to.deep.include({
        code: 'already_exists',
        fields: [{ path: 'email', message: 'is taken' }],
      })
    }
  })

  it('keep their last admin', async () => {
    for (const body of [{ disabled: true }, { role: 'viewer' }])
      expect(await ada.api.refused('changeUser', { params: { user: ada.id }, body })).to.include({
        code: 'in_use',
      })
    await ada.api.ok('changeUser', {
      params: { user: ada.id },
      body: { name: 'Ada L', role: 'admin', disabled: false },
    })
  })

  it('keep an admin of the installation', async () => {
    await system.user(ada, 'admin')
    const problem = await ada.api.refused('changeUser', {
      params: { user: ada.id },
      body: { disabled: true },
    })
    expect(problem).to.include({ code: 'in_use' })
    expect(problem.detail).to.include('installation')
  })

  it('keep one admin where two take each other away at once', async () => {
    const ben = await system.teamAdmin(ada)
    const bea = await system.user(ben, 'admin')
    const [one, other] = await Promise.all([
      ben.api.try('changeUser', { params: { user: bea.id }, body: { role: 'viewer' } }),
      bea.api.try('changeUser', { params: { user: ben.id }, body: { role: 'viewer' } }),
    ])
    expect([one.status, other.status].filter((status) => status === 200)).to.have.length(1)
    const { rows } = await system.pool.query(`select from "user" where team = $1 and role = 'admin'`, [
      ben.team,
    ])
    expect(rows).to.have.length(1)
  })

  it('can not take over an admin of the installation by being an admin of the team', async () => {
    const eve = await system.user(ada, 'admin')
    const problem = await eve.api.refused('changeUser', {
      params: { user: ada.id },
      body: { password: 'mine from now on' },
    })
    expect(problem).to.include({ code: 'not_allowed' })
    await ada.api.ok('me')
  })

  it('are not there for another team', async () => {
    const ben = await system.teamAdmin(ada)
    const foreign = await ben.api.refused('changeUser', { params: { user: ada.id }, body: { name: 'Mine' } })
    const unknown = await ben.api.refused('changeUser', {
      params: { user: `usr_${'0'.repeat(26)}` },
      body: { name: 'Mine' },
    })
    const malformed = await ben.api.refused('changeUser', { params: { user: 'ada' }, body: { name: 'Mine' } })
    expect(foreign).to.include({ code: 'not_found' })
    expect(foreign).to.deep.equal(unknown)
    expect(foreign).to.deep.equal(malformed)
    expect((await ben.api.ok('listUsers')).items.map(({ id }) => id)).to.deep.equal([ben.id])
  })

  it('come in pages', async () => {
    for (let index = 0; index < 4; index++) await ada.api.ok('makeUser', { body: newUser(newEmail()) })
    const first = await ada.api.ok('listUsers', { query: { limit: '3' } })
    const second = await ada.api.ok('listUsers', { query: { limit: '3', after: first.next ?? '' } })
    expect([first.items.length, second.items.length, second.next]).to.deep.equal([3, 2, null])
    expect(new Set([...first.items, ...second.items].map(({ id }) => id)).size).to.equal(5)
  })
})

describe('teams', () => {
  let system: RestSystem
  let ada: Person
  before(async () => {
    system = await startRest()
    ada = await system.firstAdmin()
  })
  after(() => system.stop())

  it('are made by an admin of the installation, each with its first admin', async () => {
    const email = newEmail()
    const made = await ada.api.ok('makeTeam', {
      body: { name: 'Second', admin: { email, name: 'Ben', password } },
    })
    expect(made).to.nested.include({ 'team.name': 'Second', 'user.role': 'admin', 'user.system': false })
    expect((await ada.api.ok('listTeams')).items.map(({ id }) => id)).to.have.members([
      ada.team,
      made.team.id,
    ])
    await system.anyone.ok('signIn', { body: { email, password } })
  })

  it('are nobody else’s business', async () => {
    const ben = await system.teamAdmin(ada)
    expect(await ben.api.refused('listTeams')).to.include({ code: 'not_allowed' })
    const body = { name: 'Third', admin: { email: newEmail(), name: 'Cleo', password } }
    expect(await ben.api.refused('makeTeam', { body })).to.include({ code: 'not_allowed' })
  })

  it('are not made by halves', async () => {
    const before = await ada.api.ok('listTeams')
    const problem = await ada.api.refused('makeTeam', {
      body: { name: 'Half', admin: { email: ada.email, name: 'Ben', password } },
    })
    expect(problem).to.deep.include({
      code: 'already_exists',
      fields: [{ path: 'admin.email', message: 'is taken' }],
    })
    expect(await ada.api.ok('listTeams')).to.deep.equal(before)
  })
})
