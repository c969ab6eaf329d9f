/** A browser that visits a dashboard, and what it complains about meanwhile. */
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import type { Me } from '#specs/people.ts'
import { startBrowser } from '../../support/browser.ts'
import { App } from '../pages/app.ts'
import { type ContractServer, startContractServer } from './contract-server.ts'

export type Visit = {
  readonly server: ContractServer
  /** A new page in a context of its own. */
  open(path?: string, options?: BrowserContextOptions): Promise<App>
}

/** Less than a spec may take, so that a failure says what was waited for. */
const patienceMs = 12_000

/** Starts a browser for the file, and a scripted server for each spec, as whom the spec says. */
export function useDashboard({ me }: { me?: () => Me | null } = {}): Visit {
  let browser: Browser
  let server: ContractServer
  const complaints: string[] = []
  before(async function () {
    // The dashboard may have to be built first.
    this.timeout(120_000)
    browser = await startBrowser()
    await (await startContractServer()).stop()
  })
  after(() => browser.close())
  beforeEach(async () => {
    server = await startContractServer(me === undefined ? {} : { me: me() })
  })
  afterEach(async () => {
    await Promise.all(browser.contexts().map((context) => context.close()))
    await server.stop()
    const said = complaints.splice(0)
    if (said.length > 0) throw new Error(`the page has complained:\n${said.join('\n')}`)
  })
  return {
    get server() {
      return server
    },
    async open(path = '/', options = {}) {
      const page = await (await browser.newContext(options)).newPage()
      page.setDefaultTimeout(patienceMs)
      listen(page, complaints)
      const app = new App(page, server.url)
      await app.open(path)
      return app
    },
  }
}

/** What a browser says of answers that are no success is no fault of the page. */
const expected = /Failed to load resource|WebSocket connection to|ERR_/

export function listen(page: Page, complaints: string[]): void {
  page.on('pageerror', (error) => complaints.push(error.stack ?? error.message))
  page.on('console', (message) => {
    const isFault = message.type() === 'error' || message.type() === 'warning'
    if (isFault && !expected.test(message.text())) complaints.push(message.text())
  })
}
