import { Component, computed, inject, input, signal } from '@angular/core'
import { rxResource } from '@angular/core/rxjs-interop'
import { Title } from '@angular/platform-browser'
import { RouterLink } from '@angular/router'
import { map } from 'rxjs'
import { JobsTable } from '../jobs/jobs-table.ts'
import { queryFrom } from '../jobs/filters.ts'
import { Watching } from '../live/watching.ts'
import { Session } from '../session/session.ts'
import { Ago } from '../ui/ago.ts'
import { Chip } from '../ui/chip.ts'
import { Copyable } from '../ui/copyable.ts'
import { Icon } from '../ui/icon.ts'
import { Menu } from '../ui/menu.ts'
import { Meter } from '../ui/meter.ts'
import { entitle } from '../ui/entitle.ts'
import { Empty, Failed, Loading } from '../ui/states.ts'
import { bytes, percent } from '../words/amounts.ts'
import type { Agent } from '#specs/agents.ts'
import { actionsFor, type Action } from './actions.ts'
import { AgentDialog } from './agent-dialog.ts'
import { AgentHistory } from './agent-history.ts'
import {
  abilitiesOf,
  isHeard,
  isOnline,
  machineOf,
  makerName,
  noteOf,
  signOf,
  startCommand,
  wasNeverStarted,
} from './words.ts'

const jobsShown = 20

/** One agent: how it is, what it does, what happened to it, and what can be done about it. */
@Component({
  selector: 'sl-agent-page',
  imports: [
    Ago,
    AgentDialog,
    AgentHistory,
    Chip,
    Copyable,
    Empty,
    Failed,
    Icon,
    JobsTable,
    Loading,
    Menu,
    Meter,
    RouterLink,
  ],
  templateUrl: './agent-page.html',
})
export class AgentPage {
  readonly id = input.required<string>()
  readonly #watching = inject(Watching)
  protected readonly session = inject(Session)
  protected readonly signOf = signOf
  protected readonly noteOf = noteOf
  protected readonly isOnline = isOnline
  protected readonly isHeard = isHeard
  protected readonly wasNeverStarted = wasNeverStarted
  protected readonly startCommand = startCommand
  protected readonly machineOf = machineOf
  protected readonly bytes = bytes
  protected readonly percent = percent
  protected readonly agents = rxResource({ stream: () => this.#watching.feeds.agents$ })
  protected readonly agent = computed(() =>
    this.agents.hasValue() ? this.agents.value().get(this.id()) : undefined,
  )
  protected readonly slots = computed(() => {
    const { slots = 0, running = [] } = this.agent() ?? {}
    return Array.from({ length: slots }, (_, at) => at < running.length)
  })
  protected readonly jobs = rxResource({
    params: () => this.id(),
    stream: ({ params: agent }) =>
      this.#watching.feeds
        .jobs({ ...queryFrom({ agent }), limit: jobsShown })
        .pipe(map(({ jobs }) => jobs.slice(0, jobsShown))),
  })
  protected readonly abilities = computed(() => abilitiesOf(this.agent()?.capabilities ?? []))
  protected readonly action = signal<Action | null>(null)
  protected readonly actions = computed(() => {
    const agent = this.agent()
    return agent === undefined ? [] : actionsFor(agent, (role) => this.session.may(role))
  })

  protected enroller({ enrolledBy }: Agent): string | null {
    return enrolledBy && makerName(enrolledBy, this.session.me()?.user ?? null)
  }

  constructor() {
    entitle(inject(Title), () => this.agent()?.name)
  }
}
