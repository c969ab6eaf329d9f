import type { Locator } from 'playwright-core'
import type { App } from './app.ts'

/** The table of agents. */
export class AgentsScreen {
  readonly #app: App

  constructor(app: App) {
    this.#app = app
  }

  row(name: string): Locator {
    return this.#app.row(name)
  }

  /** Names, in the order of the table. */
  async names(): Promise<string[]> {
    return this.#app.page.locator('tbody td.first a').allTextContents()
  }

  async find(text: string): Promise<void> {
    await this.#app.page.getByRole('searchbox').fill(text)
  }

  async chooseState(word: string): Promise<void> {
    await this.#app.page.getByLabel('State').selectOption({ label: word })
  }

  async sortBy(column: string): Promise<void> {
    await this.#app.page.getByRole('columnheader', { name: column }).getByRole('button').click()
  }
}

/** One agent. */
export class AgentScreen {
  readonly #app: App

  constructor(app: App) {
    this.#app = app
  }

  get state(): Locator {
    return this.#app.page.locator('.page-head .chip')
  }

  /** Chooses from the menu what to do with it; what has to be known is asked in a dialog. */
  async choose(action: string): Promise<void> {
    await this.#app.page.getByRole('button', { name: 'Actions' }).click()
    await this.#app.page.locator('.menu-list').getByRole('button', { name: action }).click()
    await this.#app.dialog.waitFor()
  }

  async confirm(action: string): Promise<void> {
    await this.#app.dialog.getByRole('button', { name: action, exact: true }).click()
    await this.#app.dialog.waitFor({ state: 'hidden' })
  }
}

/** From nothing to an agent. */
export class EnrolScreen {
  readonly #app: App

  constructor(app: App) {
    this.#app = app
  }

  /** Makes the line to paste, and returns it. */
  async makeLine({ folder = '', name = '' }: { folder?: string; name?: string } = {}): Promise<string> {
    const { page } = this.#app
    if (folder !== '') await page.getByLabel('Folder with photos').fill(folder)
    if (name !== '') await page.getByLabel('Name (optional)').fill(name)
    await page.getByRole('button', { name: 'Make the line' }).click()
    return this.line()
  }

  async line(): Promise<string> {
    return (await this.#app.page.getByLabel('The line to paste').textContent()) ?? ''
  }

  /** The row of a token, by its name. */
  token(name: string): Locator {
    return this.#app.page.locator('sl-agent-tokens tbody tr', { hasText: name })
  }

  /** The agent that came, once it has. */
  get arrived(): Locator {
    return this.#app.page.locator('.arrived')
  }
}
