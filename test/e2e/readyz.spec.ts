import { expect } from 'chai'
import type { Browser } from 'playwright-core'
import { startBrowser } from '../support/browser.ts'
import { startServer, type ServerProcess } from '../support/server.ts'

describe('a browser that opens the running server', function () {
  this.timeout(60_000)
  let server: ServerProcess
  let browser: Browser
  before(async () => {
    server = await startServer()
    browser = await startBrowser()
  })
  after(async () => {
    await browser.close()
    await server.stop()
  })

  it('reads that it is ready', async () => {
    const page = await browser.newPage()
    await page.goto(`${server.url}/readyz`)
    const text = await page.locator('pre').textContent()
    expect(JSON.parse(text ?? '')).to.deep.equal({ ready: true, reasons: [] })
  })
})
