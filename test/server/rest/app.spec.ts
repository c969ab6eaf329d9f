import { expect } from 'chai'
import { once } from 'node:events'
import { makeRest, requireAllHandlers, routesWithoutHandler } from '#server/rest/app.ts'
import { Problem } from '#specs/problem.ts'
import { allRoutes, routes } from '#specs/routes.ts'
import { sendRaw } from '../../support/raw-http.ts'
import { type Person, type RestSystem, startRest } from '../../support/rest.ts'

describe('the REST interface', () => {
  let system: RestSystem
  let ada: Person
  before(async () => {
    system = await startRest()
    ada = await system.firstAdmin()
  })
  after(() => system.stop())

  const fetchPath = (path: string, init: RequestInit = {}) => fetch(`${system.url}${path}`, init)

  it('answers every declared method of a path that it serves, and names those when another is tried', async () => {
    const missing = new Set(routesWithoutHandler(system.people.handlers))
    for (const [name, { path }] of allRoutes) {
      if (missing.has(name)) continue
      const declared = [...allRoutes]
        .filter(([other, route]) => route.path === path && !missing.has(other))
        .map(([, { method }]) => method.toUpperCase())
      const response = await fetchPath(path.replaceAll(/\{\w+\}/g, 'x'), { method: 'PUT' })
      expect(response.status, path).to.equal(405)
      expect(Problem.parse(await response.json()).code).to.equal('bad_request')
      const allowed = response.headers.get('allow')?.split(', ')
      expect(allowed, path).to.have.members([
        ...declared,
        ...(declared.includes('GET') ? ['HEAD'] : []),
        'OPTIONS',
      ])
    }
  })

  it('answers OPTIONS with what is allowed, and no other site', async () => {
    const response = await fetchPath('/api/v1/tokens', {
      method: 'OPTIONS',
      headers: { origin: 'http://elsewhere.test' },
    })
    expect(response.status).to.equal(204)
    expect(response.headers.get('allow')).to.equal('GET, POST, HEAD, OPTIONS')
    expect([...response.headers.keys()].filter((name) => name.startsWith('access-control'))).to.deep.equal([])
  })

  it('answers HEAD as GET, without the body', async () => {
    const [head, get] = await Promise.all([
      fetchPath('/api/v1/me', { method: 'HEAD', headers: { cookie: ada.cookie } }),
      fetchPath('/api/v1/me', { headers: { cookie: ada.cookie } }),
    ])
    expect(head.status).to.equal(200)
    expect(head.headers.get('content-length')).to.equal(get.headers.get('content-length'))
    expect(await head.text()).to.equal('')
    await get.text()
  })

  const nowhere = [
    '/api',
    '/api/',
    '/api/v1',
    '/api/v1/nothing',
    '/api/v1/users/',
    '/api/v1/Users',
    '/api/v2/me',
    '/api/v1/me/..%2f',
  ]
  for (const path of nowhere) {
    it(`has nothing at ${path}`, async () => {
      const response = await fetchPath(path)
      expect(response.status).to.equal(404)
      expect(Problem.parse(await response.json())).to.include({ code: 'not_found', status: 404 })
    })
  }

  it('says that an address is not decodable', async () => {
    const { status, body } = await sendRaw(system.url, [
      'PATCH /api/v1/users/%E0%A4%A HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n',
    ])
    expect(status).to.equal(400)
    expect(Problem.parse(JSON.parse(body)).code).to.equal('bad_request')
  })

  const noRequests: [what: string, text: string, status: number][] = [
    ['what is no HTTP', 'HELLO\r\n\r\n', 400],
    [
      'a head that is too large',
      `GET /api/v1/me?after=${'x'.repeat(20_000)} HTTP/1.1\r\nHost: x\r\n\r\n`,
      431,
    ],
    ['a length that is none', 'POST /api/v1/jwt HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n', 400],
    [
      'two ways to tell the length',
      'POST /api/v1/jwt HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n',
      400,
    ],
  ]
  for (const [what, text, expected] of noRequests) {
    it(`answers ${what} with a problem`, async () => {
      const { status, body } = await sendRaw(system.url, [text])
      expect(status).to.equal(expected)
      expect(Problem.parse(JSON.parse(body))).to.include({ code: 'bad_request', status: expected })
    })
  }

  it('sends the headers that keep browsers careful with every answer', async () => {
    const paths = [
      '/api/v1/me',
      '/api/v1/nothing',
      '/api/docs',
      '/api/openapi.json',
      '/api/docs/swagger-ui.css',
    ]
    for (const path of paths) {
      const { headers } = await fetchPath(path)
      expect(headers.get('x-powered-by'), path).to.equal(null)
      expect(headers.get('x-content-type-options'), path).to.equal('nosniff')
      expect(headers.get('referrer-policy'), path).to.equal('no-referrer')
      expect(headers.get('content-security-policy'), path).to.match(
        /^default-src 'none'.*frame-ancestors 'none'$/,
      )
    }
  })

  it('lets nobody keep what it answers', async () => {
    for (const headers of [{}, { cookie: ada.cookie }])
      expect((await fetchPath('/api/v1/me', { headers })).headers.get('cache-control')).to.equal('no-store')
  })

  it('takes no instructions from a foreign page that has the cookie', async () => {
    const { refused } = {
      refused: (headers: Record<string, string>) => ada.api.try('makeJwt', { body: {}, headers }),
    }
    for (const headers of [
      { origin: 'http://elsewhere.test' },
      { origin: 'null' },
      { origin: `${system.url}.elsewhere.test` },
    ])
      expect((await refused(headers)).status, headers.origin).to.equal(403)
    expect((await refused({ origin: 'http://safelight.test' })).status).to.equal(201)
    const bare = (headers: Record<string, string>) =>
      fetchPath('/api/v1/jwt', { method: 'POST', headers: { cookie: ada.cookie, ...headers } })
    expect((await bare({})).status).to.equal(403)
  })

  it('knows a cookie among others, and a header in any case', async () => {
    const cookie = `theme=dark; ${ada.cookie}; x=y`
    expect((await fetchPath('/api/v1/me', { headers: { cookie } })).status).to.equal(200)
    const { jwt } = await ada.api.ok('makeJwt', { body: {} })
    expect((await fetchPath('/api/v1/me', { headers: { authorization: `bearer ${jwt}` } })).status).to.equal(
      200,
    )
  })

  it('says how to prove who one is', async () => {
    const proofs = [
      '',
      'Basic YTpi',
      'Bearer',
      'Bearer a b',
      'Bearer tok_x',
      'Bearer agk_x',
      `Bearer ${'x'.repeat(5_000)}`,
      'Bearer \u00e4',
    ]
    for (const authorization of proofs) {
      const response = await fetchPath('/api/v1/me', { headers: { authorization } })
      expect(response.status, authorization).to.equal(401)
      expect(response.headers.get('www-authenticate')).to.equal('Bearer realm="safelight"')
      expect(Problem.parse(await response.json()).detail).to.match(/Bearer|new one/)
    }
  })

  it('refuses what a route does not know, in the query and in the body', async () => {
    const unknown = await ada.api.refused('listUsers', { query: { limit: '5', colour: 'red' } })
    expect(unknown.fields).to.deep.equal([
      { path: 'query.colour', message: 'is not known here; known are limit, after' },
    ])
    const inBody = await ada.api.refused('makeJwt', { body: { expiresInSeconds: 60, colour: 'red' } })
    expect(inBody.fields?.[0]?.path).to.equal('colour')
    expect((await ada.api.refused('me', { query: { x: '1' } })).fields?.[0]?.path).to.equal('query.x')
    expect((await ada.api.refused('signOut', { body: { x: 1 } })).fields?.[0]?.path).to.equal('x')
  })

  it('names every wrong field, and how to put it right', async () => {
    const { fields, detail } = await ada.api.refused('makeUser', {
      body: { email: 'x', role: 'king', password: 5 },
    })
    expect(fields).to.deep.equal([
      { path: 'email', message: 'must be an e-mail address' },
      { path: 'name', message: 'is missing' },
      { path: 'role', message: 'must be one of "viewer"|"operator"|"admin"' },
      { path: 'password', message: 'must be string, received number' },
    ])
    expect(detail).to.include('role must be one of')
  })

  it('names the bounds of what is too much or too little', async () => {
    const told = async (limit: string) =>
      (await ada.api.refused('listUsers', { query: { limit } })).fields?.map(({ message }) => message)
    expect(await told('0')).to.deep.equal(['must be at least 1'])
    expect(await told('201')).to.deep.equal(['must be at most 200'])
    const { fields } = await ada.api.refused('makeToken', { body: { name: 'x'.repeat(101), scopes: [] } })
    expect(fields).to.deep.equal([
      { path: 'name', message: 'must have at most 100 characters' },
      { path: 'scopes', message: 'must have at least 1 items' },
    ])
  })

  it('refuses a query field that is given twice', async () => {
    const response = await fetchPath('/api/v1/users?limit=1&limit=2', { headers: { cookie: ada.cookie } })
    expect(response.status).to.equal(422)
    expect(Problem.parse(await response.json()).fields?.[0]?.path).to.equal('query.limit')
  })

  it('checks a key for repetition before it is used', async () => {
    const headers = { 'idempotency-key': 'x'.repeat(201) }
    expect(await ada.api.refused('makeJwt', { body: {}, headers })).to.include({ code: 'bad_input' })
  })

  it('says which handlers are missing', () => {
    const missing = routesWithoutHandler(system.people.handlers)
    expect(() => requireAllHandlers(system.people.handlers)).to.throw(missing.join(', '))
    expect(missing).to.have.length(allRoutes.size - Object.keys(system.people.handlers).length)
  })

  it('has a handler for every route about people', () => {
    const tagged = [...allRoutes].filter(([, { tag }]) => tag === 'people').map(([name]) => name)
    expect(Object.keys(system.people.handlers)).to.have.members(tagged)
  })
})

