import { expect } from 'chai'
import { decodeJwt } from 'jose'
import type { Api } from '../../support/api.ts'
import { cookieOf } from '../../support/api.ts'
import { password, type Person, type RestSystem, startRest } from '../../support/rest.ts'

let system: RestSystem
let ada: Person

function useSystem(): void {
  beforeEach(async () => {
    system = await startRest()
    ada = await system.firstAdmin()
  })
  afterEach(() => system.stop())
}

const make = async (api: Api = ada.api) => await api.ok('makeJwt', { body: {} })
const client = (jwt: string, at: RestSystem = system) => at.as({ bearer: jwt })
const isVoid = async (jwt: string, at: RestSystem = system) =>
  expect(await client(jwt, at).refused('me')).to.include({ code: 'not_signed_in', status: 401 })
const refresh = (text: string, at: RestSystem = system) =>
  at.anyone.try('refreshJwt', { body: { refresh: text } })

/** Another session of the same person. */
async function signedIn({ email }: Person): Promise<Api> {
  const { headers } = await system.anyone.try('signIn', { body: { email, password } })
  return system.as({ cookie: cookieOf(headers) })
}

describe('the end of a JWT', () => {
  useSystem()

  it('comes with the sign-out of the session that it was made with, on every server at once', async () => {
    const other = await startRest({ database: system.database })
    try {
      const [one, two] = [await make(), await make()]
      const later = await make(await signedIn(ada))
      for (const { jwt } of [one, two, later]) await client(jwt, other).ok('me')
      await ada.api.ok('signOut')
      for (const { jwt } of [one, two]) {
        await isVoid(jwt, other)
        await isVoid(jwt)
      }
      await client(later.jwt, other).ok('me')
    } finally {
      await other.stop()
    }
  })

  it('is told to whoever holds a connection, after that of its session or API token', async () => {
    const { jwt } = await make()
    const { token, secret } = await ada.api.ok('makeToken', { body: { name: 'script', scopes: ['read'] } })
    const { jwt: another } = await make(system.as({ bearer: secret }))
    await ada.api.ok('removeToken', { params: { token: token.id } })
    await ada.api.ok('signOut')
    const told = system.ended.map((ended) => [ended.what, 'credential' in ended ? ended.credential : null])
    expect(told.map(([what]) => what)).to.deep.equal(['token', 'jwt', 'session', 'jwt'])
    expect(told.map(([, credential]) => credential).toSpliced(2, 1)).to.deep.equal([
      token.id,
      decodeJwt(another)['grt'],
      decodeJwt(jwt)['grt'],
    ])
    expect(told[2]?.[1]).to.match(/^ses_/)
  })

  it('comes when its session has run out', async () => {
    const { jwt, refresh: next } = await make()
    await system.pool.query('update session set expires_at = now()')
    await isVoid(jwt)
    expect((await refresh(next)).status).to.equal(401)
  })

  it('comes by itself where it signs out, and its session and other JWTs go on', async () => {
    const [one, other] = [await make(), await make()]
    await client(one.jwt).ok('signOut')
    await isVoid(one.jwt)
    expect((await refresh(one.refresh)).status).to.equal(401)
    await client(other.jwt).ok('me')
    await ada.api.ok('me')
    expect(system.ended).to.deep.equal([
      { what: 'jwt', team: ada.team, credential: decodeJwt(one.jwt)['grt'] },
    ])
  })

  it('comes with a new password, also for one that was made with an API token, which goes on', async () => {
    const eve = await system.user(ada, 'viewer')
    const { secret } = await eve.api.ok('makeToken', { body: { name: 'script', scopes: ['read'] } })
    const script = system.as({ bearer: secret })
    const made = [await make(eve.api), await make(script)]
    await ada.api.ok('changeUser', { params: { user: eve.id }, body: { password: 'another good password' } })
    for (const { jwt, refresh: next } of made) {
      await isVoid(jwt)
      expect((await refresh(next)).status).to.equal(401)
    }
    await client((await make(script)).jwt).ok('me')
  })

  it('leaves nothing behind when it was cleared up', async () => {
    await make()
    const { refresh: kept } = await make()
    await system.pool.query(
      `update jwt_grant set expires_at = now() where id = (select min(id) from jwt_grant)`,
    )
    await system.people.tidy()
    for (const table of ['jwt_grant', 'jwt_refresh'])
      expect((await system.pool.query(`select from ${table}`)).rows, table).to.have.length(1)
    expect((await refresh(kept)).status).to.equal(201)
  })
})

