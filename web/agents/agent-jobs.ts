import { Component, computed, inject, input } from '@angular/core'
import { RouterLink } from '@angular/router'
import type { Agent } from '#specs/agents.ts'
import type { Job } from '#specs/jobs.ts'
import { Tools } from '../jobs/tools.ts'
import { subjectOf } from '../jobs/words.ts'
import { ProgressBar } from '../ui/progress-bar.ts'

const shownMax = 2

/** What an agent does now: how many of its slots are in use, and by which jobs. */
@Component({
  selector: 'sl-agent-jobs',
  imports: [ProgressBar, RouterLink],
  template: `
    <span class="figures">{{ agent().running.length }} of {{ agent().slots }}</span>
    @for (one of shown(); track one.id) {
      <span class="doing">
        <a [routerLink]="['/jobs', one.id]">{{ one.title }}</a>
        @if (one.subject) {
          <span class="under cut" [title]="one.subject">{{ one.subject }}</span>
        }
        @if (one.progress; as progress) {
          <sl-progress-bar [progress]="progress" [label]="'Progress of ' + one.title" />
        }
      </span>
    }
    @if (more() > 0) {
      <span class="under">and {{ more() }} more</span>
    }
  `,
})
export class AgentJobs {
  readonly agent = input.required<Agent>()
  /** Those that are under way, by their ids. */
  readonly jobs = input.required<ReadonlyMap<string, Job>>()
  readonly #tools = inject(Tools)
  protected readonly shown = computed(() =>
    this.agent()
      .running.slice(0, shownMax)
      .map(({ job: id }) => {
        const job = this.jobs().get(id)
        const title = job === undefined ? `job …${id.slice(-6)}` : this.#tools.titleOf(job.tool)
        return { id, title, subject: job && subjectOf(job), progress: job?.progress ?? null }
      }),
  )
  protected readonly more = computed(() => this.agent().running.length - this.shown().length)
}
