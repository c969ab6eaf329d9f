import { Component, computed, inject, input, signal } from '@angular/core'
import { Router, RouterLink } from '@angular/router'
import { priorities, type Job } from '#specs/jobs.ts'
import { Api } from '../api/api.ts'
import { Session } from '../session/session.ts'
import { Dialog } from '../ui/dialog.ts'
import { Doing } from '../ui/doing.ts'
import { Field } from '../ui/field.ts'
import { Icon } from '../ui/icon.ts'
import { Notices } from '../ui/notices.ts'
import { jobActions } from './words.ts'

type Asking = 'cancel' | 'priority'

/** What can be done about a job. */
@Component({
  selector: 'sl-job-actions',
  imports: [Dialog, Field, Icon, RouterLink],
  templateUrl: './job-actions.html',
})
export class JobActions {
  readonly job = input.required<Job>()
  readonly #api = inject(Api)
  readonly #router = inject(Router)
  readonly #notices = inject(Notices)
  protected readonly session = inject(Session)
  protected readonly doing = new Doing()
  protected readonly asking = signal<Asking | null>(null)
  protected readonly can = computed(() => {
    const { state } = this.job()
    const may = this.session.may('operator')
    return {
      cancel: may && jobActions.cancel(state),
      retry: may && jobActions.retry(state),
      priority: may && jobActions.priority(state),
    }
  })
  protected readonly priorities = computed(() => {
    const named = Object.entries(priorities).map(([name, value]) => ({ name, value: Number(value) }))
    const { priority: value } = this.job()
    const isNamed = named.some((one) => one.value === value)
    return isNamed ? named : [...named, { name: String(value), value }]
  })
  protected readonly again = computed(() => {
    const { tool, params, boundTo } = this.job()
    return { tool, params: JSON.stringify(params), ...(boundTo === null ? {} : { agent: boundTo }) }
  })

  protected close(): void {
    this.doing.forget()
    this.asking.set(null)
  }

  protected async cancel(event: Event, reason: string): Promise<void> {
    event.preventDefault()
    const body = reason.trim() === '' ? {} : { reason }
    if (!(await this.doing.run(() => this.#api.call('cancelJob', { params: this.#params(), body })))) return
    this.#notices.say('The job is being cancelled.')
    this.asking.set(null)
  }

  protected async change(event: Event, priority: string): Promise<void> {
    event.preventDefault()
    const body = { priority: Number(priority) }
    if (!(await this.doing.run(() => this.#api.call('changeJob', { params: this.#params(), body })))) return
    this.#notices.say('The priority is changed.')
    this.asking.set(null)
  }

  protected async retry(): Promise<void> {
    await this.doing.run(async () => {
      const { id } = await this.#api.call('retryJob', { params: this.#params(), body: {} })
      this.#notices.say('It runs again, as a new job.')
      await this.#router.navigate(['/jobs', id])
    })
    const trouble = this.doing.trouble()
    if (trouble !== null) this.#notices.warn(trouble.message)
  }

  #params(): { readonly job: string } {
    return { job: this.job().id }
  }
}
