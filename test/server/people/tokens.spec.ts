import { expect } from 'chai'
import { makeSecret, readSecret } from '#server/people/secret.ts'
import { type Person, type RestSystem, startRest } from '../../support/rest.ts'

describe('an API token', () => {
  let system: RestSystem
  let ada: Person
  before(async () => {
    system = await startRest()
    ada = await system.firstAdmin()
  })
  after(() => system.stop())

  const make = (scopes: string[], by = ada.api) => by.ok('makeToken', { body: { name: 'script', scopes } })

  it('is shown once, and stored as a hash', async () => {
    const { secret, token } = await make(['read'])
    expect(secret).to.match(/^tok_[A-Za-z0-9_-]{43}[0-9a-f]{8}$/)
    expect(token.prefix).to.equal(secret.slice(0, 10))
    const { rows } = await system.pool.query<{ text: string }>('select token::text as text from token')
    expect(rows.map(({ text }) => text).join()).not.to.include(secret.slice(10, 40))
    const { items } = await ada.api.ok('listTokens')
    expect(items.find(({ id }) => id === token.id)).to.deep.equal(token)
  })

  it('calls what its scopes say, and nothing else', async () => {
    const reader = system.as({ bearer: (await make(['read'])).secret })
    await reader.ok('me')
    const problem = await reader.refused('listUsers')
    expect(problem).to.include({ code: 'not_allowed' })
    expect(problem.detail).to.include("'admin'")
  })

  it('may no more than its user', async () => {
    const eve = await system.user(ada, 'viewer')
    const all = system.as({ bearer: (await make(['read', 'jobs', 'agents', 'admin'], eve.api)).secret })
    expect(await all.refused('listUsers')).to.include({ code: 'not_allowed' })
    await ada.api.ok('changeUser', { params: { user: eve.id }, body: { role: 'admin' } })
    await all.ok('listUsers')
  })

  it('needs no Origin: no browser sends it by itself', async () => {
    const admin = system.as({ bearer: (await make(['admin', 'read'])).secret })
    await admin.ok('makeToken', {
      body: { name: 'second', scopes: ['read'] },
      headers: { origin: 'http://elsewhere.test' },
    })
  })

  it('gives away no scope that it has not, and no longer life', async () => {
    const { secret, token } = await ada.api.ok('makeToken', {
      body: { name: 'short', scopes: ['admin', 'read'], expiresInDays: 1 },
    })
    const admin = system.as({ bearer: secret })
    const problem = await admin.refused('makeToken', { body: { name: 'more', scopes: ['read', 'jobs'] } })
    expect(problem).to.include({ code: 'not_allowed' })
    expect(problem.fields?.[0]?.path).to.equal('scopes')
    const child = await admin.ok('makeToken', {
      body: { name: 'child', scopes: ['read'], expiresInDays: 365 },
    })
    expect(child.token.expiresAt).to.equal(token.expiresAt)
  })

  it('ends after its days', async () => {
    const { secret, token } = await make(['read'])
    expect(Math.round((token.expiresAt - token.createdAt) / 86_400_000)).to.equal(90)
    await system.pool.query('update token set expires_at = now() where id = $1', [token.id])
    expect(await system.as({ bearer: secret }).refused('me')).to.include({ code: 'not_signed_in' })
  })

  it('is void from the moment it is removed', async () => {
    const { secret, token } = await make(['read'])
    await system.as({ bearer: secret }).ok('me')
    await ada.api.ok('removeToken', { params: { token: token.id } })
    expect(await system.as({ bearer: secret }).refused('me')).to.include({ code: 'not_signed_in' })
    expect(await ada.api.refused('removeToken', { params: { token: token.id } })).to.include({
      code: 'not_found',
    })
    expect(system.ended.at(-1)).to.deep.equal({ what: 'token', team: ada.team, credential: token.id })
  })

  it('tells when it was used last, to the minute', async () => {
    const { secret, token } = await make(['read'])
    const lastUsed = async () =>
      (await ada.api.ok('listTokens', { query: { limit: '200' } })).items.find(({ id }) => id === token.id)
        ?.lastUsedAt
    expect(await lastUsed()).to.equal(null)
    await system.as({ bearer: secret }).ok('me')
    const first = await lastUsed()
    expect(first).to.be.a('number')
    await system.as({ bearer: secret }).ok('me')
    expect(await lastUsed()).to.equal(first)
  })

  it('belongs to its user alone', async () => {
    const eve = await system.user(ada, 'admin')
    const { token } = await make(['read'])
    expect((await eve.api.ok('listTokens')).items).to.deep.equal([])
    expect(await eve.api.refused('removeToken', { params: { token: token.id } })).to.include({
      code: 'not_found',
    })
  })

  it('does not sign out', async () => {
    const reader = system.as({ bearer: (await make(['read'])).secret })
    expect(await reader.refused('signOut')).to.include({ code: 'not_allowed' })
  })

  it('comes in pages', async () => {
    const eve = await system.user(ada, 'viewer')
    for (let index = 0; index < 5; index++) await make(['read'], eve.api)
    const seen: string[] = []
    let after: string | null = null
    do {
      const query: Record<string, string> = { limit: '2', ...(after !== null && { after }) }
      const page: { items: { id: string }[]; next: string | null } = await eve.api.ok('listTokens', { query })
      seen.push(...page.items.map(({ id }) => id))
      after = page.next
    } while (after !== null)
    expect(new Set(seen).size).to.equal(5)
    expect(seen).to.have.length(5)
  })
})

describe('a secret', () => {
  it('is known again by its kind, its length and its checksum', () => {
    const { text, hash } = makeSecret('tok')
    expect(readSecret('tok', text)).to.deep.equal(hash)
    expect(readSecret('ses', text)).to.equal(undefined)
    for (let at = 0; at < text.length; at++) {
      const other = text[at] === 'a' ? 'b' : 'a'
      expect(readSecret('tok', text.slice(0, at) + other + text.slice(at + 1)), `at ${at}`).to.equal(
        undefined,
      )
    }
  })

  it('is never the same twice', () => {
    const made = new Set(Array.from({ length: 1_000 }, () => makeSecret('tok').text))
    expect(made.size).to.equal(1_000)
  })
})
