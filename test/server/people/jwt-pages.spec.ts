import { expect } from 'chai'
import { Api } from '../../support/api.ts'
import { useBorder } from '../link/border.ts'
import { TestPage } from '../live/test-page.ts'

describe('a page that was opened with a JWT', function () {
  this.timeout(40_000)
  const border = useBorder({ servers: 2 })
  const pages: TestPage[] = []
  afterEach(() => {
    for (const page of pages.splice(0)) page.close()
  })

  /** At the other server than the one where it is ended. */
  async function open(jwt: string): Promise<TestPage> {
    const { servers } = border.get
    await border.get.until(() => servers.every(({ bus }) => !bus.alone))
    const page = new TestPage(servers[1]?.url ?? '', { token: jwt })
    pages.push(page)
    await page.heard.next('connected')
    return page
  }
  const jwtOf = async (api: Api) => (await api.ok('makeJwt', { body: {} })).jwt

  it('is signed out with the session that the JWT was made with', async () => {
    const eve = await border.get.signIn(border.get.admin.email)
    const [page, other] = [await open(await jwtOf(eve.api)), await open(await jwtOf(border.get.api))]
    await eve.api.ok('signOut')
    expect((await page.heard.next('signedOut')).reason).to.include('Sign in again')
    await page.heard.next('closed')
    expect((await other.watch({ topic: 'pool' })).topic).to.equal('pool')
  })

  it('is signed out with the API token that the JWT was made with', async () => {
    const { token, secret } = await border.get.api.ok('makeToken', { body: { name: 'x', scopes: ['read'] } })
    const page = await open(await jwtOf(new Api(border.get.server.url, { bearer: secret })))
    await border.get.api.ok('removeToken', { params: { token: token.id } })
    await page.heard.next('signedOut')
  })

  it('is signed out when the JWT itself signs out', async () => {
    const jwt = await jwtOf(border.get.api)
    const page = await open(jwt)
    await new Api(border.get.server.url, { bearer: jwt }).ok('signOut')
    await page.heard.next('signedOut')
    const again = new TestPage(border.get.servers[1]?.url ?? '', { token: jwt })
    pages.push(again)
    expect((await again.heard.next('refused')).problem).to.include({ code: 'not_signed_in' })
  })
})
