import { Component, inject, input, output, resource, signal } from '@angular/core'
import type { Agent, AgentToken } from '#specs/agents.ts'
import { Api } from '../api/api.ts'
import { Session } from '../session/session.ts'
import { Ago } from '../ui/ago.ts'
import { Chip } from '../ui/chip.ts'
import { Clock } from '../ui/clock.ts'
import { Dialog } from '../ui/dialog.ts'
import { Doing } from '../ui/doing.ts'
import { Icon } from '../ui/icon.ts'
import { kept } from '../ui/kept.ts'
import { Notices } from '../ui/notices.ts'
import { Failed, Loading } from '../ui/states.ts'
import { AgentLink } from './agent-link.ts'
import { tokenSigns, tokenState, type TokenState } from './token-state.ts'
import { makerName } from './words.ts'

const limitFirst = 10
const limitMax = 200

/** The registration tokens: who made each, what for, what became of it. An admin can make them void. */
@Component({
  selector: 'sl-agent-tokens',
  imports: [AgentLink, Ago, Chip, Dialog, Failed, Icon, Loading],
  templateUrl: './agent-tokens.html',
})
export class AgentTokens {
  readonly agents = input<ReadonlyMap<string, Agent>>()
  /** Another value means that there may be news of them. */
  readonly news = input.required<string>()
  /** Its id, when one was made void here. */
  readonly voided = output<string>()
  readonly #api = inject(Api)
  readonly #session = inject(Session)
  readonly #notices = inject(Notices)
  readonly #now = inject(Clock).now
  protected readonly signs = tokenSigns
  protected readonly limitMax = limitMax
  protected readonly limit = signal(limitFirst)
  protected readonly doing = new Doing()
  protected readonly asking = signal<AgentToken | null>(null)
  protected readonly read = resource({
    params: () => ({ limit: this.limit(), news: this.news() }),
    loader: ({ params: { limit }, abortSignal: signal }) =>
      this.#api.call('listAgentTokens', { query: { limit } }, { signal }),
  })
  protected readonly page = kept(this.read, () => 'tokens')

  protected stateOf(token: AgentToken): TokenState {
    return tokenState(token, this.#now())
  }

  protected makerOf({ createdBy }: AgentToken): string {
    return makerName(createdBy, this.#session.me()?.user ?? null)
  }

  protected close(): void {
    this.doing.forget()
    this.asking.set(null)
  }

  protected async makeVoid(event: Event, { id, name }: AgentToken): Promise<void> {
    event.preventDefault()
    const params = { token: id }
    if (!(await this.doing.run(() => this.#api.call('removeAgentToken', { params })))) return
    this.#notices.say(`${name} is void.`)
    this.asking.set(null)
    this.read.reload()
    this.voided.emit(id)
  }
}
