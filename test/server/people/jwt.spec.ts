import { expect } from 'chai'
import { base64url, decodeJwt, decodeProtectedHeader, generateKeyPair, SignJWT } from 'jose'
import { createHmac } from 'node:crypto'
import { newId } from '#specs/ids.ts'
import { type Person, type RestSystem, startRest } from '../../support/rest.ts'

describe('a JWT', () => {
  let system: RestSystem
  let ada: Person
  before(async () => {
    system = await startRest()
    ada = await system.firstAdmin()
  })
  after(() => system.stop())

  async function make(seconds = 3_600): Promise<string> {
    return (await ada.api.ok('makeJwt', { body: { expiresInSeconds: seconds } })).jwt
  }
  const refused = async (jwt: string) => (await system.as({ bearer: jwt }).refused('me')).code

  it('is a way in for its time', async () => {
    const { jwt, expiresAt } = await ada.api.ok('makeJwt', { body: { expiresInSeconds: 600 } })
    const { user } = await system.as({ bearer: jwt }).ok('me')
    expect(user.id).to.equal(ada.id)
    expect(decodeJwt(jwt).exp).to.equal(expiresAt / 1000)
    expect(expiresAt - Date.now()).to.be.within(590_000, 601_000)
  })

  it('says nothing about what its user may do', async () => {
    expect(decodeJwt(await make())).to.have.all.keys('iss', 'aud', 'sub', 'jti', 'grt', 'iat', 'exp')
  })

  it('may what its user may now', async () => {
    const eve = await system.user(ada, 'admin')
    const { jwt } = await eve.api.ok('makeJwt', { body: {} })
    await system.as({ bearer: jwt }).ok('listUsers')
    await ada.api.ok('changeUser', { params: { user: eve.id }, body: { role: 'viewer' } })
    expect(await system.as({ bearer: jwt }).refused('listUsers')).to.include({ code: 'not_allowed' })
  })

  it('is void after a new password, and a later one is good', async () => {
    const eve = await system.user(ada, 'viewer')
    const { jwt } = await eve.api.ok('makeJwt', { body: {} })
    await ada.api.ok('changeUser', { params: { user: eve.id }, body: { password: 'another good password' } })
    expect(await refused(jwt)).to.equal('not_signed_in')
    const { headers } = await system.anyone.try('signIn', {
      body: { email: eve.email, password: 'another good password' },
    })
    const again = system.as({ cookie: headers.getSetCookie()[0]?.split(';')[0] ?? '' })
    await system.as({ bearer: (await again.ok('makeJwt', { body: {} })).jwt }).ok('me')
  })

  it('of an API token has its scopes, its end, and ends with it', async () => {
    const { secret, token } = await ada.api.ok('makeToken', {
      body: { name: 'script', scopes: ['read'], expiresInDays: 1 },
    })
    const { jwt, expiresAt } = await system
      .as({ bearer: secret })
      .ok('makeJwt', { body: { expiresInSeconds: 86_400 } })
    expect(expiresAt).to.be.at.most(token.expiresAt)
    const client = system.as({ bearer: jwt })
    await client.ok('me')
    expect(await client.refused('listUsers')).to.include({ code: 'not_allowed' })
    await ada.api.ok('removeToken', { params: { token: token.id } })
    expect(await refused(jwt)).to.equal('not_signed_in')
  })

  it('makes neither another nor an API token: it would never end', async () => {
    const client = system.as({ bearer: await make() })
    expect(await client.refused('makeJwt', { body: {} })).to.include({ code: 'not_allowed' })
    const body = { name: 'script', scopes: ['read'] }
    expect(await client.refused('makeToken', { body })).to.include({ code: 'not_allowed' })
  })

  it('goes on counting after the key was changed, until that is gone', async () => {
    const old = await make()
    await system.people.rotateJwtKey()
    const fresh = await make()
    expect(decodeProtectedHeader(fresh).kid).not.to.equal(decodeProtectedHeader(old).kid)
    for (const jwt of [old, fresh]) await system.as({ bearer: jwt }).ok('me')
    await system.pool.query('delete from jwt_key where id = $1', [decodeProtectedHeader(old).kid])
    expect(await refused(old)).to.equal('not_signed_in')
    await system.as({ bearer: fresh }).ok('me')
  })

  it('counts at another server on the same database', async () => {
    const other = await startRest({ database: system.database })
    try {
      await other.as({ bearer: await make() }).ok('me')
    } finally {
      await other.stop()
    }
  })

  it('leaves no private key in the database', async () => {
    await make()
    const { rows } = await system.pool.query<{ key: string }>('select public_key::text as key from jwt_key')
    expect(rows).not.to.deep.equal([])
    for (const { key } of rows) expect(JSON.parse(key)).to.have.all.keys('crv', 'kty', 'x')
  })

  it('is refused with any other algorithm, key, issuer or audience', async () => {
    const jwt = await make()
    const [header = '', payload = '', signature = ''] = jwt.split('.')
    const { kid = '' } = decodeProtectedHeader(jwt)
    const none = `${encoded({ alg: 'none', kid, typ: 'JWT' })}.${payload}.`
    const { rows } = await system.pool.query<{ key: string }>(
      'select public_key::text as key from jwt_key where id = $1',
      [kid],
    )
    const { x = '' } = JSON.parse(rows[0]?.key ?? '{}') as { x?: string }
    const input = `${encoded({ alg: 'HS256', kid, typ: 'JWT' })}.${payload}`
    // The public key as the secret of a symmetric algorithm.
    const swapped = `${input}.${createHmac('sha256', Buffer.from(x, 'base64url')).update(input).digest('base64url')}`
    const other = `${encoded({ sub: 'usr_' })}`
    const wrong = [
      none,
      swapped,
      `${header}.${other}.${signature}`,
      `${header}.${payload}.`,
      `${header}.${payload}.${signature.split('').toReversed().join('')}`,
      '..',
      'a.b.c',
      `${encoded({ alg: 'EdDSA', kid: 'nobody' })}.${payload}.${signature}`,
      `${encoded({ alg: 'EdDSA', kid, crit: ['b64'], b64: false })}.${payload}.${signature}`,
      await forged({}),
    ]
    for (const text of wrong) expect(await refused(text), text).to.equal('not_signed_in')
  })

  it('is refused where anything of it was changed', async () => {
    const jwt = await make()
    for (let at = 5; at < jwt.length; at += 7) {
      if (jwt[at] === '.' || jwt[at + 1] === '.' || at === jwt.length - 1) continue
      const changed = jwt.slice(0, at) + (jwt[at] === 'A' ? 'B' : 'A') + jwt.slice(at + 1)
      expect(await refused(changed), `at ${at}`).to.equal('not_signed_in')
    }
  })

  /** Signed with a key of somebody else's, which bears the name of ours. */
  async function forged(claims: Readonly<Record<string, unknown>>): Promise<string> {
    const jwt = await make()
    const { privateKey } = await generateKeyPair('EdDSA')
    const { kid = '' } = decodeProtectedHeader(jwt)
    return await new SignJWT({ ...decodeJwt(jwt), ...claims })
      .setProtectedHeader({ alg: 'EdDSA', kid })
      .sign(privateKey)
  }

  it('is refused after its time, for another audience, by another issuer, and without a claim that it needs', async () => {
    const { privateKey, publicKey } = await generateKeyPair('EdDSA', { extractable: true })
    const { exportJWK } = await import('jose')
    const key = JSON.stringify(await exportJWK(publicKey))
    await system.pool.query(
      `insert into jwt_key (id, public_key, expires_at) values ('spec', $1, now() + interval '1 hour')`,
      [key],
    )
    const sign = (claims: Readonly<Record<string, unknown>>) =>
      new SignJWT({ ...decodeJwt(jwt), ...claims })
        .setProtectedHeader({ alg: 'EdDSA', kid: 'spec' })
        .sign(privateKey)
    const jwt = await make()
    await system.as({ bearer: await sign({}) }).ok('me')
    const eve = await system.user(ada, 'viewer')
    const past = Math.floor(Date.now() / 1000) - 1
    for (const claims of [
      { aud: 'other' },
      { iss: 'other' },
      { exp: past },
      { sub: undefined },
      { exp: undefined },
      { iat: undefined },
      { grt: undefined },
      { grt: newId('jwtGrant') },
      { grt: grantOf((await eve.api.ok('makeJwt', { body: {} })).jwt) },
    ])
      expect(await refused(await sign(claims)), JSON.stringify(claims)).to.equal('not_signed_in')
  })
})

function grantOf(jwt: string): unknown {
  return decodeJwt(jwt)['grt']
}

function encoded(value: unknown): string {
  return base64url.encode(JSON.stringify(value))
}
