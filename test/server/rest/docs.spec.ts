import { expect } from 'chai'
import type { Browser, Page } from 'playwright-core'
import { openApi } from '#specs/openapi.ts'
import { allRoutes } from '#specs/routes.ts'
import { startBrowser } from '../../support/browser.ts'
import { type RestSystem, startRest } from '../../support/rest.ts'

describe('the API document', () => {
  let system: RestSystem
  before(async () => {
    system = await startRest()
  })
  after(() => system.stop())

  it('is served as it is made from the table of routes', async () => {
    const response = await fetch(`${system.url}/api/openapi.json`)
    expect(await response.json()).to.deep.equal(JSON.parse(JSON.stringify(openApi('1.2.3'))))
  })

  it('is not sent again to whoever has it', async () => {
    const first = await fetch(`${system.url}/api/openapi.json`)
    await first.text()
    const etag = first.headers.get('etag') ?? ''
    const second = await fetch(`${system.url}/api/openapi.json`, { headers: { 'if-none-match': etag } })
    expect(second.status).to.equal(304)
  })
})

describe('the reader of the API document', function () {
  this.timeout(60_000)
  let system: RestSystem
  let browser: Browser
  before(async () => {
    system = await startRest()
    browser = await startBrowser()
  })
  after(async () => {
    await browser.close()
    await system.stop()
  })

  async function openReader(): Promise<{ page: Page; asked: string[]; complaints: string[] }> {
    const page = await browser.newPage()
    const [asked, complaints]: [string[], string[]] = [[], []]
    page.on('request', (request) => asked.push(request.url()))
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text())
    })
    page.on('pageerror', (error) => complaints.push(error.message))
    await page.goto(`${system.url}/api/docs`)
    await page.getByText('/api/v1/sign-in').waitFor()
    return { page, asked, complaints }
  }

  it('shows every route, asks nobody else, and breaks no rule of its page', async () => {
    const { page, asked, complaints } = await openReader()
    expect(await page.locator('.opblock').count()).to.equal(allRoutes.size)
    await page.getByText('/api/v1/sign-in').click()
    await page.getByText('Sign in and get a session cookie').first().waitFor()
    expect(asked.filter((url) => !url.startsWith(system.url) && !url.startsWith('data:'))).to.deep.equal([])
    expect(complaints).to.deep.equal([])
    await page.close()
  })
})
