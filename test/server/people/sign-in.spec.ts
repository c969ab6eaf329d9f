import { expect } from 'chai'
import { cookieOf } from '../../support/api.ts'
import { type Person, password, type RestSystem, startRest } from '../../support/rest.ts'

describe('signing in', () => {
  let system: RestSystem
  let ada: Person
  beforeEach(async () => {
    system = await startRest()
    ada = await system.firstAdmin()
  })
  afterEach(() => system.stop())

  const signIn = (email: string, secret = password) =>
    system.anyone.try('signIn', { body: { email, password: secret } })

  it('sets a cookie that no script and no other site can use', async () => {
    const { headers } = await signIn(ada.email)
    const [cookie = ''] = headers.getSetCookie()
    expect(cookie).to.match(
      /^safelight_session=ses_[A-Za-z0-9_-]{51}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=2592000$/,
    )
  })

  it('takes the e-mail in any case', async () => {
    expect((await signIn(ada.email.toUpperCase())).status).to.equal(200)
  })

  it('stores neither the password nor the session', async () => {
    const { headers } = await signIn(ada.email)
    const secret = cookieOf(headers).split('ses_')[1] ?? ''
    const { rows } = await system.pool.query<{ text: string }>(
      `select "user"::text as text from "user" union all select session::text from session`,
    )
    const stored = rows.map(({ text }) => text).join()
    expect(stored).to.include('$argon2id$v=19$m=19456,t=2,p=1$')
    expect(stored).not.to.include(password)
    expect(stored).not.to.include(secret.slice(0, 20))
  })

  it('answers a wrong password, an unknown e-mail and a disabled user in the same words', async () => {
    const eve = await system.user(ada, 'viewer')
    await ada.api.ok('changeUser', { params: { user: eve.id }, body: { disabled: true } })
    const answers = [
      await signIn(ada.email, 'wrong horse battery'),
      await signIn('nobody@example.org'),
      await signIn(eve.email),
    ]
    expect(answers.map(({ status }) => status)).to.deep.equal([401, 401, 401])
    expect(answers[1]?.body).to.deep.equal(answers[0]?.body)
    expect(answers[2]?.body).to.deep.equal(answers[0]?.body)
  })

  it('takes as long for an unknown e-mail as for a wrong password', async () => {
    const wrong: number[] = []
    const unknown: number[] = []
    for (let round = 0; round < 12; round++) {
      wrong.push(await took(() => signIn(ada.email, 'wrong horse battery')))
      unknown.push(await took(() => signIn(`nobody${round}@example.org`)))
    }
    // The middle of each: single tries vary with what else the machine does.
    expect(median(unknown) / median(wrong)).to.be.within(0.5, 2)
  })

  it('ends with the session', async () => {
    await ada.api.ok('signOut')
    expect(await ada.api.refused('me')).to.include({ code: 'not_signed_in' })
    expect(system.ended).to.have.length(1)
    expect(system.ended[0]).to.include({ what: 'session', team: ada.team })
  })

  it('leaves other sessions of the user alone when one is ended', async () => {
    const other = system.as({ cookie: cookieOf((await signIn(ada.email)).headers) })
    await other.ok('signOut')
    await ada.api.ok('me')
  })

  it('lasts 30 days from its last use, told to the browser once a day', async () => {
    const end = async () => {
      const { rows } = await system.pool.query<{ days: number }>(
        `select max(round(extract(epoch from expires_at - now()) / 86400)::int) as days from session`,
      )
      return rows[0]?.days
    }
    const untouched = await ada.api.try('me')
    expect(untouched.headers.getSetCookie()).to.deep.equal([])
    await system.pool.query(`update session set expires_at = expires_at - interval '20 days'`)
    const renewed = await ada.api.try('me')
    expect(cookieOf(renewed.headers)).to.equal(ada.cookie)
    expect(await end()).to.equal(30)
    await system.pool.query(`update session set expires_at = now()`)
    expect(await ada.api.refused('me')).to.include({ code: 'not_signed_in' })
  })

  it('is asked for again after a new password, in every browser but not for API tokens', async () => {
    const eve = await system.user(ada, 'viewer')
    const { secret } = await eve.api.ok('makeToken', { body: { name: 'script', scopes: ['read'] } })
    await ada.api.ok('changeUser', { params: { user: eve.id }, body: { password: 'another good password' } })
    expect(await eve.api.refused('me')).to.include({ code: 'not_signed_in' })
    expect((await signIn(eve.email)).status).to.equal(401)
    expect((await signIn(eve.email, 'another good password')).status).to.equal(200)
    await system.as({ bearer: secret }).ok('me')
    expect(system.ended).to.deep.equal([{ what: 'user', team: ada.team, user: eve.id, disabled: false }])
  })

  it('is over at once for a disabled user, by every way in', async () => {
    const eve = await system.user(ada, 'viewer')
    const { secret } = await eve.api.ok('makeToken', { body: { name: 'script', scopes: ['read'] } })
    const { jwt } = await eve.api.ok('makeJwt', { body: {} })
    const ways = [eve.api, system.as({ bearer: secret }), system.as({ bearer: jwt })]
    for (const way of ways) await way.ok('me')
    await ada.api.ok('changeUser', { params: { user: eve.id }, body: { disabled: true } })
    for (const way of ways) expect(await way.refused('me')).to.include({ code: 'not_signed_in' })
    await ada.api.ok('changeUser', { params: { user: eve.id }, body: { disabled: false } })
    expect(await ways[0]?.refused('me')).to.include({ code: 'not_signed_in' })
    await ways[1]?.ok('me')
    expect(await ways[2]?.refused('me')).to.include({ code: 'not_signed_in' })
  })

  it('puts an outdated hash of the right password right', async () => {
    const { argon2Sync } = await import('node:crypto')
    const nonce = Buffer.alloc(16, 7)
    const weak = argon2Sync('argon2id', {
      message: password,
      nonce,
      parallelism: 1,
      tagLength: 32,
      memory: 64,
      passes: 1,
    })
    const phc = `$argon2id$v=19$m=64,t=1,p=1$${nonce.toString('base64').replaceAll('=', '')}$${weak.toString('base64').replaceAll('=', '')}`
    await system.pool.query('update "user" set password = $1', [phc])
    expect((await signIn(ada.email)).status).to.equal(200)
    const { rows } = await system.pool.query<{ password: string }>('select password from "user"')
    expect(rows[0]?.password).to.include('m=19456,t=2')
    expect((await signIn(ada.email)).status).to.equal(200)
  })

  it('keeps no secret in the log', async () => {
    const eve = await system.user(ada, 'admin')
    const { secret } = await eve.api.ok('makeToken', { body: { name: 'script', scopes: ['read'] } })
    const { jwt } = await eve.api.ok('makeJwt', { body: {} })
    await signIn(eve.email, 'a wrong password of mine')
    const logged = JSON.stringify(system.log)
    expect(logged).to.include('signed in')
    for (const canary of [password, 'a wrong password of mine', secret, jwt, eve.cookie.split('=')[1] ?? ''])
      expect(logged).not.to.include(canary)
  })
})

