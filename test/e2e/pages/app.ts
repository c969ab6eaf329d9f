/** What every screen of the dashboard has: where a browser spec begins. */
import type { Locator, Page } from 'playwright-core'

export class App {
  readonly page: Page
  readonly url: string

  constructor(page: Page, url: string) {
    this.page = page
    this.url = url
  }

  /** Opens a screen by its address, '/agents' for example. */
  async open(path: string): Promise<void> {
    await this.page.goto(`${this.url}/app${path}`)
  }

  get heading(): Locator {
    return this.page.getByRole('heading', { level: 1 })
  }
  get badge(): Locator {
    return this.page.locator('sl-pool-badge a')
  }
  get liveSwitch(): Locator {
    return this.page.locator('sl-live-switch button')
  }
  get themeSwitch(): Locator {
    return this.page.locator('sl-theme-switch button')
  }
  /** What tells that the connection is lost, or that the page is old. */
  get banner(): Locator {
    return this.page.locator('sl-cut-off .banner')
  }
  get dialog(): Locator {
    return this.page.getByRole('dialog')
  }

  /** A short word about what was done. */
  notice(text: string | RegExp): Locator {
    return this.page.locator('.notice', { hasText: text })
  }

  /** Waits for the screen with this heading. */
  async arrives(heading: string | RegExp): Promise<void> {
    await this.page.getByRole('heading', { level: 1, name: heading }).waitFor()
  }

  /** The path behind /app, with its query. */
  path(): string {
    const { pathname, search } = new URL(this.page.url())
    return pathname.replace(/^\/app/, '') + search
  }

  /** Waits until the address is this one. */
  async isAt(path: string | RegExp): Promise<void> {
    await this.page.waitForURL((url) => {
      const here = url.pathname.replace(/^\/app/, '') + url.search
      return typeof path === 'string' ? here === path : path.test(here)
    })
  }

  async signOut(): Promise<void> {
    await this.page.getByRole('button', { name: /^Account of/ }).click()
    await this.page.getByRole('button', { name: 'Sign out' }).click()
  }

  /** The row of a table that names something. */
  row(name: string | RegExp): Locator {
    return this.page.getByRole('row').filter({ has: this.page.getByRole('link', { name }) })
  }
}
