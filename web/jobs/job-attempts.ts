import { Component, input } from '@angular/core'
import type { Agent } from '#specs/agents.ts'
import type { Attempt, JobDetail } from '#specs/jobs.ts'
import { AgentLink } from '../agents/agent-link.ts'
import { Ago } from '../ui/ago.ts'
import { Chip } from '../ui/chip.ts'
import { Took } from '../ui/took.ts'
import { attemptSign } from './words.ts'

/** Each time that an agent tried. */
@Component({
  selector: 'sl-job-attempts',
  imports: [AgentLink, Ago, Chip, Took],
  template: `
    <section class="card" aria-labelledby="attempts-h">
      <h2 id="attempts-h">Attempts</h2>
      <ol class="attempts">
        @for (attempt of latestFirst(); track attempt.number) {
          <li>
            <p class="row">
              <span class="figures faint">{{ attempt.number }}</span>
              <sl-chip [sign]="signOf(attempt)" />
              <sl-agent-link [id]="attempt.agent" [called]="attempt.agentName" [agents]="agents()" />
            </p>
            <p class="under">
              offered <sl-ago [at]="attempt.offeredAt" />
              @if (attempt.startedAt !== null) {
                · {{ attempt.endedAt === null ? 'runs for' : 'ran' }}
                <sl-took [from]="attempt.startedAt" [to]="attempt.endedAt" />
              }
            </p>
            @if (attempt.error; as error) {
              <p class="under">{{ error.message }}</p>
            }
          </li>
        } @empty {
          <li class="faint">No agent has tried yet.</li>
        }
      </ol>
      @if (job().retry.attemptsMax > 1) {
        <p class="hint">
          After {{ job().retry.attemptsMax }} failures it is given up; those of lost agents don't count. So
          far: {{ job().failures }}.
        </p>
      }
    </section>
  `,
})
export class JobAttempts {
  readonly job = input.required<JobDetail>()
  readonly agents = input<ReadonlyMap<string, Agent>>()
  protected readonly signOf = attemptSign

  protected latestFirst(): Attempt[] {
    return this.job().attempts.toReversed()
  }
}
