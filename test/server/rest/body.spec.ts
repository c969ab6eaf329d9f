import { expect } from 'chai'
import { gzipSync } from 'node:zlib'
import { Problem } from '#specs/problem.ts'
import { hangUp, sendRaw } from '../../support/raw-http.ts'
import { newEmail, type Person, password, type RestSystem, startRest } from '../../support/rest.ts'

const mebibyte = 1_048_576

describe('a body', () => {
  let system: RestSystem
  let ada: Person
  before(async () => {
    system = await startRest()
    ada = await system.firstAdmin()
  })
  after(() => system.stop())

  const head = (...lines: string[]) =>
    [
      'POST /api/v1/users HTTP/1.1',
      'Host: safelight.test',
      'Origin: http://safelight.test',
      `Cookie: ${ada.cookie}`,
      ...lines,
      '',
      '',
    ].join('\r\n')
  const json = 'Content-Type: application/json'
  const codeOf = (body: string) => Problem.parse(JSON.parse(body)).code

  it('that says it is too large is refused before it is read', async () => {
    const { status, body, sent } = await sendRaw(system.url, [
      head(json, `Content-Length: ${100 * mebibyte}`),
    ])
    expect(status).to.equal(413)
    expect(codeOf(body)).to.equal('too_large')
    expect(sent).to.be.below(1_000)
  })

  it('that turns out too large is refused at the limit', async () => {
    const chunk = `10000\r\n${'x'.repeat(65_536)}\r\n`
    const chunks = [head(json, 'Transfer-Encoding: chunked'), ...Array.from({ length: 1_600 }, () => chunk)]
    const { status, body, head: answered, sent } = await sendRaw(system.url, chunks)
    expect(status).to.equal(413)
    expect(codeOf(body)).to.equal('too_large')
    expect(answered.toLowerCase()).to.include('connection: close')
    expect(sent).to.be.below(50 * mebibyte)
  })

  it('of a caller who may not call is not read', async () => {
    const lines = [
      'POST /api/v1/users HTTP/1.1',
      'Host: x',
      json,
      `Content-Length: ${mebibyte}`,
      '',
      '',
    ].join('\r\n')
    const { status, sent } = await sendRaw(system.url, [lines])
    expect(status).to.equal(401)
    expect(sent).to.be.below(1_000)
  })

  it('of the largest size is read', async () => {
    const body = { email: newEmail(), name: 'x'.repeat(mebibyte - 200), role: 'viewer', password }
    expect(await ada.api.refused('makeUser', { body })).to.include({ code: 'bad_input' })
  })

  it('that is cut short leaves no trace', async () => {
    for (let length = 1; length < 10; length++)
      await hangUp(system.url, head(json, 'Content-Length: 10') + '{"a":12345'.slice(0, length))
    await ada.api.ok('me')
  })

  const notJson: [what: string, body: string][] = [
    ['half a text', '{"email": "a@'],
    ['a word', 'hello'],
    ['a comma too many', '{"email":"a@example.org",}'],
    ['two values', '{}{}'],
    ['NaN', '{"expiresInSeconds": NaN}'],
    ['single quotes', "{'a': 1}"],
    ['a control character in a text', '{"name": "a\u0001"}'],
    ['depth', `${'['.repeat(100_000)}${']'.repeat(100_000)}`],
    ['depth of objects', `${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}`],
  ]
  for (const [what, body] of notJson) {
    it(`with ${what} is refused as no JSON`, async () => {
      expect(await ada.api.refused('makeUser', { body })).to.include({ code: 'bad_json', status: 400 })
    })
  }

  it('that is not UTF-8 is refused as no JSON', async () => {
    const bytes = Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])
    const { status, body } = await sendRaw(system.url, [head(json, `Content-Length: ${bytes.length}`), bytes])
    expect([status, codeOf(body)]).to.deep.equal([400, 'bad_json'])
  })

  const types: [type: string, status: number][] = [
    ['text/plain', 400],
    ['application/x-www-form-urlencoded', 400],
    ['multipart/form-data; boundary=x', 400],
    ['application/json; charset=latin1', 400],
    ['application/json; charset=utf-8', 201],
    ['Application/JSON', 201],
    ['application/merge-patch+json', 201],
  ]
  for (const [type, status] of types) {
    it(`of type ${type} is ${status === 201 ? 'read' : 'refused'}`, async () => {
      const answer = await ada.api.try('makeJwt', { body: {}, headers: { 'content-type': type } })
      expect(answer.status).to.equal(status)
      if (status === 400) expect(Problem.parse(answer.body).code).to.equal('bad_request')
    })
  }

  it('without a type is refused with how to send it', async () => {
    const { status, body } = await sendRaw(system.url, [head('Content-Length: 2'), '{}'])
    expect(status).to.equal(400)
    expect(Problem.parse(JSON.parse(body)).detail).to.include("'Content-Type: application/json'")
  })

  it('that is compressed is refused: what it unpacks to is not known', async () => {
    const bytes = gzipSync('{}')
    const lines = head(json, 'Content-Encoding: gzip', `Content-Length: ${bytes.length}`)
    expect((await sendRaw(system.url, [lines, bytes])).status).to.equal(400)
  })

  const unstorable: [what: string, body: string, path: string][] = [
    ['NUL', '{"name":"a\\u0000b"}', 'name'],
    ['half a character', '{"name":"\\ud800"}', 'name'],
    ['__proto__', '{"__proto__":{"admin":true}}', ''],
    ['__proto__ further in', '{"name":{"__proto__":1}}', 'name'],
    ['a name with NUL', '{"\\u0000":1}', ''],
    ['NUL in a list', '{"name":[1,{"a b":["\\u0000"]}]}', 'name[1]["a b"][0]'],
  ]
  for (const [what, body, path] of unstorable) {
    it(`with ${what} is refused`, async () => {
      const problem = await ada.api.refused('makeUser', { body })
      expect(problem).to.include({ code: 'bad_input' })
      expect(problem.fields?.[0]?.path).to.equal(path)
      expect({}).not.to.have.property('admin')
    })
  }

  it('with endless names of fields is not told them all again', async () => {
    const body = JSON.stringify({ ['x'.repeat(500_000)]: Array.from({ length: 50 }, () => '\0') })
    const problem = await ada.api.refused('makeUser', { body })
    expect(problem.fields).to.have.length(20)
    expect(JSON.stringify(problem).length).to.be.below(20_000)
  })

  it('may be left out where nothing in it is needed', async () => {
    const response = await fetch(`${system.url}/api/v1/jwt`, {
      method: 'POST',
      headers: { cookie: ada.cookie, origin: system.url },
    })
    expect(response.status).to.equal(201)
    await response.text()
  })
})
