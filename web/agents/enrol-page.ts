import { Component, computed, effect, inject, resource, signal, untracked } from '@angular/core'
import { rxResource } from '@angular/core/rxjs-interop'
import { RouterLink } from '@angular/router'
import { Api } from '../api/api.ts'
import type { AnswerTo } from '../api/call.ts'
import { Watching } from '../live/watching.ts'
import { Session } from '../session/session.ts'
import { Ago } from '../ui/ago.ts'
import { copyText } from '../ui/copy.ts'
import { Chip } from '../ui/chip.ts'
import { Doing } from '../ui/doing.ts'
import { Field } from '../ui/field.ts'
import { Icon } from '../ui/icon.ts'
import { Notices } from '../ui/notices.ts'
import { Empty } from '../ui/states.ts'
import { AgentTokens } from './agent-tokens.ts'
import { enrolLine, shellOf, type Shell } from './enrol-line.ts'
import { hoursIn, hoursMax } from './token-state.ts'
import { machineOf, signOf } from './words.ts'

/** From nothing to an agent that is there: a token, a line to paste, and the moment when it comes. */
@Component({
  selector: 'sl-enrol-page',
  imports: [AgentTokens, Ago, Chip, Empty, Field, Icon, RouterLink],
  templateUrl: './enrol-page.html',
})
export class EnrolPage {
  readonly #api = inject(Api)
  readonly #notices = inject(Notices)
  readonly #feeds = inject(Watching).feeds
  protected readonly session = inject(Session)
  protected readonly signOf = signOf
  protected readonly machineOf = machineOf
  protected readonly doing = new Doing()
  protected readonly shell = signal<Shell>(shellOf(navigator.userAgent))
  protected readonly root = signal('')
  protected readonly name = signal('')
  protected readonly hours = signal('24')
  protected readonly hoursProblem = computed(() =>
    hoursIn(this.hours()) === null ? `It must be a whole number of hours, from 1 to ${hoursMax}.` : null,
  )
  protected readonly made = signal<AnswerTo<'makeAgentToken'> | null>(null)
  protected readonly agents = rxResource({ stream: () => this.#feeds.agents$ })
  readonly #newcomers = computed(() => {
    const since = this.made()?.token.createdAt
    if (since === undefined || !this.agents.hasValue()) return ''
    const found = [...this.agents.value().values()].filter(({ registeredAt }) => registeredAt >= since)
    return found.map(({ id }) => id).join(' ')
  })
  /** Changes with each token that is made and each agent that comes. */
  protected readonly tokenNews = computed(
    () => `${this.made()?.token.id} ${this.#newcomers()} ${this.agent()?.id}`,
  )
  // Whether a newcomer came with this token is known by the token alone; it is looked at when somebody comes.
  readonly #usedBy = resource({
    params: () =>
      this.#newcomers() === '' ? undefined : { id: this.made()?.token.id, of: this.#newcomers() },
    loader: async ({ params: { id }, abortSignal: signal }) => {
      const { items } = await this.#api.call('listAgentTokens', { query: { limit: 200 } }, { signal })
      return items.find((token) => token.id === id)?.usedBy ?? null
    },
  })
  protected readonly agent = computed(() => {
    const id = this.#usedBy.hasValue() ? this.#usedBy.value() : null
    return id === null || !this.agents.hasValue() ? undefined : this.agents.value().get(id)
  })
  protected readonly isThere = computed(() => this.agent()?.liveness === 'healthy')
  protected readonly line = computed(() => {
    const made = this.made()
    if (made === null) return ''
    const server = location.origin
    return enrolLine({
      shell: this.shell(),
      server,
      token: made.secret,
      root: this.root(),
      name: this.name(),
    })
  })

  constructor() {
    effect(() => {
      if (this.isThere()) untracked(() => this.#notices.say(`${this.agent()?.name} is online.`))
    })
  }

  protected async make(): Promise<void> {
    const hours = hoursIn(this.hours())
    if (hours === null) return
    const body = { expiresInHours: hours, ...(this.name().trim() === '' ? {} : { name: this.name() }) }
    await this.doing.run(async () => this.made.set(await this.#api.call('makeAgentToken', { body })))
  }

  /** The line is good for nothing without its token. */
  protected forget(token: string): void {
    if (this.made()?.token.id === token && this.agent() === undefined) this.made.set(null)
  }

  protected async copy(): Promise<void> {
    if (await copyText(this.line())) this.#notices.say('Copied. Paste it into a terminal on that machine.')
    else this.#notices.warn('The browser does not allow copying; select the line instead.')
  }
}
