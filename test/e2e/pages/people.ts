import type { App } from './app.ts'

/** The ways in. */
export class Doors {
  readonly #app: App

  constructor(app: App) {
    this.#app = app
  }

  async signIn(email: string, password: string): Promise<void> {
    const { page } = this.#app
    await page.getByLabel('E-mail').fill(email)
    await page.getByLabel('Password').fill(password)
    await page.getByRole('button', { name: 'Sign in' }).click()
  }

  async fillWelcome(person: {
    name?: string
    email?: string
    password?: string
    team?: string
  }): Promise<void> {
    const { page } = this.#app
    if (person.name !== undefined) await page.getByLabel('Your name').fill(person.name)
    if (person.email !== undefined) await page.getByLabel('E-mail').fill(person.email)
    if (person.password !== undefined) await page.getByLabel('Password').fill(person.password)
    if (person.team !== undefined) await page.getByLabel('Team').fill(person.team)
  }

  async begin(): Promise<void> {
    await this.#app.page.getByRole('button', { name: 'Begin' }).click()
  }
}