describe('many tries to sign in', () => {
  let system: RestSystem
  let ada: Person
  beforeEach(async () => {
    system = await startRest({ people: { signInsPerMinute: 10 }, trustedProxies: ['127.0.0.1'] })
    ada = await system.firstAdmin()
    await system.pool.query('delete from sign_in_try')
  })
  afterEach(() => system.stop())

  const signIn = (email: string, ip: string, secret = 'wrong horse battery') =>
    system.anyone.try('signIn', { body: { email, password: secret }, headers: { 'x-forwarded-for': ip } })

  it('are refused from the eleventh on for one e-mail, the right password too, whoever tries', async () => {
    for (let index = 0; index < 10; index++)
      expect((await signIn(ada.email, `10.0.0.${index}`)).status).to.equal(401)
    const { status, headers } = await signIn(ada.email, '10.0.1.1', password)
    expect(status).to.equal(429)
    expect(Number(headers.get('retry-after'))).to.be.within(1, 60)
    expect((await signIn('other@example.org', '10.0.1.1')).status).to.equal(401)
  })

  it('are refused from the eleventh on from one address, for whatever e-mail', async () => {
    for (let index = 0; index < 10; index++)
      expect((await signIn(`a${index}@example.org`, '2001:db8::1')).status).to.equal(401)
    expect((await signIn(ada.email, '2001:db8::2', password)).status).to.equal(429)
    expect((await signIn(ada.email, '2001:db9::2', password)).status).to.equal(200)
  })

  it('are forgotten after a minute', async () => {
    for (let index = 0; index < 11; index++) await signIn(ada.email, '10.0.0.1')
    await system.pool.query(`update sign_in_try set since = since - interval '61 seconds'`)
    expect((await signIn(ada.email, '10.0.0.1', password)).status).to.equal(200)
  })

  it('do not hold up others: the server answers while passwords are checked', async () => {
    const many = Promise.all(
      Array.from({ length: 40 }, (_, at) => signIn(`a${at}@example.org`, `10.1.0.${at}`)),
    )
    const waits: number[] = []
    for (let index = 0; index < 20; index++) waits.push(await took(() => ada.api.try('me')))
    const answers = await many
    expect(new Set(answers.map(({ status }) => status))).to.deep.equal(new Set([401]))
    expect(median(waits)).to.be.below(200)
  })
})

async function took(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await work()
  return performance.now() - start
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0
}
