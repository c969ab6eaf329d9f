import { Component, computed, DestroyRef, inject, input, linkedSignal, output } from '@angular/core'
import { Router } from '@angular/router'
import { AgentChange, type Agent } from '#specs/agents.ts'
import { Api } from '../api/api.ts'
import { Dialog } from '../ui/dialog.ts'
import { Doing } from '../ui/doing.ts'
import { Field } from '../ui/field.ts'
import { Icon } from '../ui/icon.ts'
import { Notices } from '../ui/notices.ts'
import { pauseChoices, type Action } from './actions.ts'

/** Asks what one has to know before something is done to an agent, and does it. */
@Component({
  selector: 'sl-agent-dialog',
  imports: [Dialog, Field, Icon],
  templateUrl: './agent-dialog.html',
})
export class AgentDialog {
  readonly agent = input.required<Agent>()
  readonly action = input.required<Action | null>()
  readonly closed = output()
  readonly #api = inject(Api)
  readonly #life = inject(DestroyRef)
  readonly #notices = inject(Notices)
  readonly #router = inject(Router)
  protected readonly doing = new Doing()
  protected readonly pauseChoices = pauseChoices
  protected readonly form = linkedSignal({
    source: this.action,
    computation: () => this.#blank(),
  })
  protected readonly problems = computed(() => editProblems(this.form()))

  protected type(given: Partial<Edit>): void {
    this.form.update((form) => ({ ...form, ...given }))
  }

  protected close(): void {
    this.doing.forget()
    this.closed.emit()
  }

  protected async submit(event: Event, action: Action): Promise<void> {
    event.preventDefault()
    if (action.name === 'edit' && Object.keys(this.problems()).length > 0) return
    if (!(await this.doing.run(() => this.#do(action)))) return
    this.#notices.say(`${this.agent().name}: ${action.done}`)
    // What is removed may be gone from the screen by now, and this with it.
    if (!this.#life.destroyed) this.closed.emit()
    if (action.name === 'remove') await this.#router.navigateByUrl('/agents')
  }

  #do({ name }: Action): Promise<unknown> {
    const params = { agent: this.agent().id }
    const { reason, forMs, mode } = this.form()
    const why = reason.trim() === '' ? {} : { reason }
    switch (name) {
      case 'pause': {
        const note = reason.trim() === '' ? {} : { note: reason }
        return this.#api.call('pauseAgent', {
          params,
          body: { ...note, ...(forMs === null ? {} : { forMs }) },
        })
      }
      case 'approve':
      case 'resume':
        return this.#api.call('resumeAgent', { params, body: why })
      case 'cordon':
        return this.#api.call('cordonAgent', { params, body: why })
      case 'drain':
        return this.#api.call('drainAgent', { params, body: why })
      case 'revoke':
        return this.#api.call('revokeAgent', { params, body: why })
      case 'remove':
        return this.#api.call('removeAgent', { params, query: { mode } })
      case 'edit':
        return this.#api.call('changeAgent', { params, body: changeOf(this.form()) })
    }
  }

  #blank(): Edit {
    const { name, tags, slots } = this.agent()
    return { name, tags: tags.join(' '), slots: String(slots), reason: '', forMs: 3_600_000, mode: 'drain' }
  }
}

type Edit = {
  readonly name: string
  readonly tags: string
  readonly slots: string
  readonly reason: string
  readonly forMs: number | null
  readonly mode: 'drain' | 'now'
}

function changeOf({ name, tags, slots }: Edit) {
  return { name, tags: tags.split(/[\s,]+/).filter(Boolean), slots: Number(slots) }
}

function editProblems(form: Edit): Readonly<Record<string, string>> {
  const { error } = AgentChange.safeParse(changeOf(form))
  const messages: Readonly<Record<string, string>> = {
    slots: 'It must be a whole number from 1 to 64.',
    tags: "Each must be 'key=value', with spaces between them.",
  }
  return Object.fromEntries(
    error?.issues.map(({ path: [field], message }) => [
      String(field),
      messages[String(field)] ?? `It ${message}.`,
    ]) ?? [],
  )
}
