import { Component, computed, inject, input } from '@angular/core'
import { rxResource, toSignal } from '@angular/core/rxjs-interop'
import { Title } from '@angular/platform-browser'
import { RouterLink } from '@angular/router'
import { catchError, of } from 'rxjs'
import { hasEnded } from '#specs/jobs.ts'
import { asTrouble } from '../api/trouble.ts'
import { Watching } from '../live/watching.ts'
import { Session } from '../session/session.ts'
import { AgentLink } from '../agents/agent-link.ts'
import { whoIs } from '../agents/words.ts'
import { Ago } from '../ui/ago.ts'
import { Chip } from '../ui/chip.ts'
import { Copyable } from '../ui/copyable.ts'
import { entitle } from '../ui/entitle.ts'
import { Icon } from '../ui/icon.ts'
import { ProgressBar } from '../ui/progress-bar.ts'
import { Empty, Failed, Loading } from '../ui/states.ts'
import { Took } from '../ui/took.ts'
import { number, percent } from '../words/amounts.ts'
import { left } from '../words/time.ts'
import { JobActions } from './job-actions.ts'
import { JobAttempts } from './job-attempts.ts'
import { JobEvents } from './job-events.ts'
import { JobLogView } from './job-log.ts'
import { JobResult } from './job-result.ts'
import { perSecond, remainingMs } from './remaining.ts'
import { Tools } from './tools.ts'
import { errorWords, priorityWord, stateSigns, subjectOf, waitingWords } from './words.ts'

/** One job: how far it is, what it says, what it has found, and how it came to that. */
@Component({
  selector: 'sl-job-page',
  imports: [
    AgentLink,
    Ago,
    Chip,
    Copyable,
    Empty,
    Failed,
    Icon,
    JobActions,
    JobAttempts,
    JobEvents,
    JobLogView,
    JobResult,
    Loading,
    ProgressBar,
    RouterLink,
    Took,
  ],
  templateUrl: './job-page.html',
})
export class JobPage {
  readonly id = input.required<string>()
  readonly #feeds = inject(Watching).feeds
  readonly #session = inject(Session)
  protected readonly tools = inject(Tools)
  protected readonly signs = stateSigns
  protected readonly subjectOf = subjectOf
  protected readonly priorityWord = priorityWord
  protected readonly waitingWords = waitingWords
  protected readonly errorWords = errorWords
  protected readonly hasEnded = hasEnded
  protected readonly number = number
  protected readonly percent = percent
  protected readonly watched = rxResource({
    params: () => this.id(),
    stream: ({ params: id }) => this.#feeds.job(id),
  })
  protected readonly agents = toSignal(this.#feeds.agents$.pipe(catchError(() => of(undefined))))
  protected readonly job = computed(() => (this.watched.hasValue() ? this.watched.value().job : undefined))
  protected readonly log = computed(() => (this.watched.hasValue() ? this.watched.value().log : undefined))
  protected readonly isMissing = computed(() => {
    const error = this.watched.error()
    return error !== undefined && ['not_found', 'bad_input'].includes(asTrouble(error).code)
  })
  // One heading through all states: the focus stands on it.
  protected readonly title = computed(() => {
    const job = this.job()
    return job === undefined ? 'Job' : this.tools.titleOf(job.tool)
  })
  protected readonly progress = computed(() => {
    const [job, log] = [this.job(), this.log()]
    if (job === undefined || log === undefined || hasEnded(job.state)) return null
    return log.attempt === job.attempt ? (log.progress ?? job.progress) : job.progress
  })
  protected readonly pace = computed(() => {
    const samples = this.log()?.samples ?? []
    const [rate, leftMs] = [perSecond(samples), remainingMs(this.progress(), samples)]
    return [
      rate === null ? null : `${rate < 10 ? rate.toFixed(1) : number(Math.round(rate))} a second`,
      leftMs === null ? null : left(leftMs),
    ]
      .filter((word) => word !== null)
      .join(', ')
  })

  protected readonly pretty = computed(() => JSON.stringify(this.job()?.params, null, 2))

  constructor() {
    entitle(inject(Title), () => {
      const job = this.job()
      return job === undefined
        ? undefined
        : `${this.tools.titleOf(job.tool)} ${this.signs[job.state].word.toLowerCase()}`
    })
  }

  protected who(by: string): string {
    return whoIs(by, this.#session.me()?.user ?? null, this.agents())
  }
}