describe('the next JWT', () => {
  useSystem()

  it('comes for what came with the one before, without signing in', async () => {
    const first = await make()
    const second = await system.anyone.ok('refreshJwt', {
      body: { refresh: first.refresh, expiresInSeconds: 60 },
    })
    const third = await system.anyone.ok('refreshJwt', { body: { refresh: second.refresh } })
    for (const { jwt } of [first, second, third])
      expect((await client(jwt).ok('me')).user.id).to.equal(ada.id)
    expect(second.expiresAt).to.be.below(third.expiresAt)
    await ada.api.ok('signOut')
    for (const { jwt } of [first, second, third]) await isVoid(jwt)
  })

  it('may what the one before may, and lives no longer than what made it', async () => {
    const { secret, token } = await ada.api.ok('makeToken', {
      body: { name: 'script', scopes: ['read'], expiresInDays: 1 },
    })
    const first = await make(system.as({ bearer: secret }))
    const body = { refresh: first.refresh, expiresInSeconds: 86_400 }
    const second = await system.anyone.ok('refreshJwt', { body })
    expect(second.expiresAt).to.be.at.most(token.expiresAt)
    expect(second.refreshExpiresAt).to.be.at.most(token.expiresAt)
    await client(second.jwt).ok('me')
    expect(await client(second.jwt).refused('listUsers')).to.include({ code: 'not_allowed' })
  })

  it('is not had twice: who uses the same again has stolen it, or was stolen from, and all is void', async () => {
    const first = await make()
    const second = await system.anyone.ok('refreshJwt', { body: { refresh: first.refresh } })
    expect(await system.anyone.refused('refreshJwt', { body: { refresh: first.refresh } })).to.include({
      code: 'not_signed_in',
    })
    for (const { jwt } of [first, second]) await isVoid(jwt)
    expect((await refresh(second.refresh)).status).to.equal(401)
    expect(system.ended).to.deep.equal([
      { what: 'jwt', team: ada.team, credential: decodeJwt(first.jwt)['grt'] },
    ])
    expect(system.log.map(({ line }) => line)).to.include(
      'what a JWT is refreshed with was used twice; all that hangs on it is void',
    )
    await ada.api.ok('me')
  })

  it('is had by one of many who ask at once with the same, and then by nobody', async () => {
    const first = await make()
    const answers = await Promise.all(Array.from({ length: 8 }, () => refresh(first.refresh)))
    const made = answers.filter(({ status }) => status === 201).map(({ body }) => body as { jwt: string })
    expect(made).to.have.length(1)
    for (const { jwt } of made) await isVoid(jwt)
  })

  it('is not had after a week, nor by a disabled user, nor for what was never given out', async () => {
    const late = await make()
    await system.pool.query('update jwt_grant set expires_at = now()')
    const eve = await system.user(ada, 'viewer')
    const hers = await make(eve.api)
    await ada.api.ok('changeUser', { params: { user: eve.id }, body: { disabled: true } })
    await ada.api.ok('changeUser', { params: { user: eve.id }, body: { disabled: false } })
    const { secret } = await ada.api.ok('makeToken', { body: { name: 'script', scopes: ['read'] } })
    for (const text of [late.refresh, hers.refresh, secret, `ref_${'x'.repeat(51)}`, 'x'])
      expect((await refresh(text)).status, text.slice(0, 4)).to.equal(401)
  })

  it('is asked for with what no copy of the database has', async () => {
    const { refresh: text } = await make()
    const { rows } = await system.pool.query('select r::text as row from jwt_refresh as r')
    expect(rows).to.have.length(1)
    expect(JSON.stringify(rows)).not.to.include(text.slice(4, 20))
  })
})