describe('a handler that fails', () => {
  const secret = 'the database password is 12345'

  it('is logged, and shown without its reason', async () => {
    const system = await startRest({ handlers: { listTools: () => Promise.reject(new Error(secret)) } })
    try {
      const ada = await system.firstAdmin()
      const response = await ada.api.send('listTools')
      const text = await response.text()
      expect(response.status).to.equal(500)
      expect(text).not.to.include(secret)
      expect(text).not.to.match(/\bat .*\.ts/)
      const [bug] = system.log.filter(({ level }) => level === 'error')
      expect(JSON.stringify(bug)).to.include(secret)
      const mark = /under ([0-9a-f-]{36})/.exec(Problem.parse(JSON.parse(text)).detail)?.[1] ?? 'none'
      expect(bug?.line).to.include(mark)
    } finally {
      await system.stop().catch(() => {})
    }
  })

  it('hears when its caller has gone', async () => {
    const started = Promise.withResolvers<AbortSignal>()
    const system = await startRest({
      handlers: {
        listTools: async (_given, _caller, { signal }) => {
          started.resolve(signal)
          await once(signal, 'abort')
          return { items: [] }
        },
      },
    })
    try {
      const ada = await system.firstAdmin()
      const leaving = new AbortController()
      const { path } = routes.listTools
      const call = fetch(`${system.url}${path}`, { headers: { cookie: ada.cookie }, signal: leaving.signal })
      const signal = await started.promise
      leaving.abort()
      await call.catch(() => {})
      if (!signal.aborted) await once(signal, 'abort')
    } finally {
      await system.stop()
    }
  })
})

describe('the parts of a REST interface', () => {
  it('are enough to make one without a single handler', () => {
    const app = makeRest({
      handlers: {},
      guard: { admitFrom() {}, identify: () => Promise.reject(new Error('nobody')), admit() {} },
      publicUrl: 'https://safelight.test',
      readAddress: () => '',
      limits: { anonymousPerMinute: 1, userPerMinute: 1, agentPerMinute: 1 },
      clock: { now: () => 0 },
      version: '1',
      log: { debug() {}, info() {}, warn() {}, error() {} },
    })
    expect(app).to.be.a('function')
  })
})
