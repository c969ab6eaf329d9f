import { Component, inject, input } from '@angular/core'
import { RouterLink } from '@angular/router'
import type { Agent } from '#specs/agents.ts'
import type { Job } from '#specs/jobs.ts'
import { AgentLink } from '../agents/agent-link.ts'
import { Ago } from '../ui/ago.ts'
import { Chip } from '../ui/chip.ts'
import { ProgressBar } from '../ui/progress-bar.ts'
import { Took } from '../ui/took.ts'
import { Tools } from './tools.ts'
import { priorityWord, stateSigns, subjectOf, waitingWords } from './words.ts'

/** Jobs, a row each. */
@Component({
  selector: 'sl-jobs-table',
  imports: [AgentLink, Ago, Chip, ProgressBar, RouterLink, Took],
  templateUrl: './jobs-table.html',
})
export class JobsTable {
  readonly jobs = input.required<readonly Job[]>()
  readonly agents = input<ReadonlyMap<string, Agent>>()
  readonly withAgent = input(true)
  protected readonly tools = inject(Tools)
  protected readonly stateSigns = stateSigns
  protected readonly subjectOf = subjectOf
  protected readonly priorityWord = priorityWord
  protected readonly waitingWords = waitingWords

  protected progressOf({ state, progress }: Job): Job['progress'] {
    return state === 'running' || state === 'cancelling' ? progress : null
  }
}
