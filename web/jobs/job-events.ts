import { Component, computed, inject, input } from '@angular/core'
import type { Agent } from '#specs/agents.ts'
import type { JobDetail } from '#specs/jobs.ts'
import { whoIs } from '../agents/words.ts'
import { Session } from '../session/session.ts'
import { Ago } from '../ui/ago.ts'
import { stateSigns } from './words.ts'

/** Every state that the job went through: who, why, when. */
@Component({
  selector: 'sl-job-events',
  imports: [Ago],
  template: `
    <section aria-labelledby="events-h">
      <div class="section-head"><h2 id="events-h">History</h2></div>
      <ol class="history">
        @for (event of job().events.toReversed(); track event.seq) {
          <li>
            <sl-ago [at]="event.at" />
            <span>
              <strong>{{ stateSigns[event.state].word }}</strong>
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
    </section>
  `,
})
export class JobEvents {
  readonly job = input.required<JobDetail>()
  readonly agents = input<ReadonlyMap<string, Agent>>()
  readonly #session = inject(Session)
  readonly #called = computed(
    () =>
      new Map(
        this.job().attempts.flatMap(({ agent, agentName }) =>
          agentName === null ? [] : [[agent, agentName] as const],
        ),
      ),
  )
  protected readonly stateSigns = stateSigns

  protected who(by: string): string {
    return whoIs(by, this.#session.me()?.user ?? null, this.agents(), this.#called())
  }
}
