import {
  afterRenderEffect,
  Component,
  computed,
  type ElementRef,
  inject,
  input,
  linkedSignal,
  signal,
  viewChild,
} from '@angular/core'
import { hasEnded, type JobDetail, type LogLine } from '#specs/jobs.ts'
import { Api } from '../api/api.ts'
import { withEarlier, type JobLog } from '../live/log.ts'
import { Doing } from '../ui/doing.ts'
import { Icon } from '../ui/icon.ts'
import { count } from '../words/amounts.ts'
import { clockTime, exactly } from '../words/time.ts'

const shownMax = 1_000
const pageLength = 1_000
const pagesMax = 5

/** The log's tail. It stays at the end unless the reader has scrolled away from it. */
@Component({
  selector: 'sl-job-log',
  imports: [Icon],
  templateUrl: './job-log.html',
})
export class JobLogView {
  readonly job = input.required<JobDetail>()
  readonly log = input.required<JobLog>()
  readonly #api = inject(Api)
  readonly #id = computed(() => this.job().id)
  protected readonly doing = new Doing()
  protected readonly clockTime = clockTime
  protected readonly exactly = exactly
  protected readonly follows = signal(true)
  protected readonly earlier = linkedSignal<string, readonly LogLine[]>({
    source: this.#id,
    computation: () => [],
  })
  readonly #lines = computed(() => withEarlier(this.log(), this.earlier()).lines)
  protected readonly shown = computed(() => this.#lines().slice(-shownMax))
  protected readonly tally = computed(() => {
    const [all, shown] = [this.#lines().length, this.shown().length]
    return all === shown ? count(all, 'line') : `the last ${count(shown, 'line')}`
  })
  protected readonly mayHaveMore = computed(() => {
    const { attempt, from } = this.log()
    return this.earlier().length === 0 && (attempt > 1 || from > 1)
  })
  protected readonly silence = computed(() => {
    if (!hasEnded(this.job().state)) return 'It has said nothing yet.'
    return this.mayHaveMore() ? 'The last attempt has said nothing.' : 'It has said nothing.'
  })
  private readonly box = viewChild<ElementRef<HTMLElement>>('box')

  constructor() {
    afterRenderEffect(() => {
      this.shown()
      const element = this.box()?.nativeElement
      if (this.follows() && element !== undefined) element.scrollTop = element.scrollHeight
    })
  }

  protected scrolled({ scrollHeight, scrollTop, clientHeight }: HTMLElement): void {
    this.follows.set(scrollHeight - scrollTop - clientHeight < 24)
  }

  protected async readWhole(): Promise<void> {
    await this.doing.run(async () => {
      const lines: LogLine[] = []
      let after: string | undefined
      for (let page = 0; page < pagesMax; page++) {
        const query = { limit: pageLength, ...(after === undefined ? {} : { after }) }
        const { items, next } = await this.#api.call('jobLog', { params: { job: this.#id() }, query })
        lines.push(...items)
        if (next === null) break
        after = next
      }
      this.earlier.set(lines)
    })
  }
}
