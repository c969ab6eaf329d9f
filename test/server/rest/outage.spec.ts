import { expect } from 'chai'
import { openPool } from '#db/connect.ts'
import { Problem } from '#specs/problem.ts'
import { startProxy } from '../../support/proxy.ts'
import { startRest } from '../../support/rest.ts'

describe('the REST interface, while the database is away', () => {
  it('says when to come back, and works again without help', async () => {
    const near = await startRest()
    const proxy = await startProxy(near.database.url)
    const pool = openPool({ url: proxy.url, schema: 'product', applicationName: 'spec' })
    const far = await startRest({ database: near.database, through: () => pool })
    try {
      const ada = await near.firstAdmin()
      const api = far.as({ cookie: ada.cookie })
      await api.ok('me')
      await near.database.allowConnections(false)
      proxy.cut()
      for (let index = 0; index < 5; index++) {
        const { status, headers, body } = await api.try('me')
        expect(status).to.equal(503)
        expect(headers.get('retry-after')).to.equal('1')
        expect(Problem.parse(body)).to.include({ code: 'unavailable', retryAfterMs: 1_000 })
      }
      await near.database.allowConnections(true)
      await api.ok('me')
    } finally {
      await pool.end()
      await far.stop()
      await proxy.close()
      await near.stop()
    }
  })

  it('says that nobody knows, where the answer to a commit was lost', async () => {
    const near = await startRest()
    const proxy = await startProxy(near.database.url)
    const pool = openPool({ url: proxy.url, schema: 'product', applicationName: 'spec' })
    const far = await startRest({ database: near.database, through: () => pool })
    try {
      const ada = await near.firstAdmin()
      const cut = proxy.cutAfter((message) => message.text.startsWith('commit'))
      const made = far
        .as({ cookie: ada.cookie })
        .send('makeToken', { body: { name: 'lost', scopes: ['read'] } })
      await cut
      const response = await made
      expect(response.status).to.equal(503)
      expect(Problem.parse(await response.json())).to.include({ code: 'outcome_unknown' })
      expect((await ada.api.ok('listTokens')).items.map(({ name }) => name)).to.deep.equal(['lost'])
    } finally {
      await pool.end()
      await far.stop()
      await proxy.close()
      await near.stop()
    }
  })
})

describe('a server that is reached by https', () => {
  it('keeps its cookie to https, and browsers too', async () => {
    const system = await startRest({ publicUrl: 'https://photos.example.org' })
    try {
      const link = await system.people.welcomeLink()
      expect(link).to.match(/^https:\/\/photos\.example\.org\/app\/welcome#token=/)
      const ada = await system.firstAdmin()
      const { headers } = await system.anyone.try('signIn', {
        body: { email: ada.email, password: ada.password },
      })
      expect(headers.getSetCookie()[0]).to.match(/; HttpOnly; SameSite=Strict; Secure; Max-Age=2592000$/)
      expect(headers.get('strict-transport-security')).to.equal('max-age=31536000')
    } finally {
      await system.stop()
    }
  })
})
