import type { Locator } from 'playwright-core'
import type { App } from './app.ts'

/** The table of jobs. */
export class JobsScreen {
  readonly #app: App

  constructor(app: App) {
    this.#app = app
  }

  async tab(name: 'All' | 'Upcoming' | 'Active' | 'Done' | 'Failed'): Promise<void> {
    await this.#app.page.getByRole('navigation', { name: 'Which jobs' }).getByRole('link', { name }).click()
  }

  async filter(what: 'Tool' | 'Agent' | 'State', label: string): Promise<void> {
    await this.#app.page.getByLabel(what, { exact: true }).selectOption({ label })
  }

  /** The row of the job that is about something, a folder for example. */
  about(subject: string): Locator {
    return this.#app.page.locator('tbody tr', { hasText: subject })
  }

  get rows(): Locator {
    return this.#app.page.locator('tbody tr')
  }
}

/** One job. */
export class JobScreen {
  readonly #app: App

  constructor(app: App) {
    this.#app = app
  }

  get state(): Locator {
    return this.#app.page.locator('.page-head .chip')
  }
  get progress(): Locator {
    return this.#app.page.getByRole('progressbar')
  }
  get log(): Locator {
    return this.#app.page.getByRole('region', { name: 'Log lines' })
  }
  get result(): Locator {
    return this.#app.page.locator('sl-job-result')
  }

  /** Waits until it is in the state that the screen calls so. */
  async is(word: string): Promise<void> {
    await this.state.filter({ hasText: word }).waitFor()
  }

  async cancel(reason = ''): Promise<void> {
    await this.#app.page.getByRole('button', { name: 'Cancel', exact: true }).click()
    if (reason !== '') await this.#app.dialog.getByLabel('Why (optional)').fill(reason)
    await this.#app.dialog.getByRole('button', { name: 'Cancel the job' }).click()
  }
}

/** The form of a new job. */
export class SubmitScreen {
  readonly #app: App

  constructor(app: App) {
    this.#app = app
  }

  async chooseTool(title: string): Promise<void> {
    const { page } = this.#app
    if (title.startsWith('Self-test')) await page.getByText('Self-tests, to try the fleet').click()
    await page.getByRole('radio', { name: title }).check()
  }

  async chooseAgent(label: string | RegExp): Promise<void> {
    const option = this.#app.page.locator('#agent option', { hasText: label })
    await this.#app.page
      .getByLabel('Agent', { exact: true })
      .selectOption((await option.getAttribute('value')) ?? '')
  }

  field(label: string): Locator {
    return this.#app.page.getByLabel(label, { exact: true })
  }

  async start(): Promise<void> {
    await this.#app.page.getByRole('button', { name: 'Start' }).click()
  }
}
