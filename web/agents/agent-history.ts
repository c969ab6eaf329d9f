import { Component, computed, inject, input, linkedSignal, resource } from '@angular/core'
import type { Agent, AgentEvent } from '#specs/agents.ts'
import { Api } from '../api/api.ts'
import { Session } from '../session/session.ts'
import { Ago } from '../ui/ago.ts'
import { kept } from '../ui/kept.ts'
import { Failed, Loading } from '../ui/states.ts'
import { whoIs } from './words.ts'

const pageLength = 20
const pageMax = 200

/** What happened to an agent: who, why, when. Read again whenever the agent has changed. */
@Component({
  selector: 'sl-agent-history',
  imports: [Ago, Failed, Loading],
  template: `
    <section aria-labelledby="history-h">
      <div class="section-head"><h2 id="history-h">History</h2></div>
      @if (page(); as page) {
        <ol class="history">
          @for (event of page.items; track $index) {
            <li>
              <sl-ago [at]="event.at" />
              <span>
                <strong>{{ sentence(event) }}</strong>
                <span class="faint"> by {{ who(event.by) }}</span>
                @if (event.reason) {
                  <span class="under">{{ event.reason }}</span>
                }
              </span>
            </li>
          } @empty {
            <li class="faint">Nothing yet.</li>
          }
        </ol>
        @if (page.next !== null && limit() < pageMax) {
          <button type="button" (click)="limit.set(pageMax)">Show more</button>
        }
      } @else if (events.error(); as error) {
        <sl-failed heading="Its history can't be shown" [error]="error" (again)="events.reload()" />
      } @else {
        <sl-loading what="its history" />
      }
    </section>
  `,
})
export class AgentHistory {
  readonly agent = input.required<Agent>()
  readonly agents = input<ReadonlyMap<string, Agent>>()
  readonly #api = inject(Api)
  readonly #session = inject(Session)
  readonly #id = computed(() => this.agent().id)
  protected readonly pageMax = pageMax
  protected readonly limit = linkedSignal({ source: this.#id, computation: () => pageLength })
  // Its own version counts its changes; load and heartbeats are none that would be in the history.
  readonly #change = computed(() => {
    const { liveness, standing, name, boot, note, slots, tags } = this.agent()
    return JSON.stringify([liveness, standing, name, boot, note, slots, tags])
  })
  protected readonly events = resource({
    params: () => ({ id: this.#id(), limit: this.limit(), change: this.#change() }),
    loader: ({ params: { id, limit }, abortSignal: signal }) =>
      this.#api.call('agentEvents', { params: { agent: id }, query: { limit } }, { signal }),
  })
  protected readonly page = kept(this.events, this.#id)

  protected sentence({ what, from, to }: AgentEvent): string {
    const words = what.replaceAll('_', ' ')
    if (from === null || to === null || from === to) return to === null ? words : `${words}: ${to}`
    return `${words}: ${from} → ${to}`
  }

  protected who(by: string): string {
    return whoIs(by, this.#session.me()?.user ?? null, this.agents())
  }
}
